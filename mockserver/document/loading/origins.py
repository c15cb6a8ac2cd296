"""Where the parts of a normalised document stood in what its author wrote."""

from __future__ import annotations


class Origins:
    """Maps pointers into a document that was changed to files and pointers before that change."""

    def __init__(self) -> None:
        self._moved: dict[str, tuple[str, str]] = {}

    def add(self, pointer: str, file: str, origin: str) -> None:
        """Say where something stood; `file` is "" for the document itself."""
        self._moved[pointer] = (file, origin)

    def __bool__(self) -> bool:
        """Whether anything was moved."""
        return bool(self._moved)

    def of(self, pointer: str) -> tuple[str, str]:
        """Return file and pointer of what now stands at `pointer`."""
        if not self._moved:
            return "", pointer
        head = pointer
        while head not in self._moved:
            if not head:
                return "", pointer
            head = head.rpartition("/")[0]
        file, origin = self._moved[head]
        return file, origin + pointer[len(head) :]
