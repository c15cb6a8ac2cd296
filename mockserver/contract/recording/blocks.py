"""Files of YAML lists, item by item as text: what a hand has written in one stays, comments included.

A lock beside them tells which items are as a recording left them: only these does the next recording change.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass, field
from typing import Final

from mockserver.document.loading import yamltext
from mockserver.document.planfile import writing
from mockserver.errors import Json

_ITEM: Final = re.compile(r"^- ", re.MULTILINE)
_ABOVE: Final = re.compile(r"(?:^(?:#[^\n]*|[ \t]*)\n)+\Z", re.MULTILINE)
"""Comments and empty lines at the end of an item: they are about the next one."""

KeyOf = Callable[[Json], str]


@dataclass(frozen=True, slots=True)
class Block:
    """One item of a list.

    Attributes:
        key: What stays the same when the rest of it changes.
        text: It, with the comments above it.
    """

    key: str
    text: str

    @property
    def digest(self) -> str:
        """Tells whether it was changed."""
        return digest(self.text.encode())


def digest(data: bytes) -> str:
    """Return what tells whether something was changed."""
    return hashlib.sha256(data.strip()).hexdigest()[:12]


def block_of(value: Json, key_of: KeyOf) -> Block | None:
    """Return a value as an item of a list; None for one that YAML does not give back as it is."""
    text = writing.item(value)
    try:
        same = yamltext.loads(text) == [value]
    except yamltext.YamlError:
        same = False
    return Block(key_of(value), text) if same else None


@dataclass(frozen=True, slots=True)
class Listed:
    """A file, taken apart.

    Attributes:
        head: What stands above the first item.
    """

    head: str = ""
    blocks: tuple[Block, ...] = ()
    values: tuple[Json, ...] = ()


def taken_apart(text: str, key_of: KeyOf) -> Listed | None:
    """Return the items of a file; None for one that is not written item by item."""
    starts = [match.start() for match in _ITEM.finditer(text)]
    if not starts:
        return Listed(text) if not _value(text) else None
    pieces = [text[start:end] for start, end in zip(starts, [*starts[1:], len(text)], strict=True)]
    above = text[: starts[0]]
    head = above
    match = re.search(r"\n[ \t]*\n(?!.*\n[ \t]*\n)", above, re.DOTALL)
    if match is not None:
        head, above = above[: match.end()], above[match.end() :]
    else:
        above = ""
    blocks: list[Block] = []
    values: list[Json] = []
    for piece in pieces:
        last = _ABOVE.search(piece)
        own, after = (piece[: last.start()], last[0]) if last is not None else (piece, "")
        value = _value(above + own)
        if not isinstance(value, list) or len(value) != 1:
            return None
        values.append(value[0])
        blocks.append(Block(key_of(value[0]), above + own if own.endswith("\n") else above + own + "\n"))
        above = after
    if above.strip():
        blocks[-1] = Block(blocks[-1].key, blocks[-1].text + above)
    return Listed(head, tuple(blocks), tuple(values))


def _value(text: str) -> Json:
    try:
        return yamltext.loads(text)
    except yamltext.YamlError:
        return "broken"


@dataclass(slots=True)
class Merged:
    """A file as it is to be.

    Attributes:
        lock: Key -> digest of the items that are as a recording left them.
        kept: Keys of those that a hand has changed, and that the recording has otherwise.
        absent: Keys of those that a hand has removed.
    """

    text: str
    lock: dict[str, str]
    kept: list[str] = field(default_factory=list)
    absent: list[str] = field(default_factory=list)


def merged(
    old: Listed, new: list[Block], lock: Mapping[str, str], gone: Set[str], *, overwrite: bool = False
) -> Merged:
    """Return a file with what a recording has seen.

    Args:
        old: What is there.
        new: What was recorded.
        lock: Of the recording before.
        gone: Keys of what is not there any more.
        overwrite: Whether what a hand has changed is taken back.
    """
    wanted = {block.key: block for block in new}
    found = Merged("", {})
    texts = [old.head]
    there = {block.key for block in old.blocks}
    for block in old.blocks:
        fresh = wanted.get(block.key)
        is_ours = overwrite or lock.get(block.key) == block.digest
        if fresh is None and block.key in gone and is_ours:
            continue
        if fresh is not None and (is_ours or fresh.digest == block.digest):
            texts.append(fresh.text)
            found.lock[block.key] = fresh.digest
            continue
        texts.append(block.text)
        if block.key in lock:
            found.lock[block.key] = lock[block.key]
        if fresh is not None:
            found.kept.append(block.key)
    for block in new:
        if block.key in there:
            continue
        if block.key in lock and not overwrite:
            found.lock[block.key] = lock[block.key]
            found.absent.append(block.key)
        else:
            texts.append(block.text)
            found.lock[block.key] = block.digest
            there.add(block.key)
    found.text = "".join(texts)
    return found
