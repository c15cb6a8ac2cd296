"""What a run is worth: whether its requests got past credentials, and found what they were about."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

from mockserver.contract.events import Said
from mockserver.contract.findings import Level
from mockserver.contract.verify.effort import Subject
from mockserver.contract.verify.scenario import Scenario

MOST: Final = 0.9
"""Share of answers from which on something is wrong with the whole run."""
FEW: Final = 10
"""Answers below which nothing is concluded."""
SHOWN: Final = 5
_REFUSED: Final = (401, 403)


class Hints:
    """Counts the answers to valid requests."""

    def __init__(self, subject: Subject) -> None:
        self._subject = subject
        self._statuses: defaultdict[str, Counter[int]] = defaultdict(Counter)

    def see(self, scenario: Scenario) -> None:
        """Count the answers of a scenario that was judged."""
        for step in scenario.steps:
            # What follows from the same request is a check's, say the same without credentials.
            is_again = step.parent is not None and step.parent.sent.url == step.sent.url
            if step.is_valid and step.came is not None and not is_again:
                self._statuses[step.operation][step.came.status] += 1

    def tell(self) -> Iterator[Said]:
        """Yield what a person should know about the run."""
        total: Counter[int] = sum(self._statuses.values(), Counter())
        count = total.total()
        if count < FEW:
            return
        refused = sum(total[status] for status in _REFUSED)
        if refused >= MOST * count:
            given = self._subject.target.credentials or self._subject.target.headers
            what = (
                "are the credentials right?" if given else "give credentials: --auth, --bearer, --basic or -H"
            )
            yield Said(
                f"{refused} of {count} valid requests were refused with 401 or 403: {what}", Level.WARNING
            )
            return
        # What has no id in its path is there, or the path is wrong.
        fixed: Counter[int] = sum(
            (found for label, found in self._statuses.items() if "{" not in label), Counter()
        )
        if fixed.total() and fixed[404] == fixed.total():
            yield Said(
                f"{total[404]} of {count} valid requests were answered 404: {self._base()}", Level.WARNING
            )
        else:
            yield from self._untouched()

    def _base(self) -> str:
        """Return what may be wrong with the base URL."""
        url = self._subject.target.url
        declared = {
            base for item in self._subject.document.operations.values() for base in item.base_paths if base
        }
        missing = [base for base in sorted(declared) if not urlsplit(url).path.endswith(base)]
        return f"is it --url {url}{missing[0]}?" if missing else "is the URL right?"

    def _untouched(self) -> Iterator[Said]:
        """Yield which operations found nothing that they could be about."""
        missed = [label for label, found in self._statuses.items() if found[404] == found.total() >= SHOWN]
        if missed:
            more = f" and {len(missed) - SHOWN} more" if len(missed) > SHOWN else ""
            yield Said(
                f"all valid requests of {', '.join(sorted(missed)[:SHOWN])}{more} were answered 404, so they were "
                "hardly tested: test them with the operations that make or list what they are about, give examples "
                "of ids that exist, or a plan that says where ids come from"
            )
