"""The objects of a document as the rest of the house sees them. Frozen; each knows its JSON pointer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from mockserver.document.dialect import Direction
from mockserver.document.validation import Schemas
from mockserver.errors import Json


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong in a document, and what follows from it.

    Attributes:
        pointer: JSON pointer of the place.
        rule: A short name of the rule.
        message: A sentence.
    """

    pointer: str
    rule: str
    message: str


@dataclass(frozen=True, slots=True)
class MediaType:
    """A Media Type Object.

    Attributes:
        name: The media type as declared, e.g. `application/json`.
        schema: Pointer of its schema, None without one.
        examples: Example values by name; a single `example` has the name "".
    """

    name: str
    pointer: str
    schema: str | None
    examples: Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class Parameter:
    """A Parameter Object, or a Header Object of a response.

    Attributes:
        place: `path`, `query`, `header` or `cookie`.
        style, explode: With the defaults of the place (OAS 3.1.1 section 4.8.12.2).
        schema: Pointer of its schema, None without one.
        media_type: Set for parameters with `content`: the value is text of that media type.
    """

    name: str
    place: str
    pointer: str
    required: bool
    style: str
    explode: bool
    schema: str | None
    media_type: str | None = None


@dataclass(frozen=True, slots=True)
class Response:
    """A Response Object; `status` is as declared: `200`, `4XX` or `default`."""

    status: str
    pointer: str
    content: Mapping[str, MediaType]
    headers: Mapping[str, Parameter]


@dataclass(frozen=True, slots=True)
class RequestBody:
    """A Request Body Object."""

    pointer: str
    required: bool
    content: Mapping[str, MediaType]


@dataclass(frozen=True, slots=True)
class Operation:
    """An Operation Object with what it inherits from its path and document.

    Attributes:
        id: The operationId, or one made from method and path.
        method: In capitals.
        security: Alternatives; each maps scheme names to scopes. Empty: no credentials are needed.
    """

    id: str
    method: str
    path: str
    pointer: str
    summary: str
    parameters: tuple[Parameter, ...]
    request_body: RequestBody | None
    responses: Mapping[str, Response]
    security: tuple[Mapping[str, tuple[str, ...]], ...]

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    def response_for(self, status: int) -> Response | None:
        """Return the declared response for a status: exact, then its range (`4XX`), then `default`."""
        text = str(status)
        return (
            self.responses.get(text)
            or self.responses.get(f"{text[0]}XX")
            or self.responses.get(f"{text[0]}xx")
            or self.responses.get("default")
        )


@dataclass(frozen=True, slots=True)
class SecurityScheme:
    """A Security Scheme Object: `type`, and for apiKey its place and name, for http its scheme in lower case."""

    name: str
    type: str
    place: str = ""
    parameter: str = ""
    scheme: str = ""


@dataclass(frozen=True)
class Document:
    """A whole document, ready to be asked.

    Attributes:
        name: Short name: the stem of its file, in lower case with hyphens.
        source: The file that it was read from.
        root: The document as it was read.
        operations: By operation id, in the document's order.
        faults: What is wrong with it; the operations not touched are served.
    """

    name: str
    source: Path
    root: dict[str, Json] = field(repr=False)
    title: str
    version: str
    operations: Mapping[str, Operation]
    security_schemes: Mapping[str, SecurityScheme]
    faults: tuple[Fault, ...] = ()

    @property
    def legacy(self) -> bool:
        """Whether its schemas are in the dialect of OpenAPI 3.0."""
        return self.version.startswith("3.0")

    @cached_property
    def request_schemas(self) -> Schemas:
        """Its schemas, for what clients send."""
        return Schemas(self.root, legacy=self.legacy, direction=Direction.REQUEST)

    @cached_property
    def response_schemas(self) -> Schemas:
        """Its schemas, for what servers answer."""
        return Schemas(self.root, legacy=self.legacy, direction=Direction.RESPONSE)
