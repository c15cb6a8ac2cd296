"""Who may call: credentials judged by Connexion's security middleware, with our handlers in its `security_map`.

By default any well-formed credential is accepted, as a stand-in should; the plan or the settings may say by a
pattern which ones are.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import parse_qs

from connexion.exceptions import OAuthProblem
from connexion.middleware.security import SecurityAPI, SecurityMiddleware, SecurityOperation
from connexion.security import NO_VALUE, SecurityHandlerFactory
from starlette.types import Receive, Scope, Send

from mockserver.document.model import SecurityScheme
from mockserver.errors import Refusal, RefusalKind
from mockserver.server.calls import CALL, Call, Served

Patterns = Mapping[str, re.Pattern[str]]
Check = Callable[[Call], Any]


def security_map(served: Served, settings: Mapping[str, str]) -> dict[str, type]:
    """Return the handler classes for the schemes of a document.

    Args:
        served: The document.
        settings: Security scheme name -> regex, which wins over the plan's.
    """
    patterns = {name: credential.pattern for name, credential in served.plan.credentials.items()}
    patterns.update((name, re.compile(text)) for name, text in settings.items())
    schemes = served.document.security_schemes

    class SchemeHandler:
        """Connexion makes one for each use of a scheme."""

        def get_fn(self, raw: Mapping[str, Any], scopes: list[str]) -> Check:
            return _checker(schemes[raw["x-name"]], patterns)

    names = {"basic", "bearer", "apiKey", "oauth2", "openIdConnect", "mutualTLS"}
    for scheme in schemes.values():
        # Connexion looks a scheme up by its `scheme` or its `type`, as it stands or in lower case.
        names |= {scheme.scheme, scheme.type, scheme.type.lower()}
    return dict.fromkeys(names, SchemeHandler)


def _checker(scheme: SecurityScheme, patterns: Patterns) -> Check:
    read = _READERS.get(scheme.type, _read_nothing)
    pattern = patterns.get(scheme.name)

    def check(call: Call) -> Any:
        credential = read(scheme, call)
        if credential is None:
            return NO_VALUE
        if not credential or (pattern is not None and not pattern.search(credential)):
            raise Refusal(
                RefusalKind.UNAUTHENTICATED, f"the credentials for '{scheme.name}' are not accepted"
            )
        return {"sub": scheme.name, "scope": ""}

    return check


def _authorization(call: Call, scheme: str) -> str | None:
    """Return the credentials of an Authorization field of this scheme (RFC 9110 section 11.6.2)."""
    text = call.header("authorization")
    if text is None:
        return None
    kind, _, credentials = text.strip().partition(" ")
    return credentials.strip() if kind.lower() == scheme else None


def _read_http(scheme: SecurityScheme, call: Call) -> str | None:
    credentials = _authorization(call, scheme.scheme)
    if credentials is None or scheme.scheme != "basic":
        return credentials
    try:
        user_password = base64.b64decode(credentials, validate=True).decode("utf-8")
    except ValueError:  # no base64, no ASCII, no UTF-8
        return ""
    return user_password if ":" in user_password else ""


def _read_bearer(_scheme: SecurityScheme, call: Call) -> str | None:
    return _authorization(call, "bearer")


def _read_api_key(scheme: SecurityScheme, call: Call) -> str | None:
    if scheme.place == "header":
        return call.header(scheme.parameter.lower())
    if scheme.place == "query":
        found = parse_qs(call.query.decode("latin-1"), keep_blank_values=True).get(scheme.parameter)
        return found[0] if found else None
    for piece in (call.header("cookie") or "").split(";"):
        name, separator, value = piece.strip().partition("=")
        if separator and name == scheme.parameter:
            return value
    return None


def _read_nothing(_scheme: SecurityScheme, _call: Call) -> str | None:
    # mutualTLS and unknown types leave no trace in a request that a mock could look at.
    return "-"


_READERS: Final[Mapping[str, Callable[[SecurityScheme, Call], str | None]]] = {
    "http": _read_http,
    "oauth2": _read_bearer,
    "openIdConnect": _read_bearer,
    "apiKey": _read_api_key,
}


class _Schemes(SecurityHandlerFactory):
    """Connexion's, but its functions answer at once: our handlers only look at the call."""

    def verify_multiple_schemes(self, schemes: Mapping[str, Check]) -> Check:
        """Return a check that needs all of some credentials (an AND)."""

        def check(call: Call) -> Any:
            found = {name: verify(call) for name, verify in schemes.items()}
            return NO_VALUE if NO_VALUE in found.values() else found

        return check

    @classmethod
    def verify_security(cls, auth_funcs: list[Check]) -> Check:
        """Return a check that needs any one of the alternatives (an OR)."""

        def check(call: Call) -> None:
            refused: list[Exception] = []
            for verify in auth_funcs:
                try:
                    found = verify(call)
                except Refusal as refusal:
                    refused.append(refusal)
                    continue
                if found is not NO_VALUE:
                    call.context["token_info"] = found
                    return
            cls._raise_most_specific(refused)
            raise OAuthProblem(detail="credentials are required")

        return check


class _CallSecurity(SecurityOperation):
    """Connexion's, but it hands our handlers the call and builds no request of its own."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self.security:
            self.verification_fn(scope[CALL])
        await self.next_app(scope, receive, send)


class _CallSecurityAPI(SecurityAPI):
    def make_operation(self, operation: Any) -> SecurityOperation:
        return _CallSecurity.from_operation(
            operation, next_app=self.next_app, security_handler_factory=_Schemes(self._security_map)
        )

    def __init__(self, *arguments: Any, security_map: dict[str, type] | None = None, **options: Any) -> None:
        self._security_map = security_map
        super().__init__(*arguments, security_map=security_map, **options)


class Security(SecurityMiddleware):
    """Connexion's security middleware, on our calls."""

    api_cls = _CallSecurityAPI
