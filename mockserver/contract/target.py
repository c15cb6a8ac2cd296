"""A server that is tested: where it is, how it is reached, and with which credentials; and what of that is secret."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final
from urllib.parse import quote, unquote, urlsplit, urlunsplit

from mockserver.contract.findings import Came, Finding, Sent
from mockserver.document.model import Document, Operation, SecurityScheme
from mockserver.document.plan import Plan
from mockserver.errors import UsageError

DEFAULT_TIMEOUT_S: Final = 10.0
MASK: Final = "[secret]"
"""Stands for a secret in whatever is shown."""

READABLE_TYPES: Final = ("http", "apiKey", "oauth2", "openIdConnect")
"""Types of security schemes whose credentials travel in the request, and can be given as a text."""

_SHORTEST_SECRET: Final = 4
"""Characters; what is shorter is hidden where it is a whole header, and not wherever it happens to stand."""
_SENSITIVE: Final = re.compile(
    r"auth|cookie|credential|key|passw|secret|session|signature|token", re.IGNORECASE
)
_RATE: Final = re.compile(r"([1-9]\d*)/([smhd])")
_SECONDS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86400}


@dataclass(frozen=True, slots=True)
class Target:
    """A server that is tested.

    Attributes:
        url: Base URL: what stands before the paths of the document, without user, query, fragment and slash at the end.
        headers: Sent with each request.
        credentials: Security scheme name -> token or key; for HTTP's basic scheme `user:password`.
        ca: File with the certificates that are trusted, besides none; None for those of the machine.
        insecure: Whether certificates are not looked at.
        certificate, key: Files of a client's certificate and its key; the key may be in the certificate's file.
        proxy: URL of a proxy; None for what the environment says.
        rate: At most so many requests in so many seconds; None for no limit.
        timeout_s: For each request.
        secrets: Texts that nobody may see in a report.
    """

    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    credentials: Mapping[str, str] = field(default_factory=dict)
    ca: Path | None = None
    insecure: bool = False
    certificate: Path | None = None
    key: Path | None = None
    proxy: str | None = None
    rate: tuple[int, int] | None = None
    timeout_s: float = DEFAULT_TIMEOUT_S
    secrets: frozenset[str] = frozenset()

    def __repr__(self) -> str:
        return f"Target({self.url!r})"

    def masked(self, text: str) -> str:
        """Return a text without the secrets in it, also where they are written as in a URL."""
        forms = {form for secret in self._long for form in (secret, quote(secret, safe=""), quote(secret))}
        return _without(forms, text)

    @property
    def _long(self) -> list[str]:
        return [secret for secret in self.secrets if len(secret) >= _SHORTEST_SECRET]

    def masked_headers(self, headers: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
        """Return header fields without the secrets in them."""
        return tuple((name, MASK if value in self.secrets else self.masked(value)) for name, value in headers)

    def masked_finding(self, finding: Finding) -> Finding:
        """Return a finding without the secrets in it."""
        if not self.secrets:
            return finding
        return replace(
            finding,
            message=self.masked(finding.message),
            sent=self.masked_sent(finding.sent) if finding.sent is not None else None,
            came=self.masked_came(finding.came),
            before=tuple((self.masked_sent(sent), self.masked_came(came)) for sent, came in finding.before),
        )

    def masked_sent(self, sent: Sent) -> Sent:
        """Return a request without the secrets in it."""
        headers = self.masked_headers(sent.headers)
        return replace(sent, url=self.masked(sent.url), headers=headers, body=self._bytes(sent.body))

    def masked_came(self, came: Came | None) -> Came | None:
        """Return an answer without the secrets in it."""
        if came is None:
            return None
        return replace(came, headers=self.masked_headers(came.headers), body=self._bytes(came.body))

    def _bytes(self, data: bytes) -> bytes:
        """Return a body without the secrets in it; one without any stays as it is, text or not."""
        forms = {secret.encode("utf-8", "replace").decode("latin-1") for secret in self._long}
        return _without(forms, data.decode("latin-1")).encode("latin-1")


def _without(forms: set[str], text: str) -> str:
    if not forms:
        return text
    # The longest first: one secret may begin with another.
    pattern = "|".join(re.escape(form) for form in sorted(forms, key=len, reverse=True))
    return re.sub(pattern, MASK, text)


def make(
    url: str,
    document: Document,
    *,
    headers: Mapping[str, str] | None = None,
    schemes: Mapping[str, str] | None = None,
    basic: str | None = None,
    bearer: str | None = None,
    hidden: Iterable[str] = (),
) -> Target:
    """Return a target, credentials put where the document wants them.

    Args:
        url: Base URL; a user in it becomes `basic`.
        document: Its security schemes are meant by `schemes`, `basic` and `bearer`.
        headers: Sent with each request.
        schemes: Security scheme name -> credentials.
        basic: `user:password` for all schemes of HTTP's basic kind; for a header, where the document has none.
        bearer: The same with a token, for bearer, OAuth 2 and OpenID Connect.
        hidden: Texts that are secret besides credentials.

    Raises:
        UsageError: The URL is none of a server, or a scheme is unknown.
    """
    base, user = base_url(url)
    basic = basic or user
    given = dict(schemes or {})
    for name in given:
        scheme = document.security_schemes.get(name)
        if scheme is None or scheme.type not in READABLE_TYPES:
            known = ", ".join(s.name for s in document.security_schemes.values() if s.type in READABLE_TYPES)
            raise UsageError(
                f"--auth {name}=...: the document has no security scheme {name!r} that takes credentials; "
                f"it has {known or 'none'}"
            )
    sent = dict(headers or {})
    for text, is_meant, prefix in ((basic, _is_basic, "Basic "), (bearer, _is_bearer, "Bearer ")):
        if text is None:
            continue
        meant = [scheme.name for scheme in document.security_schemes.values() if is_meant(scheme)]
        given = {**dict.fromkeys(meant, text), **given}
        if not meant:
            sent["Authorization"] = prefix + (_base64(text) if text is basic else text)
    names = {
        scheme.parameter.lower()
        for scheme in document.security_schemes.values()
        if scheme.type == "apiKey" and scheme.place == "header"
    }
    secrets = set(hidden)
    for name, value in sent.items():
        if name.lower() in names or _SENSITIVE.search(name):
            secrets |= {value, value.partition(" ")[2]}
    for name, text in given.items():
        secrets |= {text, _base64(text)}
        if _is_basic(document.security_schemes[name]):
            secrets.add(text.partition(":")[2])
    if basic is not None:
        secrets |= {basic, basic.partition(":")[2], _base64(basic)}
    return Target(base, sent, given, secrets=frozenset(secrets - {""}))


def base_url(url: str) -> tuple[str, str | None]:
    """Return a base URL without what does not belong to it, and the `user:password` that stood in it.

    Raises:
        UsageError: It is none of a server.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise UsageError(f"{url!r} is no URL: {error}") from error
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise UsageError(f"{url!r} is no URL of a server; write it as https://api.example.com/v1")
    if parts.query or parts.fragment:
        raise UsageError(f"{url!r} has a query or a fragment; a base URL ends with its path")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    authority = host if port is None else f"{host}:{port}"
    user = None
    if parts.username is not None:
        user = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    return urlunsplit((parts.scheme, authority, parts.path.rstrip("/"), "", "")), user


