"""The fixtures of one document on disk: what is there, what a recording makes of it, and how it is written."""

from __future__ import annotations

import mimetypes
import os
import re
import tempfile
from collections.abc import Callable, Iterator, Mapping, Set
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from mockserver import jsontext
from mockserver.contract.recording.blocks import Block, Listed, block_of, digest, merged, taken_apart
from mockserver.contract.recording.responses import Response
from mockserver.document.media_types import essence_of
from mockserver.errors import Json, UsageError
from mockserver.mocking.canned import INDEX, SUFFIXES
from mockserver.mocking.fixtures import WHOLE

LOCK: Final = "recording.lock"
"""The file that tells what a recording has written; no fixture, for its name has no ending of one."""
_TYPES: Final = mimetypes.MimeTypes(filenames=())
_SEEDS_HEAD: Final = (
    "# Records of {name}, recorded. What you change here stays when it is recorded again.\n\n"
)
_RESPONSES_HEAD: Final = (
    "# Answers of {name}, recorded. What you change here stays when it is recorded again.\n\n"
)


def seeds_file(resource: str) -> str:
    """Return the name of the file with the records of a resource."""
    return f"{resource}{WHOLE}.yaml"


class Folder:
    """The folder of the fixtures of one document.

    Args:
        path: It need not be there.

    Raises:
        UsageError: What is there is of no use.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.notes: list[str] = []
        self._lock = self._read_lock()
        self._writes: dict[str, bytes] = {}
        self._new_lock: dict[str, dict[str, str]] = {}

    def listed(self, name: str, key_of: Callable[[Json], str]) -> Listed | None:
        """Return the items of a file; None for one that is left alone, which is said.

        Raises:
            UsageError: The file cannot be read.
        """
        stem = name.rpartition(".")[0]
        others = [f"{stem}{suffix}" for suffix in SUFFIXES if f"{stem}{suffix}" != name]
        other = next((item for item in others if (self.path / item).is_file()), None)
        if other is not None:
            self.notes.append(
                f"{other} is there and left as it is; remove it, or rename it to {Path(name).name}"
            )
            return None
        path = self.path / name
        try:
            text = path.read_bytes().decode() if path.is_file() else ""
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"cannot read {path}: {error}") from error
        found = taken_apart(text, key_of)
        if found is None:
            self.notes.append(
                f"{name} is there and left as it is: it is no list with an item on each `- ` at the line's beginning"
            )
        return found

    def put_list(self, name: str, old: Listed, new: list[Block], gone: Set[str], *, overwrite: bool) -> None:
        """Put what was recorded into a file."""
        found = merged(old, new, self._lock.get(name, {}), gone, overwrite=overwrite)
        if not old.blocks and not old.head:
            is_index = name.endswith(f"/{INDEX}.yaml")
            head = _RESPONSES_HEAD if is_index else _SEEDS_HEAD
            found.text = head.format(name=re.split(r"[./]", name)[0]) + found.text
        for keys, what in (
            (found.kept, "was changed by hand and is kept"),
            (found.absent, "was removed by hand"),
        ):
            if keys:
                more = f" and {len(keys) - 3} more" if len(keys) > 3 else ""
                self.notes.append(
                    f"{name}: {', '.join(keys[:3])}{more} {what}; --overwrite takes the recording's"
                )
        if found.lock or old.blocks or new:
            self._new_lock[name] = found.lock
            self._writes[name] = found.text.encode()

    def put_file(self, name: str, data: bytes, *, overwrite: bool) -> None:
        """Put bytes into a file of their own."""
        path, known = self.path / name, self._lock.get(name, {}).get("", "")
        there = path.read_bytes() if path.is_file() else None
        if there is not None and not overwrite and digest(there) not in (known, digest(data)):
            self.notes.append(f"{name} was changed by hand and is kept; --overwrite takes the recording's")
            self._new_lock[name] = {"": known}
            return
        self._new_lock[name] = {"": digest(data)}
        self._writes[name] = data

    def texts(self) -> str:
        """Return all that is to be written, as one text."""
        return "\n".join(data.decode("utf-8", "replace") for data in self._writes.values())

    def lines(self, is_wanted: Callable[[str], bool]) -> Iterator[tuple[str, int]]:
        """Yield the files that are to be written that have a line of some kind, and the number of its first one."""
        for name, data in self._writes.items():
            if name.endswith(".yaml"):
                lines = enumerate(data.decode().splitlines(), 1)
                found = next((number for number, line in lines if is_wanted(line)), None)
                if found is not None:
                    yield name, found

    def write(self, *, dry_run: bool) -> tuple[Path, ...]:
        """Write what has changed, each file as a whole or not at all; return which files those are.

        Raises:
            UsageError: That is not possible.
        """
        lock = {name: keys for name, keys in {**self._lock, **self._new_lock}.items() if keys}
        writes = dict(self._writes)
        if lock:
            writes[LOCK] = jsontext.dumps({"version": 1, "files": lock}, sort_keys=True, indent=True) + b"\n"
        changed = {
            self.path / name: data for name, data in writes.items() if _content(self.path / name) != data
        }
        if not dry_run:
            try:
                _write_all(changed)
            except OSError as error:
                raise UsageError(f"cannot write {error.filename or self.path}: {error.strerror}") from error
        return tuple(changed)

    def _read_lock(self) -> Mapping[str, dict[str, str]]:
        data = _content(self.path / LOCK)
        if data is None:
            return {}
        try:
            files = jsontext.loads(data)["files"]
            return {name: {key: str(value) for key, value in keys.items()} for name, keys in files.items()}
        except (jsontext.JsonError, KeyError, TypeError, AttributeError) as error:
            raise UsageError(
                f"{self.path / LOCK} is not as a recording left it; remove it, and all that is there counts as "
                "written by hand"
            ) from error


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes() if path.is_file() else None
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from error


def _write_all(files: Mapping[Path, bytes]) -> None:
    """Write files beside those that they replace, and put them in place once all of them are whole."""
    ready: list[tuple[str, Path]] = []
    try:
        for path, data in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
            ready.append((temporary, path))
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            os.chmod(temporary, 0o644)
        for temporary, path in ready:
            os.replace(temporary, path)
    finally:
        for temporary, _ in ready:
            with suppress(FileNotFoundError):
                os.unlink(temporary)


# Responses as items.


def key_of_response(entry: Json) -> str:
    """Return what stays the same of a response from recording to recording, fit to be read."""
    if not isinstance(entry, dict):
        return "?"
    parts = [str(entry.get("status"))]
    if entry.get("name"):
        parts.append(str(entry["name"]))
    match = entry.get("match")
    if isinstance(match, dict):
        parts.append(jsontext.dumps(match, sort_keys=True).decode())
    if entry.get("media-type"):
        parts.append(str(entry["media-type"]))
    return " ".join(parts)


def entry_of(response: Response) -> dict[str, Any]:
    """Return a response as it stands in the list, without its body."""
    entry: dict[str, Any] = {"status": response.status}
    if response.name:
        entry["name"] = response.name
    if response.match is not None:
        match: dict[str, Any] = {}
        for (kind, name), value in response.match.items():
            if kind == "body" and not name:
                match["body"] = value
            else:
                match.setdefault(kind, {})[name] = value
        entry["match"] = match
    if response.media_type is not None and essence_of(response.media_type) != "application/json":
        entry["media-type"] = response.media_type
    if response.headers:
        entry["headers"] = response.headers
    if not response.is_valid:
        entry["unchecked"] = True
    return entry


def put_responses(folder: Folder, operation: str, responses: list[Response], *, overwrite: bool) -> int:
    """Put the responses of an operation into its list; return how many could not be written.

    Raises:
        UsageError: The list that is there cannot be read.
    """
    name = f"{operation}/{INDEX}.yaml"
    old = folder.listed(name, key_of_response)
    if old is None:
        return 0
    blocks: list[Block] = []
    lost = 0
    for response in responses:
        entry = entry_of(response)
        if isinstance(response.body, bytes):
            file = _file_name(response, key_of_response(entry))
            entry["file"] = file
            folder.put_file(f"{operation}/{file}", response.body, overwrite=overwrite)
        elif response.media_type is not None:
            entry["body"] = response.body
        block = block_of(entry, key_of_response)
        if block is None:
            lost += 1
        else:
            blocks.append(block)
    folder.put_list(name, old, blocks, frozenset(), overwrite=overwrite)
    return lost


def _file_name(response: Response, key: str) -> str:
    values = [str(value) for value in (response.match or {}).values() if isinstance(value, str | int)]
    slug = re.sub(r"[^a-z0-9]+", "-", " ".join([response.name, *values]).lower()).strip("-")[:40]
    ending = _TYPES.guess_extension(essence_of(response.media_type or "")) or ".bin"
    ending = ending if ending not in SUFFIXES else ".bin"
    return ".".join(part for part in (str(response.status), slug, digest(key.encode())[:6]) if part) + ending
