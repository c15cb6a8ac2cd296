"""How a query is answered from sorted indexes: which index, and from where to where in it.

An entry of an index is the codes of a record's values at some paths (`sortkeys`) and its order of creation. Conditions
that fix a property come first in an index, then the order that is wanted, so that a filtered and ordered page is one
stretch of it, its total a difference of two ranks.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from mockserver.errors import Json
from mockserver.mocking.store.interface import Condition, Position, Query, Record, Selection
from mockserver.mocking.store.ordering import at_path, predicate
from mockserver.mocking.store.sortkeys import TOP, after, complement, encoded, kind_of, sequence_code

Path = tuple[str, ...]
Test = Callable[[dict[str, Json]], bool]
Span = tuple[bytes, bytes]
"""From an entry on, up to before another."""
SMALL: Final = 64
"""So many records are looked through faster than an index is made."""
FAR: Final = 2**48
"""Further than any list goes."""
ALL: Final[tuple[Span, ...]] = ((b"", TOP),)


@dataclass(frozen=True, slots=True)
class Index:
    """A sorted index: (path, whether its values sort backwards), then the order of creation."""

    parts: tuple[tuple[Path, bool], ...] = ()

    def entry(self, record: Record) -> bytes:
        """Return the entry of a record."""
        data = record.data
        codes = [_code(at_path(data, path), backwards) for path, backwards in self.parts]
        return b"".join((*codes, sequence_code(record.sequence)))


@dataclass(frozen=True, slots=True)
class Window:
    """A part of what lies in some stretches of an index.

    Attributes:
        whole: All that is counted.
        later: What of it comes after the place from which on records are wanted; None without such a place.
        part: What of it comes between the places; the offset counts from its beginning, or its end.
        backwards: Whether the index is read from its end.
        from_end: Whether offset and limit count from the end of the part.
    """

    index: Index
    whole: tuple[Span, ...]
    later: tuple[Span, ...] | None
    part: tuple[Span, ...]
    offset: int
    limit: int
    backwards: bool
    from_end: bool

    def placed(self, total: int, later: int, part: int) -> tuple[int, int, int]:
        """Return (rank of the first record in the whole, entries to skip in the part, entries to read).

        They are skipped from the end of the part where `from_end`.
        """
        low = 0 if self.later is None else total - later
        skipped = min(self.offset, part)
        count = min(self.limit, part - skipped)
        start = low + (part - skipped - count if self.from_end else skipped)
        return start, skipped, count


class Source(Protocol):
    """Records of one resource, with indexes."""

    @property
    def size(self) -> int:
        """How many there are."""
        ...

    @property
    def walks(self) -> bool:
        """Whether it may be read piece by piece: nobody writes meanwhile."""
        ...

    def admits(self, index: Index) -> bool:
        """Return whether there is an index, or may be one: what clients ask for is not bounded."""
        ...

    def page(self, window: Window) -> tuple[Sequence[Record], int, int]:
        """Return the records of a window in the order wanted, the total, and the rank of the first."""
        ...

    def gather(self, index: Index, spans: Sequence[Span]) -> list[Record]:
        """Return all records in some stretches."""
        ...

    def count(self, index: Index, spans: Sequence[Span]) -> int:
        """Return how many records are in some stretches."""
        ...


def select(source: Source, query: Query) -> Selection:
    """Return what a query asks for.

    Raises:
        ValueError: An operator is unknown.
    """
    tests = [(condition, predicate(condition)) for condition in query.conditions]
    plan = _Plan(query)
    if source.size <= SMALL and (query.conditions or query.order):
        records = source.gather(Index(), ALL)
        return plan.part([item for item in records if all(test(item.data) for _, test in tests)])
    index, spans, is_ordered, left = plan.access(source.admits)
    rest = [test for condition, test in tests if condition in left]
    if is_ordered and not rest:
        found, total, start = source.page(plan.window(index, spans))
        return Selection(found, total, start)
    if not rest and source.walks and query.limit is not None and not (query.after or query.before):
        total = source.count(index, spans)
        if total > 4 * (SMALL + query.offset + query.limit):
            walked = _walk(source, plan, query, [test for _, test in tests], total)
            if walked is not None:
                return walked
    records = source.gather(index, spans)
    return plan.part([item for item in records if all(test(item.data) for test in rest)])


def _walk(source: Source, plan: _Plan, query: Query, tests: Sequence[Test], total: int) -> Selection | None:
    """Look for the records of a page in their order, and stop where it is full; how many match is known."""
    index = Index((*plan.fixed, *plan.order))
    if not source.admits(index):
        return None
    start = min(query.offset, total)
    wanted = start + min(query.limit or 0, total - start)
    found: list[Record] = []
    offset, piece = 0, 256
    while len(found) < wanted:
        spans = ((plan.prefix, plan.prefix + TOP),)
        window = Window(index, (), None, spans, offset, piece, plan.backwards, from_end=False)
        records, _, _ = source.page(window)
        if not records:
            break
        found += [item for item in records if all(test(item.data) for test in tests)]
        offset += piece
        piece = min(2 * piece, 4096)
    return Selection(found[start:wanted], total, start)


def part_of(records: list[Record], query: Query) -> Selection:
    """Return the part that a query wants of all records that match its conditions."""
    return _Plan(query).part(records)


class _Plan:
    """A query, looked at from the side of indexes."""

    def __init__(self, query: Query) -> None:
        self._query = query
        self._spans: dict[Path, list[Span]] = {}
        self._left: list[Condition] = []
        self._of: dict[Path, list[Condition]] = {}
        for condition in query.conditions:
            spans = _spans(condition)
            if spans is None:
                self._left.append(condition)
            else:
                known = self._spans.get(condition.path)
                self._spans[condition.path] = spans if known is None else _common(known, spans)
                self._of.setdefault(condition.path, []).append(condition)
        self._fixed = {
            path: spans[0][0]
            for path, spans in sorted(self._spans.items())
            if len(spans) == 1 and spans[0][0] and spans[0][1] == after(spans[0][0])
        }
        self.fixed = tuple((path, False) for path in self._fixed)
        self.prefix = b"".join(self._fixed.values())
        self.backwards = bool(query.order and query.order[-1][1])
        parts: dict[Path, bool] = {}
        for path, descending in query.order:
            if path and path not in self._fixed:
                parts.setdefault(path, descending is not self.backwards)
        self.order = tuple(parts.items())

    def access(
        self, admits: Callable[[Index], bool]
    ) -> tuple[Index, tuple[Span, ...], bool, Sequence[Condition]]:
        """Return an index, stretches of it, whether they are in the order wanted, and what is still to be tested."""
        fixed, prefix = self.fixed, self.prefix
        ranged = [path for path in self._spans if path not in self._fixed]
        candidates: list[tuple[Index, list[Span], bool, Path | None]] = []
        if not self._left:
            if not ranged:
                candidates.append((Index(fixed + self.order), list(ALL), True, None))
            elif self.order and self.order[0][0] in ranged:
                first, backwards = self.order[0]
                wanted = self._spans[first]
                turned = [_turned(span) for span in reversed(wanted)] if backwards else wanted
                candidates.append((Index(fixed + self.order), turned, True, first))
        candidates += [
            (Index((*fixed, (path, False))), self._spans[path], False, path)
            for path in sorted(ranged, key=lambda path: len(self._spans[path]))
        ]
        candidates.append((Index(fixed), list(ALL), not self.order and not ranged, None))
        for index, spans, is_ordered, path in candidates:
            if admits(index):
                left = list(self._left)
                left += [item for other in ranged if other != path for item in self._of[other]]
                stretches = tuple((prefix + low, prefix + high) for low, high in spans)
                return index, stretches, is_ordered, left
        return Index(), ALL, False, self._query.conditions

    def window(self, index: Index, spans: tuple[Span, ...]) -> Window:
        """Return the part of some stretches in the right order that the query wants."""
        query = self._query
        later = part = spans
        if query.after is not None:
            later = part = _cut(spans, self._places(query.after), self.prefix, above=not self.backwards)
        if query.before is not None:
            part = _cut(part, self._places(query.before), self.prefix, above=self.backwards)
        return Window(
            index,
            spans,
            None if query.after is None else later,
            part,
            min(query.offset, FAR),
            FAR if query.limit is None else min(query.limit, FAR),
            self.backwards,
            from_end=query.before is not None and query.after is None,
        )

    def part(self, records: list[Record]) -> Selection:
        """Return the part that the query wants of all records that match."""
        query, entry = self._query, Index(self.order).entry
        records.sort(key=entry if self.order else lambda record: record.sequence, reverse=self.backwards)
        low, high = 0, len(records)
        if query.after is not None:
            is_after = self._side(query.after, later=True)
            low = bisect_left(records, True, key=lambda record: is_after(entry(record)))
        if query.before is not None:
            is_before = self._side(query.before, later=False)
            high = max(bisect_left(records, True, key=lambda record: not is_before(entry(record))), low)
        if query.before is not None and query.after is None:
            high = max(high - query.offset, low)
            low = low if query.limit is None else max(high - query.limit, low)
        else:
            low = min(low + query.offset, high)
            high = high if query.limit is None else min(low + query.limit, high)
        return Selection(records[low:high], len(records), low)

    def _side(self, place: Position, *, later: bool) -> Callable[[bytes], bool]:
        """Return whether an entry comes later in the order than a place, or earlier."""
        above, below = self._places(place)
        if later is not self.backwards:
            return lambda entry: entry >= above
        return lambda entry: entry < below

    def _places(self, place: Position) -> tuple[bytes, bytes]:
        """Return from which entry on, in an index of the order alone, all lie above a place, and up to which below."""
        codes = b""
        seen: set[Path] = set()
        named = (item for item in self._query.order if item[0])
        for (path, descending), value in zip(named, place.values, strict=True):
            if path in seen:
                continue
            seen.add(path)
            code = _code(value, descending is not self.backwards)
            fixed = self._fixed.get(path)
            if fixed is None:
                codes += code
                continue
            mine = complement(fixed) if descending is not self.backwards else fixed
            if mine != code:
                # All that match lie on one side of it, as far as they are the same before.
                return (codes, codes) if mine > code else (codes + TOP, codes + TOP)
        codes += sequence_code(place.sequence)
        # An entry may go on with an id.
        return codes + TOP, codes


def _code(value: Json, backwards: bool) -> bytes:
    code = encoded(value)
    return complement(code) if backwards else code


def _spans(condition: Condition) -> list[Span] | None:
    """Return where the codes lie of the values that a condition admits; None if that cannot be said."""
    operator = condition.operator
    if operator in ("eq", "ne"):
        points = [(code, after(code)) for code in sorted({encoded(value) for value in condition.values})]
        return points if operator == "eq" else _others(points)
    if operator == "exists":
        null = [(encoded(None), after(encoded(None)))]
        return _others(null) if all(value is not False for value in condition.values) else null
    if operator not in ("gt", "ge", "lt", "le"):
        return None
    spans = list(ALL)
    for value in condition.values:
        code = encoded(value)
        low, high = kind_of(code)
        if operator in ("gt", "ge"):
            low = code if operator == "ge" else after(code)
        else:
            high = code if operator == "lt" else after(code)
        spans = [] if value is None else _common(spans, [(low, high)])
    return spans


def _others(spans: list[Span]) -> list[Span]:
    """Return what lies outside of some stretches, which are in order."""
    result: list[Span] = []
    low = b""
    for start, stop in spans:
        if low < start:
            result.append((low, start))
        low = stop
    result.append((low, TOP))
    return result


def _common(left: list[Span], right: list[Span]) -> list[Span]:
    """Return what lies in both of two lists of stretches, which are in order."""
    result: list[Span] = []
    one = other = 0
    while one < len(left) and other < len(right):
        low = max(left[one][0], right[other][0])
        high = min(left[one][1], right[other][1])
        if low < high:
            result.append((low, high))
        if left[one][1] < right[other][1]:
            one += 1
        else:
            other += 1
    return result


def _turned(span: Span) -> Span:
    """Return where the complements of the codes in a stretch lie."""
    low, high = span
    return (
        b"" if high == TOP else after(complement(high)),
        TOP if low == b"" else after(complement(low)),
    )


def _cut(
    spans: tuple[Span, ...], places: tuple[bytes, bytes], prefix: bytes, *, above: bool
) -> tuple[Span, ...]:
    """Return what of some stretches lies above a place, or below it."""
    bound = [(prefix + places[0], TOP)] if above else [(b"", prefix + places[1])]
    return tuple(_common(list(spans), bound))
