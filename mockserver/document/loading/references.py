"""Finds what references mean, also where they are not quite right, and through other references."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple
from urllib.parse import unquote

from mockserver.document import pointer as ptr
from mockserver.document.loading import files
from mockserver.document.loading.files import Files
from mockserver.document.loading.identifiers import Identifiers, Place
from mockserver.errors import DocumentError, Json


class Dangling(Exception):
    """A reference leads nowhere; its text says why."""


class Found(NamedTuple):
    """What a reference means.

    Attributes:
        location, pointer: Where it stands, all references on the way followed.
        node: What stands there.
        note: What is wrong with the reference although it was understood; "" for nothing.
    """

    location: str
    pointer: str
    node: Json
    note: str = ""

    @property
    def place(self) -> Place:
        """Its file, and the pointer in it."""
        return self.location, self.pointer


class References:
    """Resolves the references of one document and its files."""

    def __init__(self, library: Files, location: str) -> None:
        self._files = library
        self._location = location
        self._scanned: set[str] = set()
        self._known: dict[tuple[str, str, str], Found] = {}
        self.identifiers = Identifiers()
        self.resolved: dict[int, Place] = {}
        """Identity of an object whose `$ref` was rewritten -> where that led."""

    def root(self, location: str) -> Json:
        """Return what a file holds.

        Raises:
            DocumentError: It cannot be read.
        """
        root = self._files.read(location)
        if location not in self._scanned:
            self._scanned.add(location)
            self.identifiers.scan(location, root)
        return root

    def value(self, reference: str, location: str) -> Json:
        """Return the value that a file holds: JSON, YAML, or any other text.

        Raises:
            Dangling: It cannot be read, or is no text.
        """
        target = files.join(location, reference)
        try:
            if target.endswith((".json", ".yaml", ".yml")):
                return self._files.read(target)
            return self._files.content(target).decode("utf-8")
        except (DocumentError, UnicodeDecodeError) as error:
            raise Dangling(str(error)) from error

    def resolve(self, reference: str, base: str, location: str) -> Found:
        """Return what a reference means.

        Args:
            reference: The value of `$ref`.
            base: URI that it is relative to.
            location: The file in which it stands.

        Raises:
            Dangling: It leads nowhere.
        """
        key = (reference, base, location)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = self._resolve(reference, base, location)
        return found

    def _resolve(self, reference: str, base: str, location: str) -> Found:
        document, _, fragment = reference.strip().partition("#")
        try:
            home = self._home(document, base, location)
            root = self.root(home[0])
        except DocumentError as error:
            by_name = self._by_name(document) if not fragment else None
            if by_name is not None:
                return by_name
            raise Dangling(str(error)) from error
        if home[1] or (document and self.identifiers.resource(files.join(base, document)) is not None):
            base = self.identifiers.base_of(home)
        elif document:
            base = self.identifiers.base_of((home[0], ""))
        return self._in_file(root, home, fragment, base)

    def _home(self, document: str, base: str, location: str) -> Place:
        """Return the file or the schema with an `$id` that a reference without its fragment means."""
        if not document:
            return self.identifiers.resource(base) or (location, "")
        uri = files.join(base, document)
        found = self.identifiers.resource(uri)
        if found is not None:
            return found
        # An `$id` does not move the file: a path beside it may be meant all the same.
        beside = files.join(location, document)
        if uri != beside and len(uri.split(":", 1)[0]) > 1 and not files.is_url(beside):
            return beside, ""
        return uri, ""

    def _in_file(self, root: Json, home: Place, fragment: str, base: str) -> Found:
        location, start = home
        if fragment and not fragment.startswith("/"):
            anchored = self.identifiers.anchor(base, unquote(fragment))
            if anchored is not None:
                return Found(*anchored, ptr.lookup(self.root(anchored[0]), anchored[1]))
        for text, note in _spellings(fragment):
            try:
                tokens = ptr.split(text)
            except ValueError:
                continue
            found = self._walk(location, [*ptr.split(start), *tokens])
            if found is None and start:
                # Many give a schema an `$id` and go on to write references from the top of the file.
                found = self._walk(location, tokens)
            if found is not None:
                return found._replace(note=note)
        by_name = self._by_name(fragment)
        if by_name is not None:
            return by_name
        raise Dangling(f"there is no #{fragment} in {location}")

    def _walk(self, location: str, tokens: list[str]) -> Found | None:
        """Go down a file token by token; a reference on the way is followed."""
        node: Any = self._files.read(location)
        path = ""
        for hop in range(200):
            found = _down(node, tokens)
            if found is not None:
                node, taken = found
                path = ptr.join(path, *taken)
                return Found(location, path, node)
            # As far as it goes; there a reference may lead on.
            depth = 0
            while depth < len(tokens) and isinstance(node, dict | list):
                below = _child(node, tokens[depth])
                if below is None:
                    break
                node, path, depth = below[0], ptr.join(path, tokens[depth]), depth + 1
            if not isinstance(node, dict) or not isinstance(node.get("$ref"), str) or hop > 100:
                return None
            try:
                target = self.follow(node, (location, path))
            except (Dangling, RecursionError):
                return None
            tokens = tokens[depth:]
            location, path, node = target.location, target.pointer, target.node
        return None

    def follow(self, node: dict[str, Any], place: Place) -> Found:
        """Return what an object with a `$ref` that stands at `place` means, before or after it was rewritten.

        Raises:
            Dangling: It leads nowhere.
        """
        known = self.resolved.get(id(node))
        if known is not None:
            return Found(*known, ptr.lookup(self._files.read(known[0]), known[1]))
        return self.resolve(node["$ref"], self.identifiers.base_of(place), place[0])

    def _by_name(self, name: str) -> Found | None:
        """Return the schema that is meant by no more than its name, as tools of old wrote it."""
        name = unquote(name)
        if not re.fullmatch(r"[\w.\-\[\]«»,]+", name):
            return None
        root = self._files.read(self._location)
        for start in (["components", "schemas"], ["definitions"]):
            found = _down(root, [*start, name])
            if found is not None:
                note = f"it names {name!r} without the way there"
                return Found(self._location, ptr.join("", *start, name), found[0], note)
        return None


def _spellings(fragment: str) -> Iterator[tuple[str, str]]:
    """Yield the pointers that a fragment may mean, the right one first, each with what is wrong otherwise."""
    text = unquote(fragment)
    yield text, ""
    if text != fragment:
        yield fragment, ""
    if not text.startswith("/"):
        text = f"/{text}"
        yield text, "its pointer does not begin with '/'"
    if "," in text:
        yield text.replace(",", "/"), "its pointer has commas where '/' belongs"
    if text.endswith("/"):
        yield text.rstrip("/"), "its pointer ends with '/'"


def _child(node: Any, token: str) -> tuple[Any] | None:
    if isinstance(node, dict):
        return (node[token],) if token in node else None
    if isinstance(node, list) and token.isascii() and token.isdigit() and int(token) < len(node):
        return (node[int(token)],)
    return None


def _down(node: Any, tokens: list[str]) -> tuple[Any, list[str]] | None:
    """Return what stands below `node`, and the tokens on the way; names with a `/` that was not escaped are found."""
    taken: list[str] = []
    index = 0
    while index < len(tokens):
        for end in range(index + 1, len(tokens) + 1):
            token = "/".join(tokens[index:end])
            below = _child(node, token)
            if below is not None:
                break
            if not isinstance(node, dict) or end - index > 12:
                return None
        else:
            return None
        node, index = below[0], end
        taken.append(token)
    return node, taken
