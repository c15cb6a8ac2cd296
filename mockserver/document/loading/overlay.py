"""OpenAPI Overlay 1.0: changes to a document that stand in a file of their own, made before anything else is done.

The target of an action is a JSONPath (RFC 9535) into the document's own file as it was written. What an overlay
adds stands, for all messages, where it was written: in the overlay.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from mockserver.document import pointer as ptr
from mockserver.document.loading.files import Files, is_url, join
from mockserver.document.model import Fault, Severity
from mockserver.errors import DocumentError, Json

if TYPE_CHECKING:
    from jsonpath_rfc9535 import JSONPathQuery

VERSIONS: Final = re.compile(r"1\.[01]\.\d+")
"""Versions of the Overlay Specification; 1.1 only says more plainly what 1.0 means, and adds `copy`."""
_ACTION_KEYS: Final = ("target", "description", "update", "remove", "copy")
_ROOT_KEYS: Final = ("overlay", "info", "extends", "actions")

Location = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Overlaid:
    """A document with its overlays.

    Attributes:
        root: What they made of it.
        faults: What in them has no effect.
        origins: Pointer into `root` -> file ("" for the document's own) and pointer where it stands.
    """

    root: Json
    faults: tuple[Fault, ...]
    origins: Callable[[str], tuple[str, str]]


def apply(root: Json, location: str, overlays: Sequence[str], library: Files) -> Overlaid:
    """Apply overlays in their order.

    Args:
        root: The document as it was written; it is not changed.
        location: Of the document: a file, a URL, or a name.
        overlays: Locations of the overlays.
        library: Reads them.

    Raises:
        DocumentError: An overlay cannot be read, or is none.
    """
    work = _Work(root)
    for overlay in overlays:
        for action in _actions(library.read(overlay), overlay, location, work.faults):
            work.act(action)
    return Overlaid(work.root, tuple(work.faults), work.origin)


def origin(place: tuple[str, str], origins: Callable[[str], tuple[str, str]]) -> tuple[str, str]:
    """Return where something stands, whose place in a document with its overlays is known: file and pointer."""
    file, pointer = place
    return place if file else origins(pointer)


def relocated(faults: Iterable[Fault], origins: Callable[[str], tuple[str, str]]) -> Iterator[Fault]:
    """Yield the faults of a document with its overlays, each with the place where it was written."""
    for fault in faults:
        file, pointer = origin((fault.file, fault.pointer), origins)
        yield replace(fault, file=file, pointer=pointer)


class _Path(NamedTuple):
    """A JSONPath as it was written, and compiled."""

    text: str
    query: JSONPathQuery


class _Action(NamedTuple):
    """One action of an overlay: `what` is `update`, `remove` or `copy`, whose value is a path."""

    file: str
    pointer: str
    target: _Path
    what: str
    value: Json

    def error(self, message: str) -> DocumentError:
        return _error(self.file, ptr.join(self.pointer, self.what), message)


def _error(file: str, pointer: str, message: str) -> DocumentError:
    return DocumentError(f"{file}: at {pointer or '/'}: {message}")


def _actions(raw: Json, file: str, document: str, faults: list[Fault]) -> Iterator[_Action]:
    """Yield the actions of an overlay, checked.

    Raises:
        DocumentError: It is no overlay.
    """
    if not isinstance(raw, dict) or "overlay" not in raw:
        raise DocumentError(f"{file} is no OpenAPI overlay: the field 'overlay' is missing (it says '1.0.0')")
    if not isinstance(raw["overlay"], str) or not VERSIONS.fullmatch(raw["overlay"]):
        raise _error(
            file, "/overlay", f"{raw['overlay']!r} is no version that is known; it should be '1.0.0'"
        )
    _known(raw, _ROOT_KEYS, file, "")
    extends = raw.get("extends")
    if isinstance(extends, str) and not _same(join(file, extends), document):
        message = f"the overlay extends {extends!r}, which is not {document}"
        faults.append(
            Fault("/extends", "overlay", message, "it is applied all the same", Severity.WARNING, file)
        )
    actions = raw.get("actions")
    if not isinstance(actions, list) or not actions:
        raise _error(file, "/actions", "a list with one action at least is expected")
    for index, action in enumerate(actions):
        pointer = ptr.join("/actions", index)
        if not isinstance(action, dict):
            raise _error(file, pointer, f"an action is an object, not {action!r}")
        _known(action, _ACTION_KEYS, file, pointer)
        if not isinstance(action.get("remove", False), bool):
            raise _error(
                file, ptr.join(pointer, "remove"), f"true or false is expected, not {action['remove']!r}"
            )
        place = ptr.join(pointer, "target")
        target = _query(action.get("target"), file, place)
        # `update` has no effect where `remove` is true (Overlay 1.0.0 section 4.4.3).
        if action.get("remove"):
            yield _Action(file, pointer, target, "remove", None)
        elif "update" in action:
            yield _Action(file, pointer, target, "update", action["update"])
        elif "copy" in action:
            yield _Action(
                file, pointer, target, "copy", _query(action["copy"], file, ptr.join(pointer, "copy"))
            )
        else:
            message = "the action has neither 'update' nor 'remove'"
            faults.append(Fault(pointer, "overlay", message, "it has no effect", Severity.WARNING, file))


def _known(node: dict[str, Any], names: Sequence[str], file: str, pointer: str) -> None:
    for key in node:
        if key not in names and not str(key).startswith("x-"):
            raise _error(file, pointer, f"unknown key {key!r}; known are {', '.join(names)}")


def _query(raw: Json, file: str, pointer: str) -> _Path:
    import jsonpath_rfc9535 as jsonpath  # here, since few documents have overlays

    if not isinstance(raw, str):
        raise _error(file, pointer, f"a JSONPath is expected, e.g. \"$.paths['/pets'].get\", not {raw!r}")
    try:
        return _Path(raw, jsonpath.compile(raw))
    except jsonpath.JSONPathError as error:
        raise _error(file, pointer, f"{raw!r} is no JSONPath (RFC 9535): {error}") from error


def _same(one: str, other: str) -> bool:
    """Return whether two locations are the same; of what has no place of its own nobody can say."""
    if is_url(one) or is_url(other):
        return one == other
    return Path(one).resolve() == Path(other).resolve()


class _Work:
    """A document under work.

    What was read may be shared, by the aliases of YAML: each object is copied before it is changed for the first time.

    Attributes:
        root: It, as far as it is done.
    """

    def __init__(self, root: Json) -> None:
        self.root = root
        self.faults: list[Fault] = []
        self._mine: dict[int, Json] = {}
        self._moved: dict[str, tuple[str, str]] = {}

    def origin(self, pointer: str) -> tuple[str, str]:
        """Return file and pointer where something stands."""
        head = pointer
        while head not in self._moved:
            if not head:
                return "", pointer
            head = head.rpartition("/")[0]
        file, origin = self._moved[head]
        return file, origin + pointer[len(head) :]

    def act(self, action: _Action) -> None:
        """Do one action at all places that its target selects."""
        found = self._select(action.target, action)
        if not found:
            message = f"the target {action.target.text!r} selects nothing"
            pointer = ptr.join(action.pointer, "target")
            self.faults.append(
                Fault(pointer, "overlay", message, "the action has no effect", Severity.WARNING, action.file)
            )
        if action.what == "remove":
            # From the end, so that what is still to be removed stays where it is; what lies in another goes with it.
            for location in sorted(found, key=_order, reverse=True):
                self._remove(location, action)
            return
        value, source = action.value, (action.file, ptr.join(action.pointer, "update"))
        if action.what == "copy":
            chosen = self._select(action.value, action)
            if len(chosen) != 1:
                raise action.error(f"one place is expected, {action.value.text!r} selects {len(chosen)}")
            value, source = deepcopy(_at(self.root, chosen[0])), self.origin(ptr.join("", *chosen[0]))
        for location in found:
            self._update(location, value, source, action)

    def _select(self, path: _Path, action: _Action) -> list[Location]:
        from jsonpath_rfc9535 import JSONPathError

        try:
            # A place may be selected twice, e.g. by `$['a','a']`.
            return list(dict.fromkeys(node.location for node in path.query.find(self.root)))
        except JSONPathError as error:
            raise action.error(f"{path.text!r} cannot be followed: {error}") from error

    def _update(self, location: Location, value: Json, source: tuple[str, str], action: _Action) -> None:
        pointer, node = ptr.join("", *location), self._own(location)
        if isinstance(node, dict):
            if not isinstance(value, dict):
                raise action.error(
                    f"an object is expected, as at {pointer or '/'} of the document, not {value!r}"
                )
            self._merge(node, pointer, value, source)
        elif isinstance(node, list):
            self._append(node, pointer, value, source)
        elif not location:
            raise action.error("the document has no object at its top")
        else:
            self._own(location[:-1])[location[-1]] = value
            self._note(pointer, *source)

    def _merge(
        self, node: dict[str, Json], pointer: str, value: dict[str, Json], source: tuple[str, str]
    ) -> None:
        for key, member in value.items():
            place, origin = ptr.join(pointer, key), (source[0], ptr.join(source[1], key))
            before = node.get(key)
            if isinstance(before, dict) and isinstance(member, dict):
                node[key] = self._copy(before)
                self._merge(node[key], place, member, origin)
            elif isinstance(before, list) and isinstance(member, list):
                node[key] = self._copy(before)
                self._append(node[key], place, member, origin)
            else:
                node[key] = member
                self._note(place, *origin)

    def _append(self, node: list[Json], pointer: str, value: Json, source: tuple[str, str]) -> None:
        entries = value if isinstance(value, list) else [value]
        for index, entry in enumerate(entries):
            origin = ptr.join(source[1], index) if isinstance(value, list) else source[1]
            self._note(ptr.join(pointer, len(node)), source[0], origin)
            node.append(entry)

    def _remove(self, location: Location, action: _Action) -> None:
        if not location:
            raise action.error("the whole document cannot be removed")
        owner, key = self._own(location[:-1]), location[-1]
        pointer = ptr.join("", *location[:-1])
        if isinstance(owner, list) and isinstance(key, int):
            places = [self.origin(ptr.join(pointer, index)) for index in range(key + 1, len(owner))]
            inner = {place: self._below(ptr.join(pointer, key + 1 + place)) for place in range(len(places))}
            for index in range(key, len(owner)):
                self._forget(ptr.join(pointer, index))
            for number, origin in enumerate(places):
                place = ptr.join(pointer, key + number)
                self._moved[place] = origin
                self._moved.update((place + rest, known) for rest, known in inner[number].items())
        else:
            self._forget(ptr.join(pointer, key))
        del owner[key]

    # Where things stand.

    def _note(self, pointer: str, file: str, origin: str) -> None:
        self._forget(pointer)
        self._moved[pointer] = (file, origin)

    def _forget(self, pointer: str) -> None:
        self._moved.pop(pointer, None)
        for rest in self._below(pointer):
            del self._moved[pointer + rest]

    def _below(self, pointer: str) -> dict[str, tuple[str, str]]:
        return {
            place[len(pointer) :]: origin
            for place, origin in self._moved.items()
            if place.startswith(pointer + "/")
        }

    # Copies.

    def _copy(self, node: Json) -> Json:
        if id(node) in self._mine:
            return node
        fresh = node.copy()
        self._mine[id(fresh)] = fresh
        return fresh

    def _own(self, location: Location) -> Json:
        """Return what stands somewhere, after all on the way and it itself have become ours."""
        if isinstance(self.root, dict | list):
            self.root = self._copy(self.root)
        node = self.root
        for key in location:
            below = node[key]
            if isinstance(below, dict | list):
                below = node[key] = self._copy(below)
            node = below
        return node


def _at(root: Json, location: Location) -> Json:
    node = root
    for key in location:
        node = node[key]
    return node


def _order(location: Location) -> tuple[tuple[int, int, str], ...]:
    """Return what sorts places so that of one list the later entries come last, and what lies within after it."""
    return tuple((1, key, "") if isinstance(key, int) else (0, 0, key) for key in location)
