"""Which properties no two records may share: a refusal is declared, and only few properties can be the reason."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from mockserver.document.inference.model import Found, FoundOperation
from mockserver.document.inference.spellings import known
from mockserver.document.inference.view import View
from mockserver.document.naming import singular, word, words

_STRONG: Final = known(
    "slug username login email emailaddress handle screenname useremail subdomain customid"
)
_WEAK: Final = ("key", "code", "name", "title")
_TAKEN: Final = re.compile(
    r"already|exist|duplicat|unique|taken|same|in use|clash|collid|conflict\w* with (?:an?|another|existing)",
    re.IGNORECASE,
)
_SAID: Final = re.compile(
    r"\b409\b|\b(?:must|has to|should|needs to) be unique|already (?:has|exists|taken|in use)", re.IGNORECASE
)


def unique_keys(view: View, found: Found, references: Mapping[str, Any]) -> list[list[str]]:
    """Return the keys of a resource, as in the plan file.

    Args:
        view: The schemas.
        found: The resource.
        references: Its `references`, as in the plan file.
    """
    for operation in found.of("create"):
        response = operation.operation.responses.get("409")
        if response is not None and operation.request.record is not None:
            said = str(view.node(response.pointer).get("description", ""))
            return _Keys(view, found, references, operation).told_by(said)
    return []


class _Keys:
    def __init__(
        self, view: View, found: Found, references: Mapping[str, Any], operation: FoundOperation
    ) -> None:
        self._view = view
        self._found = found
        self._references = references
        schema = operation.request.record or ""
        self._sent, self._required = view.properties(schema), view.required(schema)
        self._declared = view.properties(found.schema)
        self._texts = [
            name
            for name, pointer in self._declared.items()
            if name in self._sent
            and name != found.id_property
            and name not in references
            and "string" in view.types(pointer)
            and not view.values(pointer)
        ]

    def told_by(self, said: str) -> list[list[str]]:
        """Return the keys that descriptions tell of, else those that the refusal or the names suggest."""
        told = [(name, text) for name in self._texts if _SAID.search(text := self._description(name))]
        if told:
            keys = [[*self._within(text), name] for name, text in told]
            return [key for key in keys if len(key) > 1 or self._is_alone(key)]
        parents = [
            key for key, item in self._references.items() if item.get("path", key) in self._found.parents
        ]
        within = [key for key in parents if key in self._declared]
        strong = [name for name in self._texts if word(name) in _STRONG]
        if strong:
            return [[*within, name] for name in strong]
        named = [name for name in self._texts if re.search(rf"\b{re.escape(name)}\b", said, re.IGNORECASE)]
        weak = sorted(
            (name for name in self._texts if word(name) in _WEAK and name in self._required),
            key=lambda name: _WEAK.index(word(name)),
        )
        if named and _TAKEN.search(said):
            return [[*within, *named]] if self._is_alone(named) else []
        return [[*within, weak[0]]] if weak and _TAKEN.search(said) and self._is_alone(weak) else []

    def _description(self, name: str) -> str:
        nodes = (self._view.node(self._sent[name]), self._view.schema(self._sent[name]))
        return " ".join(str(node["description"]) for node in nodes if "description" in node)

    def _within(self, text: str) -> list[str]:
        """Return the references to what a description names: other records of that may have the same."""
        spoken = {singular(spoken) for spoken in words(text)}
        found = []
        for name, reference in self._references.items():
            target = str(reference["resource"])
            if (
                target != self._found.name
                and singular(words(target)[-1]) in spoken
                and name in self._declared
            ):
                found.append(name)
        return found[:1]

    def _is_alone(self, names: list[str]) -> bool:
        """Return whether a request names nothing that the key may be unique within, such as the folder of a file."""
        return not any(
            name in self._references or words(name)[-1:] == ("id",) or "id" in self._view.properties(pointer)
            for name, pointer in self._sent.items()
            if name not in names
        )
