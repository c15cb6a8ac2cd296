"""Where the bundled documents and fixtures lie: inside the installed package, or at the top of a checkout."""

from __future__ import annotations

from pathlib import Path
from typing import Final

_PACKAGE: Final = Path(__file__).resolve().parent


def folder() -> Path:
    """Return the folder that holds `openapi/` and `fixtures/`."""
    installed = _PACKAGE / "_bundled"
    return installed if installed.is_dir() else _PACKAGE.parent


def documents() -> list[Path]:
    """Return the bundled documents, sorted by name."""
    found = sorted((folder() / "openapi").glob("*.yaml"))
    return [path for path in found if not path.name.endswith(".plan.yaml")]
