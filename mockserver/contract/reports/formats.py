"""The formats of reports by name: a table of writers of one signature."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from mockserver.contract.reports import asjson, github, junit, markdown, sarif, webpage
from mockserver.contract.results import Results


@dataclass(frozen=True, slots=True)
class Format:
    """One format.

    Attributes:
        write: Returns the report as text.
        suffixes: Names of files that are of this format.
    """

    write: Callable[[Results], str]
    suffixes: tuple[str, ...] = ()


FORMATS: Final = {
    "junit": Format(junit.write, (".xml",)),
    "html": Format(webpage.write, (".html", ".htm")),
    "github": Format(github.write),
    "sarif": Format(sarif.write, (".sarif", ".sarif.json")),
    "json": Format(asjson.write, (".json",)),
    "markdown": Format(markdown.write, (".md", ".markdown")),
}


def format_of(name: str) -> str:
    """Return the format that a file's name tells; "" for none."""
    fitting = [
        (len(suffix), known)
        for known, layout in FORMATS.items()
        for suffix in layout.suffixes
        if name.lower().endswith(suffix)
    ]
    return max(fitting, default=(0, ""))[1]
