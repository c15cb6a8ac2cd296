"""Which names stand for secrets: of fields in bodies, headers, query parameters and cookies.

Names are compared as `document.naming.word` writes them: `API-Key`, `apiKey` and `api_key` are one.
"""

from __future__ import annotations

from typing import Any, Final

from mockserver.document.model import Document
from mockserver.document.naming import word
from mockserver.document.plan import Plan
from mockserver.errors import Json

SECRET: Final = frozenset(
    {
        "accesskey", "auth", "authorization", "authtoken", "bearer", "cardnumber", "code2fa", "connectionstring",
        "cookie", "credential", "csrf", "cvc", "cvv", "iban", "idtoken", "jwt", "licensekey", "masterkey", "mfacode",
        "otp", "passcode", "passphrase", "passwd", "pin", "proxyauthorization", "pwd", "recoverycode", "sessionid",
        "sessionkey", "setcookie", "sid", "signature", "signingkey", "ssn", "totp", "xsrf",
    }
)  # fmt: skip
"""Names that are those of secrets."""
INSIDE: Final = (
    "apikey", "apisecret", "clientsecret", "credential", "passphrase", "passwd", "password", "privatekey", "secret",
)  # fmt: skip
"""Names that contain one of these are, too."""
ENDINGS: Final = ("token", "authorization", "csrf", "xsrf")
HARMLESS: Final = (
    "algorithm", "at", "count", "date", "enabled", "expires", "expiresin", "expiry", "format", "hint", "id", "ids",
    "kind", "length", "limit", "name", "policy", "required", "scope", "scopes", "state", "status", "type", "version",
)  # fmt: skip
"""Names that end like this speak about a secret and do not hold it: `tokenType`, `apiKeyId`, `secretName`."""
PAGING: Final = frozenset(
    {
        "continuationtoken",
        "nexttoken",
        "nextpagetoken",
        "pagetoken",
        "prevtoken",
        "previouspagetoken",
        "synctoken",
    }
)
"""Tokens that are no credentials: whoever has one can ask for the next page."""
NUMBERS: Final = frozenset(
    {"cardnumber", "code2fa", "cvc", "cvv", "mfacode", "otp", "passcode", "pin", "ssn", "totp"}
)
"""Names under which a number is a secret as well; `maxTokens` is none."""
CONTAINERS: Final = frozenset({"auth", "authorization", "credential", "credentials", "secret", "secrets"})
"""Names of objects and lists in which each text is a secret, but for those that are `HARMLESS`."""


def is_secret(name: str) -> bool:
    """Return whether the text under a name is a secret."""
    plain = word(name)
    if not plain or plain in PAGING:
        return False
    if plain in SECRET:
        return True
    if is_harmless(plain):
        return False
    return any(part in plain for part in INSIDE) or plain.endswith(ENDINGS)


def is_harmless(plain: str) -> bool:
    """Return whether a name, as `word` writes it, is about something and not the thing itself."""
    return plain.endswith(HARMLESS)


def of_document(document: Document) -> frozenset[str]:
    """Return the names that a document says hold secrets: of its keys, and properties of the format `password`."""
    found = {
        word(scheme.parameter)
        for scheme in document.security_schemes.values()
        if scheme.type == "apiKey" and scheme.parameter
    }
    waiting: list[Json] = [document.root]
    while waiting:
        node: Any = waiting.pop()
        if isinstance(node, dict):
            properties = node.get("properties")
            for name, schema in properties.items() if isinstance(properties, dict) else ():
                if isinstance(schema, dict) and schema.get("format") == "password":
                    found.add(word(name))
            schema = node.get("schema")
            if (
                isinstance(schema, dict)
                and schema.get("format") == "password"
                and isinstance(node.get("name"), str)
            ):
                found.add(word(node["name"]))
            waiting += node.values()
        elif isinstance(node, list):
            waiting += node
    return frozenset(found)


def ids_of(document: Document, plan: Plan) -> frozenset[str]:
    """Return the names of ids, as `word` writes them: of path parameters, and of references to other records."""
    found = {
        item.name
        for operation in document.operations.values()
        for item in operation.parameters
        if item.place == "path"
    }
    for resource in plan.resources.values():
        found.update(resource.references)
    return frozenset(plain for name in found if (plain := word(name)).endswith("id"))


def public_words(document: Document) -> frozenset[str]:
    """Return the texts that a document shows as values of its enums and constants: they are no secrets."""
    found: set[str] = set()
    waiting: list[Json] = [document.root]
    while waiting:
        node: Any = waiting.pop()
        if isinstance(node, dict):
            values = node.get("enum")
            values = [*values] if isinstance(values, list) else []
            values.append(node.get("const"))
            found.update(value.casefold() for value in values if isinstance(value, str))
            waiting += node.values()
        elif isinstance(node, list):
            waiting += node
    return frozenset(found)


def words_of(document: Document) -> frozenset[str]:
    """Return the words that the fixtures of a document consist of: who looks for them would find them anywhere."""
    found: set[str] = set(public_words(document))
    waiting: list[Json] = [document.root.get("components"), document.root.get("paths")]
    while waiting:
        node: Any = waiting.pop()
        if isinstance(node, dict):
            properties = node.get("properties")
            if isinstance(properties, dict):
                found.update(name.casefold() for name in properties)
            waiting += node.values()
        elif isinstance(node, list):
            waiting += node
    for operation in document.operations.values():
        found.update(part.casefold() for part in operation.path.split("/"))
        found.update(parameter.name.casefold() for parameter in operation.parameters)
        found.add(operation.id.casefold())
    return frozenset(found)
