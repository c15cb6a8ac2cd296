"""What a refusal says about the credentials that would do: `WWW-Authenticate` (RFC 9110 section 11.6.1)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Final

from mockserver.document.model import Document, Operation, SecurityScheme

_LABELS: Final = {
    "hoba": "HOBA", "dpop": "DPoP", "gnap": "GNAP", "scram-sha-1": "SCRAM-SHA-1", "scram-sha-256": "SCRAM-SHA-256",
    "oauth": "OAuth", "privatetoken": "PrivateToken",
}  # fmt: skip
"""Names of the IANA registry that do not just begin with a capital."""


def label_of(scheme: str) -> str:
    """Return the name of an HTTP authentication scheme as people write it."""
    return _LABELS.get(scheme, scheme.capitalize())


def is_bearer(scheme: SecurityScheme) -> bool:
    """Return whether a scheme's credentials are bearer tokens."""
    return scheme.type in ("oauth2", "openIdConnect") or (scheme.type == "http" and scheme.scheme == "bearer")


def challenge(
    document: Document, operation: Operation, *, error: str = "", lacking: Iterable[str] = ()
) -> str:
    """Return the challenges for all schemes of an operation, "" if none of them has one.

    Args:
        document: Its name is the realm.
        operation: What was asked for.
        error: The error of RFC 6750 section 3.1, where a token was there but was refused.
        lacking: The scopes that would have been needed; without them those of the operation.
    """
    found: dict[str, None] = {}
    wanted = tuple(lacking)
    for alternative in operation.security:
        for name, scopes in alternative.items():
            scheme = document.security_schemes[name]
            text = _one(scheme, document.name, wanted or scopes, error)
            if text:
                found[text] = None
    return ", ".join(found)


def _one(scheme: SecurityScheme, realm: str, scopes: Iterable[str], error: str) -> str:
    if is_bearer(scheme):
        parameters = {"realm": realm}
        scope = " ".join(scopes)
        if scope and scheme.type != "http":
            parameters["scope"] = scope
        if error:
            parameters["error"] = error
        return f"Bearer {_quoted(parameters)}"
    if scheme.type == "apiKey":
        return f"ApiKey {_quoted({'in': scheme.place, 'name': scheme.parameter})}"
    if scheme.type != "http" or not scheme.scheme:
        return ""  # mutualTLS happens below HTTP
    if scheme.scheme == "basic":
        return f"Basic {_quoted({'realm': realm, 'charset': 'UTF-8'})}"
    if scheme.scheme == "digest":
        nonce = hashlib.sha256(realm.encode()).hexdigest()[:32]
        return f"Digest {_quoted({'realm': realm, 'nonce': nonce, 'qop': 'auth'})}, algorithm=SHA-256"
    return f"{label_of(scheme.scheme)} {_quoted({'realm': realm})}"


def _quoted(parameters: Mapping[str, str]) -> str:
    def escape(text: str) -> str:
        return text.replace("\\", "\\\\").replace('"', '\\"')

    return ", ".join(f'{name}="{escape(value)}"' for name, value in parameters.items())
