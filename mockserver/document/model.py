"""The objects of a document as the rest of the house sees them. Frozen; each knows its JSON pointer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from pathlib import Path

from mockserver.document.dialect import Direction
from mockserver.document.validation import Schemas
from mockserver.errors import Json


class Severity(StrEnum):
    """How bad a fault is: an error breaks the specification, a warning only looks like a mistake."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong in a document, and what follows from it.

    Attributes:
        pointer: JSON pointer of the place, in `file`.
        rule: A short name of the rule, e.g. `reference`.
        message: A sentence: what was seen.
        effect: A sentence: what the server does about it; "" where it makes no difference.
        file: The file as it was named, "" for the document itself.
    """

    pointer: str
    rule: str
    message: str
    effect: str = ""
    severity: Severity = Severity.ERROR
    file: str = ""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A Parameter Object, or a Header Object of a response.

    Attributes:
        place: `path`, `query`, `header`, `cookie` or `querystring` (OAS 3.2.0 section 4.12.2).
        style, explode: With the defaults of the place (OAS 3.1.1 section 4.8.12.2). The `tsv` of OpenAPI 2.0 has the
            style `tabDelimited`.
        schema: Pointer of its schema, None without one.
        media_type: Set for parameters with `content`: the value is text of that media type.
        examples: Example values by name; a single `example` has the name "".
    """

    name: str
    place: str
    pointer: str
    required: bool
    style: str
    explode: bool
    schema: str | None
    media_type: str | None = None
    allow_reserved: bool = False
    allow_empty_value: bool = False
    deprecated: bool = False
    examples: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Encoding:
    """An Encoding Object: how one property of a form is written.

    Attributes:
        content_types: As declared, ranges among them; empty for the default of the property's type.
        style, explode: None where the content types decide (OAS 3.1.1 section 4.8.15.1).
        headers: Headers of the part, by name; `Content-Type` is not among them.
    """

    content_types: tuple[str, ...] = ()
    style: str | None = None
    explode: bool | None = None
    allow_reserved: bool = False
    headers: Mapping[str, Parameter] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MediaType:
    """A Media Type Object.

    Attributes:
        name: The media type as declared, e.g. `application/json`.
        schema: Pointer of its schema, None without one.
        examples: Example values by name; a single `example` has the name "".
        encoding: Property name -> how it is written, for forms.
        item_schema: Pointer of the schema of each item of a sequence (OAS 3.2.0 section 4.14), None without one.
    """

    name: str
    pointer: str
    schema: str | None
    examples: Mapping[str, Json]
    encoding: Mapping[str, Encoding] = field(default_factory=dict)
    item_schema: str | None = None


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
        base_paths: Path prefixes of its servers, e.g. `/v1`; the empty one only beside others.
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
    base_paths: tuple[str, ...] = ()
    deprecated: bool = False
    tags: tuple[str, ...] = ()

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
        root: The document, normalised (`document.loading.normalise`): in the form of OpenAPI 3, all its files in one.
        operations: By operation id, in the document's order.
        faults: What is wrong with it; the operations not touched are served.
        shape: What in it, as it was written, breaks the schema of its OpenAPI version; much of it is in `faults`, too.
        files: The files that it was read from, its own first.
        origins: See `origin`.
        overlaid: Pointer into what overlays made of its own file -> file and pointer as they were written; None
            without any.
    """

    name: str
    source: Path
    root: dict[str, Json] = field(repr=False)
    title: str
    version: str
    operations: Mapping[str, Operation]
    security_schemes: Mapping[str, SecurityScheme]
    faults: tuple[Fault, ...] = ()
    shape: tuple[Fault, ...] = ()
    files: tuple[str, ...] = ()
    origins: Callable[[str], tuple[str, str]] = field(default=lambda pointer: ("", pointer), repr=False)
    overlaid: Callable[[str], tuple[str, str]] | None = field(default=None, repr=False)

    def origin(self, pointer: str) -> tuple[str, str]:
        """Return where something stands in what the author wrote: file ("" for the document's own) and pointer."""
        return self.origins(pointer)

    @property
    def legacy(self) -> bool:
        """Whether its schemas are in the dialect of OpenAPI 3.0 or before."""
        return self.version.startswith(("3.0", "2."))

    @cached_property
    def request_schemas(self) -> Schemas:
        """Its schemas, for what clients send."""
        return Schemas(self.root, legacy=self.legacy, direction=Direction.REQUEST)

    @cached_property
    def response_schemas(self) -> Schemas:
        """Its schemas, for what servers answer."""
        return Schemas(self.root, legacy=self.legacy, direction=Direction.RESPONSE)
