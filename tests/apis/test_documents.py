"""The bundled documents themselves: valid by the specification, and true to their own examples."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest

from mockserver import bundled
from mockserver.document import builder, plan_file
from mockserver.document.checks import check
from mockserver.document.model import MediaType
from mockserver.document.validation import Schemas

pytestmark = pytest.mark.parametrize("path", bundled.documents(), ids=lambda path: path.stem)


def test_document_passes_the_validator_without_a_warning(path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")

        assert check(builder.load(path)) == ()


def test_document_is_served_whole(path: Path) -> None:
    document = builder.load(path)

    assert document.faults == ()
    assert plan_file.load(document).operations


def test_examples_of_the_document_are_valid(path: Path) -> None:
    document = builder.load(path)
    checked = 0
    for operation in document.operations.values():
        sent = operation.request_body.content.values() if operation.request_body else ()
        answered = [media for response in operation.responses.values() for media in response.content.values()]
        sides: list[tuple[Schemas, list[MediaType]]] = [
            (document.request_schemas, list(sent)),
            (document.response_schemas, answered),
        ]
        for schemas, media_types in sides:
            for media in media_types:
                for example in media.examples.values():
                    assert media.schema is not None
                    assert schemas.validator(media.schema).violations(example) == [], (
                        f"{operation} {media.pointer}"
                    )
                    checked += 1

    assert checked
