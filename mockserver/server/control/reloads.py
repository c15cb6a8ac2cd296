"""How the last reload of a document ended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from mockserver.errors import Json
from mockserver.mocking.instants import to_text


@dataclass(frozen=True, slots=True)
class Reload:
    """The end of a reload.

    Attributes:
        at: When, by the clock of the machine.
        error: Why the version before is still served; None when the new one is.
    """

    at: datetime
    error: str | None = None

    def as_dict(self) -> dict[str, Json]:
        """Return it as the control API shows it."""
        return {"at": to_text(self.at), "error": self.error}
