"""Lines and columns of what a document says, for reports that lead people there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from mockserver.contract.findings import Finding
from mockserver.document.loading.locator import Locator, Position


class Places:
    """Positions of pointers in files, each of which is read when it is first asked for.

    Args:
        texts: Files whose text is known, by the names that people give them.
    """

    def __init__(self, texts: Mapping[str, bytes] | None = None) -> None:
        self._texts = dict(texts or {})
        self._locators: dict[str, Locator | None] = {}

    def find(self, file: str, pointer: str) -> Position | None:
        """Return where a pointer leads in a file; None where nothing is known."""
        if file not in self._locators:
            try:
                text = self._texts.get(file) or Path(file).read_bytes()
                self._locators[file] = Locator(text)
            except (OSError, ValueError):
                self._locators[file] = None  # On the web, or gone.
        locator = self._locators[file]
        return locator.find(pointer) if locator else None

    def located(self, finding: Finding) -> Finding:
        """Return a finding with the line of what the document says."""
        says = finding.says
        if says is None or says.line is not None or not says.file:
            return finding
        position = self.find(says.file, says.pointer)
        if position is None:
            return finding
        return replace(finding, says=replace(says, line=position.line, column=position.column))
