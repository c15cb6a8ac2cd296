"""Which operations of a document are tested."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from mockserver.document.model import Document, Operation
from mockserver.errors import UsageError


def _search(text: str, within: str) -> bool:
    try:
        return re.search(text, within) is not None
    except re.error as error:
        raise UsageError(f"{text!r} is neither an operation id nor a regular expression: {error}") from error


KINDS: Final[Mapping[str, Callable[[str, Operation], bool]]] = {
    "any": lambda text, operation: text == operation.id or _search(text, operation.path),
    "id": lambda text, operation: text == operation.id,
    "path": lambda text, operation: text == operation.path or _search(text, operation.path),
    "tag": lambda text, operation: text in operation.tags,
    "method": lambda text, operation: text.upper() == operation.method,
}
"""Kind of a pattern -> whether it matches an operation."""
_NAMES: Final = {"any": "id or path", "id": "operation id"}


@dataclass(frozen=True, slots=True)
class Selection:
    """What a person chose.

    Attributes:
        include: Kind -> patterns: an operation needs to match one of each kind that has any.
        exclude: Kind -> patterns: an operation that matches one is left out.
        deprecated: Whether deprecated operations are tested.
    """

    include: Mapping[str, Sequence[str]] = field(default_factory=dict)
    exclude: Mapping[str, Sequence[str]] = field(default_factory=dict)
    deprecated: bool = True

    def takes(self, operation: Operation) -> bool:
        """Return whether an operation is tested."""
        if operation.deprecated and not self.deprecated:
            return False
        included = all(
            any(KINDS[kind](text, operation) for text in texts)
            for kind, texts in self.include.items()
            if texts
        )
        return included and not any(
            KINDS[kind](text, operation) for kind, texts in self.exclude.items() for text in texts
        )


def select(documents: Sequence[Document], selection: Selection) -> list[list[str] | None]:
    """Return, for each document, the labels of the operations that are wanted; None when that is all of them.

    Raises:
        UsageError: A pattern is no regex or matches nothing, or nothing is left.
    """
    known = [operation for document in documents for operation in document.operations.values()]
    for given in (selection.include, selection.exclude):
        for kind, texts in given.items():
            for text in texts:
                if not any(KINDS[kind](text, operation) for operation in known):
                    raise UsageError(_unmatched(kind, text, known))
    result = [
        [str(item) for item in document.operations.values() if selection.takes(item)]
        for document in documents
    ]
    if not any(result):
        raise UsageError("no operation is left to test")
    return [
        None if len(labels) == len(document.operations) else labels
        for labels, document in zip(result, documents, strict=True)
    ]


def _unmatched(kind: str, text: str, known: Sequence[Operation]) -> str:
    if kind == "any":
        return f"no operation has the id {text!r}, and no path matches it"
    if kind == "tag":
        tags = sorted({tag for operation in known for tag in operation.tags})
        return f"no operation has the tag {text!r}; there are {', '.join(tags) or 'none'}"
    return f"no operation has the {_NAMES.get(kind, kind)} {text!r}"
