"""Drafts as they go over the wire."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from mockserver.contract.findings import Sent
from mockserver.contract.requests.maker import CannotMake, Draft
from mockserver.contract.requests.slots import Bindings, filled
from mockserver.document.messages.styles import text_of, write_parameter
from mockserver.document.model import Document
from mockserver.document.plan import ABSENT
from mockserver.mocking.bodies import Form, write
from mockserver.mocking.judging import Message
from mockserver.mocking.negotiation import concrete

Credential = tuple[str, str, str]
"""Place (`header`, `query`, `cookie`), name and value, as `contract.target.for_operation` gives them."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A request that can be sent to any server of the document.

    Attributes:
        path: Encoded, below the server's base URL.
        query: Encoded, without the question mark.
    """

    method: str
    path: str
    query: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""

    @property
    def target(self) -> str:
        """Path and query."""
        return f"{self.path}?{self.query}" if self.query else self.path

    def message(self, base: str) -> Message:
        """Return it as it reaches the server at a base URL, to be judged."""
        headers = [
            (name.encode("latin-1", "replace"), value.encode("latin-1", "replace"))
            for name, value in self.headers
        ]
        path = urlsplit(base).path.rstrip("/") + self.path
        return Message(self.method, path, self.query.encode("ascii", "replace"), headers, self.body)

    def sent(self, base: str) -> Sent:
        """Return it as it is sent to the server at a base URL; who shows it hides its secrets first."""
        return Sent(self.method, f"{base.rstrip('/')}{self.target}", self.headers, self.body)

    def with_headers(self, extra: Iterable[tuple[str, str]]) -> Outgoing:
        """Return it with further headers; those that it has already are replaced."""
        added = tuple(extra)
        names = {name.lower() for name, _ in added}
        return replace(
            self, headers=(*(item for item in self.headers if item[0].lower() not in names), *added)
        )


def write_draft(
    document: Document, draft: Draft, bindings: Bindings, credentials: Iterable[Credential] = ()
) -> Outgoing:
    """Return a draft as a request, for the server of which the bindings tell.

    Args:
        document: Whose operation it is.
        draft: What is asked.
        bindings: What this server has said.
        credentials: What goes with it.

    Raises:
        Unbound: A slot has no value.
        CannotMake: A value has no form in its place.
    """
    operation = draft.operation
    try:
        path = operation.path.partition("#")[0]
        path, _, fixed = path.partition("?")
        values = dict(_values(draft.path, bindings))
        declared = {(item.place, item.name): item for item in operation.parameters}
        for name, value in values.items():
            parameter = declared.get(("path", name))
            text = write_parameter(parameter, value) if parameter else quote(text_of(value), safe="")
            if text in ("", ".", ".."):
                raise CannotMake(f"{name} is {text!r} in the path of {operation}, which is no segment")
            path = path.replace("{" + name + "}", text)
        fields = [fixed] if fixed else []
        schemas = document.request_schemas
        for name, value in _values(draft.query, bindings):
            parameter = declared.get(("query", name)) or declared.get(("querystring", name))
            fields.append(
                write_parameter(parameter, value, schemas) if parameter else urlencode({name: text_of(value)})
            )
        headers: list[tuple[str, str]] = []
        for name, value in _values(draft.header, bindings):
            parameter = declared.get(("header", name))
            headers.append(
                (name, write_parameter(parameter, value, schemas) if parameter else text_of(value))
            )
        cookies: list[str] = []
        for name, value in _values(draft.cookie, bindings):
            parameter = declared.get(("cookie", name))
            cookies.append(
                write_parameter(parameter, value, schemas) if parameter else f"{name}={text_of(value)}"
            )
    except ValueError as error:
        raise CannotMake(f"{operation}: {error}") from error
    for place, name, value in credentials:
        if place == "query":
            fields.append(urlencode({name: value}))
        elif place == "cookie":
            cookies.append(f"{name}={value}")
        else:
            headers.append((name, value))
    if cookies:
        headers.append(("Cookie", "; ".join(part for part in cookies if part)))
    body = b""
    if draft.body is not ABSENT and draft.media is not None:
        form = Form(concrete(draft.media.name), draft.media, document.request_schemas)
        written = write(filled(draft.body, bindings), form)
        body = written.content
        headers.append(("Content-Type", written.name))
    query = "&".join(field for field in fields if field)
    return Outgoing(operation.method, path, query, (*headers, ("Accept", accept(draft))), body)


def accept(draft: Draft) -> str:
    """Return what a client of the operation takes: the declared media types of its answers, and all else."""
    names = [name for response in draft.operation.responses.values() for name in response.content]
    names.sort(key=lambda name: "json" not in name)
    return ", ".join([*dict.fromkeys(names), "*/*;q=0.1"]) if names else "*/*"


def _values(part: Any, bindings: Bindings) -> Iterable[tuple[str, Any]]:
    return [(name, filled(value, bindings)) for name, value in part.items()]