def rate(text: str) -> tuple[int, int]:
    """Return what `10/s` or `100/m` means: requests, and the seconds for them.

    Raises:
        UsageError: It means nothing.
    """
    found = _RATE.fullmatch(text.strip())
    if found is None:
        raise UsageError(f"{text!r} is no rate; write it as 10/s, 100/m, 1000/h or 5000/d")
    return int(found[1]), _SECONDS[found[2]]


def for_operation(target: Target, document: Document, operation: Operation) -> list[tuple[str, str, str]]:
    """Return place (`header`, `query` or `cookie`), name and value of the credentials that an operation wants.

    Taken is the first of its alternatives for which everything is known, else what is known of the first one.
    """
    alternatives = operation.security
    known = [set(names) & set(target.credentials) for names in alternatives]
    whole = (found for found, names in zip(known, alternatives, strict=True) if found == set(names))
    chosen = next(whole, known[0] if known else set())
    return [
        _carrier(document.security_schemes[name], target.credentials[name])
        for name in target.credentials
        if name in chosen
    ]


def _carrier(scheme: SecurityScheme, text: str) -> tuple[str, str, str]:
    if scheme.type == "apiKey":
        return scheme.place, scheme.parameter, text
    if _is_basic(scheme):
        return "header", "Authorization", f"Basic {_base64(text)}"
    return "header", "Authorization", f"Bearer {text}"


def with_plan(target: Target, document: Document, plan: Plan) -> Target:
    """Return a target with the credentials that a plan shows as examples, where a person gave none; no secrets."""
    shown = {
        scheme.name: plan.credentials[scheme.name].example or ""
        for scheme in document.security_schemes.values()
        if scheme.type in READABLE_TYPES and scheme.name in plan.credentials
    }
    given = {name.lower() for name in target.headers}
    missing = {
        name: text
        for name, text in shown.items()
        if text and header_of(document.security_schemes[name]) not in given
    }
    return replace(target, credentials={**missing, **target.credentials})


def header_of(scheme: SecurityScheme) -> str | None:
    """Return the header that carries a scheme's credentials, in lower case; None where it is none."""
    if scheme.type != "apiKey":
        return "authorization"
    return scheme.parameter.lower() if scheme.place == "header" else None


def _is_basic(scheme: SecurityScheme) -> bool:
    return scheme.type == "http" and scheme.scheme == "basic"


def _is_bearer(scheme: SecurityScheme) -> bool:
    return scheme.type in ("oauth2", "openIdConnect") or (scheme.type == "http" and scheme.scheme == "bearer")


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
