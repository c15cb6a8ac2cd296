"""Finds the entries in the text of a HAR file without reading it as a whole: such files have gigabytes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from mmap import mmap
from pathlib import Path
from typing import Final

from mockserver.errors import DocumentError

_TOKEN: Final = re.compile(rb'("[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z))|([{\[])|[}\]]', re.DOTALL)
"""A string, also one that the end of the file cuts short, or a bracket. Possessive: no way back is kept."""


def entries_of(data: mmap | bytes, path: Path, say: Callable[[str], object]) -> Iterator[bytes]:
    """Yield the JSON text of each entry of `log.entries`.

    Args:
        data: The text.
        path: Its file, for messages.
        say: Is told if the text ends before the list of entries does.

    Raises:
        DocumentError: There is no such list.
    """
    depth, start, in_entries, last = 0, 0, 0, b""
    for token in _TOKEN.finditer(data):
        if token[1] is not None:
            if depth <= 2:
                last = token[1]
        elif token[2] is not None:
            depth += 1
            if in_entries:
                if depth == in_entries + 1:
                    start = token.start()
            elif token[2] == b"[" and last == b'"entries"' and depth <= 3:
                in_entries = depth
        else:
            if in_entries and depth == in_entries + 1:
                yield data[start : token.end()]
            if in_entries and depth == in_entries:
                return
            depth -= 1
    if not in_entries:
        raise DocumentError(
            f"{path} is no HAR file: it has no list `log.entries`. Browsers write one with "
            '"Save all as HAR" in the network panel of their developer tools'
        )
    say(f"{path.name}: the file is cut short; the entries that are whole are read")
