"""What is tested, and how hard it is tried."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from mockserver.contract.target import Target
from mockserver.document.model import Document, Operation
from mockserver.document.plan import Plan

LIFECYCLE: Final = "lifecycle"
PHASES: Final = (LIFECYCLE, "examples", "coverage", "fuzzing", "stateful")
"""In their order; all but the first are Schemathesis'."""
DEFAULT_MAX_EXAMPLES: Final = 20
SCENARIOS_PER_EXAMPLE: Final = 4
"""A scenario goes along a few links; there are several times as many links as operations."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What is tested.

    Attributes:
        document: The document.
        plan: Says which request may follow which.
        target: The server.
        labels: The operations, as `GET /pets`; None for all.
        reset: An address to post to that takes the server back to its first state; None where there is none.
    """

    document: Document
    plan: Plan
    target: Target
    labels: Sequence[str] | None = None
    reset: str | None = None

    def takes(self, operation: Operation) -> bool:
        """Return whether an operation is tested."""
        return self.labels is None or str(operation) in self.labels

    @property
    def size(self) -> int:
        """How many operations are tested."""
        return len(self.document.operations if self.labels is None else self.labels)


@dataclass(frozen=True, slots=True)
class Effort:
    """How hard it is tried.

    Attributes:
        seed: The same seed makes the same requests.
        max_examples: Cases drawn by chance for each operation; of scenarios there are several times as many.
        max_time_s: Repeat the phases that draw by chance until it is spent, and stop then; None to run each once.
        max_requests: Stop when about so many were sent by Schemathesis; None for no limit.
        max_response_time_s: What takes longer is a finding; None for any time.
    """

    seed: int = 0
    phases: Sequence[str] = PHASES
    max_examples: int = DEFAULT_MAX_EXAMPLES
    max_time_s: int | None = None
    max_requests: int | None = None
    max_response_time_s: float | None = None

    @property
    def of_schemathesis(self) -> list[str]:
        """Its phases."""
        return [phase for phase in self.phases if phase != LIFECYCLE]
