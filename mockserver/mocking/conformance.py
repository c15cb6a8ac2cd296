"""Does an answer keep the contract? Status, media type, headers and body against the declared response."""

from __future__ import annotations

from mockserver.document.media_types import is_json, matching
from mockserver.document.model import Document, Operation
from mockserver.errors import SchemaFault, Violation
from mockserver.mocking.exchange import Answer


def violations(document: Document, operation: Operation, answer: Answer) -> tuple[Violation, ...]:
    """Return the rules of the document that an answer breaks; an undeclared status breaks one."""
    response = operation.response_for(answer.status)
    if response is None:
        # 405, 413, 500... belong to HTTP and not to an operation: nobody declares them all.
        if answer.status in (405, 406, 413, 500, 501, 503):
            return ()
        message = f"{operation} declares no response {answer.status}"
        return (Violation(("status",), "status", message, answer.status, operation.pointer),)
    found: list[Violation] = []
    for name, header in response.headers.items():
        if header.required and name.lower() not in {key.lower() for key in answer.headers}:
            found.append(Violation(("header", name), "required", f"the header {name} is required", None, header.pointer))
    if answer.media_type is None or not response.content:
        return tuple(found)
    media = matching(response.content, answer.media_type)
    if media is None:
        message = f"{operation} -> {answer.status} declares no {answer.media_type}"
        found.append(Violation(("header", "Content-Type"), "content", message, answer.media_type, response.pointer))
    elif media.schema is not None and is_json(media.name):
        try:
            validator = document.response_schemas.validator(media.schema)
        except SchemaFault as error:
            found.append(Violation(("body",), "schema", str(error), None, media.schema))
        else:
            if not validator.is_valid(answer.body):
                found += validator.violations(answer.body, ("body",))
    return tuple(found)
