"""The user's data files: seeds of resources, and canned responses of operations.

`fixtures/<api>/<resource>.yaml` (or .yml, .json) is a list of records, each as partial as its author likes; in
`<resource>.whole.yaml` they have all that they have: no more is made up than their schema requires;
in `fixtures/<api>/<operationId>/` are canned responses, see `mocking.canned`.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from mockserver.document import pointer as ptr
from mockserver.document.loading.loader import read
from mockserver.document.model import Document
from mockserver.document.plan import Plan
from mockserver.errors import FixtureError, Json, RecordConflict
from mockserver.mocking import canned, examples, making
from mockserver.mocking.canned import Canned
from mockserver.mocking.kinds import Kind
from mockserver.mocking.resources import State
from mockserver.mocking.store import MemoryStore, Record

WHOLE: Final = ".whole"
"""What the stem of a file ends with whose records have all that they have."""
AUTO_SEEDS: Final = 3
"""Records that are made up for a resource of which neither fixtures nor the document show any."""
MOST_VARIANTS: Final = 30
"""How often a made-up record is made up anew that shares a unique key with another."""


@dataclass(frozen=True, slots=True)
class Fixtures:
    """The fixtures of one document.

    Attributes:
        seeds: Resource name -> (file, records).
        whole: The same, of records that have all that they have.
        canned: Operation id -> its canned responses, the unnamed of the lowest status first.
        seeded: Resource name -> what became of the examples of a document, once it was seeded; filled as that happens.
    """

    seeds: Mapping[str, tuple[Path, list[dict[str, Any]]]] = field(default_factory=dict)
    canned: Mapping[str, tuple[Canned, ...]] = field(default_factory=dict)
    whole: Mapping[str, tuple[Path, list[dict[str, Any]]]] = field(default_factory=dict)
    seeded: dict[str, Seeded] = field(default_factory=dict, compare=False)


@dataclass(frozen=True, slots=True)
class Seeded:
    """With what a resource began that nobody wrote fixtures for.

    Attributes:
        shown: Records that are examples of the document.
        made: Records that were made up.
        left_out: Why the other examples are no records.
    """

    shown: int
    made: int
    left_out: tuple[str, ...] = ()


def load(folder: Path, document: Document, plan: Plan) -> Fixtures:
    """Read and check the fixtures of a document; an absent folder holds none.

    Raises:
        FixtureError: A file is of no use, or breaks the document.
        DocumentError: A file cannot be read.
    """
    seeds: dict[str, tuple[Path, list[dict[str, Any]]]] = {}
    whole: dict[str, tuple[Path, list[dict[str, Any]]]] = {}
    answers: dict[str, tuple[Canned, ...]] = {}
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if path.is_dir():
            if path.name not in document.operations:
                near = difflib.get_close_matches(path.name, document.operations, n=1)
                hint = f" (did you mean {near[0]!r}?)" if near else ""
                raise FixtureError(f"{path}: {document.source} has no operation {path.name!r}{hint}")
            answers[path.name] = canned.load(path, document)
        elif path.suffix in canned.SUFFIXES:
            is_whole = path.stem.endswith(WHOLE) and path.stem not in plan.resources
            name = path.stem.removesuffix(WHOLE) if is_whole else path.stem
            if name not in plan.resources:
                known = ", ".join(plan.resources) or "none"
                near = difflib.get_close_matches(name, plan.resources, n=1)
                hint = f" (did you mean {near[0]!r}?)" if near else ""
                raise FixtureError(f"{path}: the plan has no resource {name!r}{hint}; its resources: {known}")
            (whole if is_whole else seeds)[name] = (path, _records(path))
    return Fixtures(seeds, answers, whole)


def _records(path: Path) -> list[dict[str, Any]]:
    records = read(path)
    if not isinstance(records, list):
        raise FixtureError(f"{path}: a list of records is expected, not {type(records).__name__}")
    for index, record in enumerate(records):
        if not isinstance(record, dict):
            raise FixtureError(f"{path}: at /{index}: a record is a mapping, not {record!r}")
    return records


def seed(state: State, fixtures: Fixtures) -> None:
    """Fill a state, whose store is a `MemoryStore`, with the records of the fixtures and those that the plan asks for.

    Resources that only inference wants to be seeded are filled when somebody looks: there may be hundreds of them.

    Raises:
        FixtureError: A record breaks its document, names a record that is not there, or repeats a key.
    """
    _Seeding(state, fixtures).begin()


class _Seeding:
    """Fills resources one by one, in the order of their references.

    What is filled late is what it would have been in its turn: a resource sees only those before it, whoever asks.
    """

    def __init__(self, state: State, fixtures: Fixtures) -> None:
        self._state = state
        self._fixtures = fixtures
        kinds = in_order(state)
        self._rank = {kind.name: rank for rank, kind in enumerate(kinds)}
        self._waiting = {
            kind.name: kind
            for kind in kinds
            if kind.plan.inferred and kind.name not in fixtures.seeds and kind.name not in fixtures.whole
        }
        self._eager = [kind for kind in kinds if kind.name not in self._waiting]
        self._current = len(kinds)
        self._shows = examples.by_resource(state.rules.plan)

    def begin(self) -> None:
        """Fill what is filled at the start."""
        if self._waiting:
            store = self._state.store
            assert isinstance(store, MemoryStore)
            store.fill_with(self._fill, self._planned)
        seeded = [(kind, *item) for kind in self._eager for item in self._seeded(kind)]
        # Looked at last: records may refer to those after them.
        for kind, record, where in seeded:
            _check_references(self._state, kind, record.data, where)
        for kind, record, _ in seeded:
            self._bury(kind, record)

    def _planned(self, name: str) -> int | None:
        """Return how many records will be made of a resource that waits."""
        kind = self._waiting.get(name)
        if kind is None:
            return None
        return AUTO_SEEDS if kind.plan.seed is None else kind.plan.seed

    def _fill(self, name: str) -> None:
        """Fill a resource that waits, unless one before it is asking."""
        if name not in self._waiting or self._rank[name] > self._current:
            return
        kind = self._waiting.pop(name)
        for record, _ in self._seeded(kind):
            self._bury(kind, record)

    def _seeded(self, kind: Kind) -> list[tuple[Record, str]]:
        """Make the records of a resource; each with its place for messages."""
        path, records = self._fixtures.seeds.get(kind.name, (None, []))
        file, whole = self._fixtures.whole.get(kind.name, (None, []))
        before, self._current = self._current, self._rank[kind.name]
        try:
            if kind.plan.inferred and path is file is None:
                return self._shown_or_made(kind)
            given = [*records, *({} for _ in range(kind.plan.seed or 0))]
            made = [
                (seed_one(self._state, kind, item, where, lean=True), where)
                for index, item in enumerate(whole)
                if (where := f"{file}: at /{index}")
            ]
            return made + [
                self._one(kind, item, f"{path}: at /{index}" if path else _generated(kind, index))
                for index, item in enumerate(given)
            ]
        finally:
            self._current = before

    def _shown_or_made(self, kind: Kind) -> list[tuple[Record, str]]:
        """Make the records that the document shows; where it shows none, some are made up.

        Nobody has asked for records of which none can be made: they are left out.
        """
        made: list[tuple[Record, str]] = []
        left_out: list[str] = []
        shown = examples.examples_of(kind, self._shows.get(kind.name, []))
        for example in shown:
            try:
                made.append(self._one(kind, self._coherent(kind, example.given), example.where))
            except FixtureError as error:
                left_out.append(examples.reason(error))
        count = len(made)
        if not made:
            for index in range(AUTO_SEEDS if kind.plan.seed is None else kind.plan.seed):
                with suppress(FixtureError):
                    made.append(self._one(kind, {}, _generated(kind, index)))
        self._fixtures.seeded[kind.name] = Seeded(count, len(made) - count, tuple(left_out))
        return made

    def _one(self, kind: Kind, given: dict[str, Any], where: str) -> tuple[Record, str]:
        return seed_one(self._state, kind, given, where), where

    def _coherent(self, kind: Kind, given: dict[str, Any]) -> dict[str, Any]:
        """Return an example without the references that lead nowhere: they will lead to a record that is there."""
        lost = [
            name
            for name, reference in kind.plan.references.items()
            if given.get(name) is not None
            and reference.resource != kind.name
            and self._state.find(reference.resource, given[name]) is None
        ]
        return {name: value for name, value in given.items() if name not in lost}

    def _bury(self, kind: Kind, record: Record) -> None:
        if kind.is_marked_deleted(record.data):
            self._state.store.delete(kind.name, record.id)


def _generated(kind: Kind, index: int) -> str:
    return f"generated record /{index} of {kind.name}"


def in_order(state: State) -> list[Kind]:
    """Return the kinds so that what is referred to comes before what refers to it, and parents before all else."""
    ordered: dict[str, Kind] = {}

    def visit(name: str, above: tuple[str, ...]) -> None:
        if name in ordered or name in above:
            return
        for reference in state.kinds[name].plan.references.values():
            # In a circle, who stands below the other in a path comes after it.
            if name not in state.rules.ancestors(reference.resource):
                visit(reference.resource, (*above, name))
        ordered[name] = state.kinds[name]

    for name in state.kinds:
        visit(name, ())
    return list(ordered.values())


def seed_one(state: State, kind: Kind, given: dict[str, Any], where: str, *, lean: bool = False) -> Record:
    """Make a record of what a fixture gives of it.

    Args:
        state: Where it goes.
        kind: Its resource.
        given: What is given of it.
        where: Its place, for messages.
        lean: See `making.make`.

    Raises:
        FixtureError: It breaks its document, or repeats a key.
    """
    _check_names(kind, given, where)
    id, data = making.make(state, kind, given, where, lean=lean)
    for variant in range(1, MOST_VARIANTS + 1):
        try:
            return state.store.create(kind.name, id, data)
        except RecordConflict as error:
            if given or variant == MOST_VARIANTS:
                raise FixtureError(f"{where}: {error}") from error
        # What is made up by chance may share a key by chance.
        again: dict[str, Any] = {}
        kind.put_id(again, id)
        id, data = making.make(state, kind, again, where, variant=variant, lean=lean)
    raise AssertionError("the last variant ends the search")


def _check_names(kind: Kind, given: dict[str, Any], where: str) -> None:
    """Refuse a property that the record would drop: most likely it is misspelt."""
    known = [*kind.shape.properties, *kind.unshown]
    for name in given:
        if not kind.shape.open and name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            hint = f" (did you mean {near[0]!r}?)" if near else ""
            place = ptr.join("", name)
            raise FixtureError(
                f"{where}{place}: the schema of {kind.name} declares no property {name!r}{hint}"
            )


def _check_references(state: State, kind: Kind, record: Mapping[str, Json], where: str) -> None:
    for name, reference in kind.plan.references.items():
        id = record.get(name)
        if id is None or reference.missing is None or id == kind.id_of(record):
            continue
        if state.find(reference.resource, id) is None:
            raise FixtureError(f"{where}/{name}: there is no record {id!r} in {reference.resource}")
