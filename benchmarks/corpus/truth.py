"""Hand-labelled truth: what a person would want the operations of a document to do, to which records.

One file for each document and sample, `truth/<document>.yaml` and `truth/second/<document>.yaml`:

    drawn: all 8 operations                  # how these operations were chosen; never one by one
    operations:                              # METHOD /path: ACTION[|ACTION...] RESOURCE, or none
      GET /pets: list pet
      "PUT /pets/{id}": replace|update pet   # both are right; the first is what a person would write
      GET /login: none
    ids: {pet: id}                           # resource: the property that holds its id
    parents: {toy: "GET /pets/{id}"}         # resource: an operation of the resource that it lives below
    items: {POST /pets: /pet}                # where the record stands in the request
    answers: {GET /pets: /data}              # where the record or the records stand in the answer

The name of a resource is the labeller's own: it only says which operations are of the same one. The last four are
optional, and say something of some resources or operations only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import yaml
from processes import BenchError

FOLDER: Final = Path(__file__).with_name("truth")
SAMPLES: Final = {"first": FOLDER, "second": FOLDER / "second"}
"""Inference was improved on the first. The second was drawn and labelled afterwards, to see how much of that is more
than learning by heart: improve nothing by its operations without drawing a third."""
NONE: Final = "none"
ACTIONS: Final = (
    "create", "get", "list", "count", "update", "replace", "upsert", "delete", "delete-matching", NONE,
)  # fmt: skip
KEYS: Final = ("drawn", "operations", "ids", "parents", "items", "answers")


@dataclass(frozen=True)
class Label:
    """What is right for an operation: one of these actions, the first by preference, and a resource if it has one."""

    actions: tuple[str, ...]
    resource: str | None

    @property
    def is_open(self) -> bool:
        """Whether more than one action is right."""
        return len(self.actions) > 1


@dataclass(frozen=True)
class Truth:
    """The labels of one document; operations are named `METHOD /path`."""

    name: str
    drawn: str
    operations: Mapping[str, Label]
    ids: Mapping[str, str] = field(default_factory=dict)
    parents: Mapping[str, str] = field(default_factory=dict)
    items: Mapping[str, str] = field(default_factory=dict)
    answers: Mapping[str, str] = field(default_factory=dict)


def labelled(folder: Path = FOLDER) -> dict[str, Path]:
    """Return the files of labels by the name of their document."""
    return {path.stem: path for path in sorted(folder.glob("*.yaml"))}


def read(path: Path) -> Truth:
    """Read the labels of a document.

    Raises:
        BenchError: The file does not have the format.
    """
    raw = yaml.safe_load(path.read_text())
    if not isinstance(raw, dict) or set(raw) - set(KEYS) or not isinstance(raw.get("operations"), dict):
        raise BenchError(f"{path}: a mapping with `operations` is expected, and of {', '.join(KEYS)}")
    if not raw.get("drawn"):
        raise BenchError(f"{path}: `drawn` has to say how the operations were chosen")
    operations = {name: _label(text, f"{path}: {name}") for name, text in raw["operations"].items()}
    resources = {label.resource for label in operations.values()}
    details = {key: _texts(raw.get(key) or {}, f"{path}: {key}") for key in KEYS[2:]}
    for key in ("ids", "parents"):
        for resource in details[key]:
            if resource not in resources:
                raise BenchError(f"{path}: {key}: no operation is labelled with the resource {resource!r}")
    for key in ("items", "answers"):
        for name in details[key]:
            if name not in operations:
                raise BenchError(f"{path}: {key}: {name!r} is not labelled")
    return Truth(path.stem, str(raw["drawn"]), operations, **details)


def _label(text: Any, where: str) -> Label:
    words = str(text).split()
    actions = tuple(words[0].split("|")) if words else ()
    if unknown := [action for action in actions if action not in ACTIONS]:
        raise BenchError(f"{where}: {unknown[0]!r} is no action; known are {', '.join(ACTIONS)}")
    wanted = 1 if actions == (NONE,) else 2
    if len(words) != wanted:
        raise BenchError(f"{where}: `ACTION[|ACTION] RESOURCE` or `none` is expected, not {text!r}")
    return Label(actions, words[1] if wanted == 2 else None)


def _texts(raw: Any, where: str) -> dict[str, str]:
    if not isinstance(raw, dict) or not all(isinstance(value, str) for value in raw.values()):
        raise BenchError(f"{where}: a mapping of texts is expected")
    return raw
