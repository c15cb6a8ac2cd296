"""Notices that files have changed, by their times and sizes.

A look costs some microseconds for each file, twice a second: cheaper than to be told by the system, which would be
told of every file in a folder, in another way on each platform, and not at all on network drives.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

Stamp = tuple[int, int, int] | None
"""Time of the last change, size and number of a file; None for one that is not there."""
Stamps = dict[str, Stamp]

MAX_DEPTH: Final = 4
SETTLE_SECONDS: Final = 0.05
SETTLE_LOOKS: Final = 40
CLOCK_STEP_NS: Final = 20_000_000
"""The times of files go by a coarser clock, which is behind by up to so much."""


@dataclass(frozen=True, slots=True)
class Group:
    """Files that are looked at together.

    Attributes:
        paths: Files and folders, which need not be there.
        depth: How many levels of its files a folder stands for; with 0 only for the names in it.
    """

    paths: Sequence[Path | str]
    depth: int = MAX_DEPTH


Groups = Mapping[Hashable, Group]


def stamps_of(group: Group) -> Stamps:
    """Return the stamps of files by path."""
    found: Stamps = {}
    for path in group.paths:
        _look(os.fspath(path), found, group.depth)
    return found


def _look(path: str, found: Stamps, depth: int) -> None:
    try:
        status = os.stat(path)
        is_folder = depth > 0 and os.path.isdir(path)
        found[path] = (status.st_mtime_ns, status.st_size, status.st_ino)
        if is_folder:
            with os.scandir(path) as entries:
                for entry in entries:
                    if not entry.name.startswith((".", "__pycache__")):
                        _look(entry.path, found, depth - 1)
    except OSError:
        found.setdefault(path, None)


class Watch:
    """Groups of files, by a key; for the arguments see `look_at`."""

    def __init__(self, groups: Groups, *, since_ns: int | None = None) -> None:
        self._seen: dict[Hashable, Stamps] = {}
        self.look_at(groups, since_ns=since_ns)

    def look_at(self, groups: Groups, *, since_ns: int | None) -> None:
        """Watch other files from now on; what was seen of the same ones still counts.

        Args:
            groups: See the class.
            since_ns: When reading the others began: a file that was changed since counts as changed. None if none was.
        """
        known = self._seen
        self._groups = groups
        self._seen = self._look()
        for key, stamps in self._seen.items():
            before = known.get(key, {})
            for path, stamp in stamps.items():
                if path in before:
                    stamps[path] = before[path]
                elif stamp is not None and since_ns is not None and stamp[0] >= since_ns - CLOCK_STEP_NS:
                    stamps[path] = None

    def changed(self) -> set[Hashable]:
        """Return the groups with a change since the last call or the start."""
        fresh = self._look()
        changed = {key for key, stamps in fresh.items() if stamps != self._seen[key]}
        self._seen = fresh
        return changed

    def settled(self, sleep: Callable[[float], object] = time.sleep) -> set[Hashable]:
        """Return what has changed, once nobody seems to be writing any more; that is waited for two seconds at most."""
        changed = self.changed()
        for _ in range(SETTLE_LOOKS if changed else 0):
            sleep(SETTLE_SECONDS)
            more = self.changed()
            if not more:
                break
            changed |= more
        return changed

    def _look(self) -> dict[Hashable, Stamps]:
        return {key: stamps_of(group) for key, group in self._groups.items()}
