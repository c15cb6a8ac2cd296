"""Documents as git remembers them: `main:api.yaml`. The door to git.

The file is written into a folder together with the files that it refers to, and read from there as any other.
"""

from __future__ import annotations

import posixpath
import re
import subprocess
from pathlib import Path
from typing import Final

from mockserver.errors import UsageError

_REFERENCE: Final = re.compile(rb"""\$ref["']?\s*:\s*["']?([^"'#\s,}]+)""")
_MAPPED: Final = re.compile(rb"""["'\s:]((?:\.{1,2}/)?[\w./-]+\.(?:ya?ml|json))\b""")
MOST_FILES: Final = 2000
SECONDS: Final = 30


def split(text: str) -> tuple[str, str] | None:
    """Return revision and path of `REVISION:PATH`, None for what is something else: a file or a URL."""
    revision, colon, path = text.partition(":")
    if not colon or not revision or not path or path.startswith("//") or Path(text).exists():
        return None
    # One letter is the drive of another system.
    return (revision, path) if len(revision) > 1 else None


def fetch(revision: str, path: str, folder: Path) -> Path:
    """Write a file as it was at a revision, and all that it refers to; return where it is.

    Args:
        revision: As git knows it: a branch, a tag, a commit, `HEAD~1`.
        path: Seen from the working directory.
        folder: An empty folder; in it stands what stands in the repository.

    Raises:
        UsageError: There is no git, no repository, no such revision or no such file.
    """
    prefix = _git("rev-parse", "--show-prefix").decode().strip()
    wanted = posixpath.normpath(posixpath.join(prefix, Path(path).as_posix()))
    if wanted.startswith("../") or path.startswith("/"):
        raise UsageError(f"{revision}:{path} is not in this repository; name a path below it")
    commit = _commit(revision)
    waiting, seen = [wanted], {wanted}
    for name in waiting:
        data = _blob(commit, name)
        if data is None:
            if name == wanted:
                raise UsageError(f"{revision} has no file {path}; see: git ls-tree {revision}")
            continue
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
        for match in (*_REFERENCE.finditer(data), *_MAPPED.finditer(data)):
            reference = match[1].decode("utf-8", "replace")
            found = posixpath.normpath(posixpath.join(posixpath.dirname(name), reference))
            is_inside = "://" not in reference and not found.startswith(("../", "/"))
            if is_inside and found not in seen and len(seen) < MOST_FILES:
                seen.add(found)
                waiting.append(found)
    return folder / wanted


def _commit(revision: str) -> str:
    if revision.startswith("-"):
        raise UsageError(f"{revision!r} is no revision")
    return (
        _git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
        .decode()
        .strip()
    )


def _blob(commit: str, name: str) -> bytes | None:
    try:
        return _git("cat-file", "blob", f"{commit}:{name}")
    except UsageError:
        return None


def _git(*arguments: str) -> bytes:
    try:
        done = subprocess.run(  # noqa: S603
            ["git", *arguments],  # noqa: S607
            capture_output=True,
            check=False,
            timeout=SECONDS,
        )
    except FileNotFoundError as error:
        raise UsageError("git is not installed, and REVISION:PATH asks it; name a file") from error
    except subprocess.TimeoutExpired as error:
        raise UsageError(f"git {arguments[0]} gave no answer in {SECONDS} s") from error
    if done.returncode != 0:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        what = arguments[-1].removesuffix("^{commit}")
        raise UsageError(said[-1] if said else f"git knows no {what!r}")
    return done.stdout
