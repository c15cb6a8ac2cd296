"""A snapshot as files that people read, edit, compare and keep.

    DIR/snapshot.yaml                     what is no record: clock, stubs, counters, ids that are gone
    DIR/fixtures/<document>/<resource>.yaml   the records, laid out as fixtures are

A server that is started with `--fixtures DIR/fixtures` begins with these records; `restore` brings back everything.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from mockserver.document.loading import yamltext
from mockserver.document.loading.loader import read
from mockserver.errors import UsageError

MANIFEST: Final = "snapshot.yaml"
FIXTURES: Final = "fixtures"
_SAFE: Final = re.compile(r"(?!\.)[^/\\:*?\"<>|\x00-\x1f]{1,200}").fullmatch
_HEAD: Final = b"# Written by `mockserver state snapshot`; `mockserver state restore` reads it.\n"


def write(snapshot: Mapping[str, Any], folder: Path) -> list[Path]:
    """Write a snapshot into a folder, and return the files. Records of an earlier one there go.

    Raises:
        UsageError: A name can be no file, or the folder cannot be written to.
    """
    manifest = {key: value for key, value in snapshot.items() if key != "documents"}
    manifest["documents"] = {}
    files: dict[Path, Any] = {}
    for document, resources in snapshot["documents"].items():
        kept: dict[str, Any] = {}
        for resource, parts in resources.items():
            files[_place(folder, document, resource)] = [record["data"] for record in parts["records"]]
            kept[resource] = _rest(parts)
        manifest["documents"][document] = kept
    try:
        for path in _there(folder):
            path.unlink()
        for path, records in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(yamltext.dumps(records))
        folder.mkdir(parents=True, exist_ok=True)
        (folder / MANIFEST).write_bytes(_HEAD + yamltext.dumps(manifest))
    except OSError as error:
        raise UsageError(f"cannot write {error.filename or folder}: {error.strerror or error}") from error
    return [folder / MANIFEST, *files]


def _rest(parts: Mapping[str, Any]) -> dict[str, Any]:
    """Return what of a resource is not in its file: ids, and where they are not the usual ones version and place."""
    ids = [
        record["id"]
        if (record["version"], record["sequence"]) == (1, number)
        else {key: record[key] for key in ("id", "version", "sequence")}
        for number, record in enumerate(parts["records"], 1)
    ]
    return {"ids": ids, "deleted": parts["deleted"], "counters": parts["counters"]}


def load(folder: Path) -> dict[str, Any]:
    """Read a snapshot from a folder.

    Raises:
        UsageError: There is none.
        DocumentError: A file cannot be read.
    """
    path = folder / MANIFEST
    if not path.is_file():
        raise UsageError(f"there is no snapshot in {folder}: {path} is missing")
    manifest = read(path)
    if not isinstance(manifest, dict) or not isinstance(manifest.get("documents"), dict):
        raise UsageError(f"{path} is no manifest of a snapshot")
    documents: dict[str, Any] = {}
    for document, resources in manifest["documents"].items():
        documents[document] = {}
        for resource, rest in (resources if isinstance(resources, dict) else {}).items():
            file = _place(folder, document, resource)
            records = read(file) if file.is_file() else []
            documents[document][resource] = _parts(rest, records, file)
    return {**manifest, "documents": documents}


def _parts(rest: Any, records: Any, file: Path) -> dict[str, Any]:
    """Return a resource of a snapshot, put together from manifest and file."""
    if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
        raise UsageError(f"{file}: a list of records is expected")
    ids = rest.get("ids") if isinstance(rest, dict) else None
    if not isinstance(ids, list):
        raise UsageError(f"{MANIFEST} does not say which records are in {file}")
    if len(ids) != len(records):
        raise UsageError(
            f"{file} has {len(records)} records, and {MANIFEST} knows {len(ids)}. "
            f"To begin with other records, start a server with --fixtures {file.parent.parent}."
        )
    found = []
    for number, (item, data) in enumerate(zip(ids, records, strict=True), 1):
        place = item if isinstance(item, dict) else {"id": item, "version": 1, "sequence": number}
        found.append({**place, "data": data})
    return {
        "records": found,
        "deleted": rest.get("deleted", []),
        "counters": rest.get("counters", {}),
    }


def _place(folder: Path, document: str, resource: str) -> Path:
    for name in (document, resource):
        if not _SAFE(str(name)):
            raise UsageError(f"{name!r} can be no name of a file")
    return folder / FIXTURES / str(document) / f"{resource}.yaml"


def _there(folder: Path) -> Iterator[Path]:
    """Yield the files of records that an earlier snapshot has left, as its manifest knows them."""
    path = folder / MANIFEST
    if not path.is_file():
        if any(folder.glob("*")):
            raise UsageError(f"{folder} is not empty, and has no snapshot; choose another folder")
        return
    manifest = read(path)
    for document, resources in (manifest or {}).get("documents", {}).items():
        for resource in resources:
            file = _place(folder, document, resource)
            if file.is_file():
                yield file
