"""Takes exchanges one by one, and writes at the end what a mock needs to answer like their server."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from mockserver import jsontext
from mockserver.contract.describing import describe
from mockserver.contract.findings import Came, Finding, Sent
from mockserver.contract.recording import names
from mockserver.contract.recording.blocks import Block, block_of
from mockserver.contract.recording.choosing import chosen
from mockserver.contract.recording.files import Folder, entry_of, key_of_response, put_responses, seeds_file
from mockserver.contract.recording.keeping import Keeper, Trouble
from mockserver.contract.recording.kept import Kept
from mockserver.contract.recording.proving import Seeds, proven
from mockserver.contract.recording.records import Records
from mockserver.contract.recording.redaction import Redaction
from mockserver.contract.recording.responses import Response, Responses
from mockserver.contract.recording.vault import Vault
from mockserver.contract.traffic import Recorded
from mockserver.document.model import Document
from mockserver.document.plan import Plan
from mockserver.document.routing import Router
from mockserver.errors import CannotGenerate, Json, SchemaFault
from mockserver.mocking.canned import INDEX
from mockserver.mocking.dice import Dice
from mockserver.mocking.judging import Judge, Judged
from mockserver.mocking.kinds import Kind
from mockserver.mocking.rules import Rules

MOST: Final = 100_000
"""Exchanges that are taken; more are counted only."""
SEEDS: Final = ("last", "first")
"""Which state of the records is written."""
MOST_BYTES: Final = 1024**3
"""Bytes of all bodies that are taken."""
_ROUNDS: Final = 10
"""How often placeholders are given out anew because a schema did not take one."""
_SHOWN: Final = 4096
"""Bytes of a body that a finding shows."""


@dataclass(frozen=True, slots=True)
class Options:
    """What a person chooses.

    Attributes:
        redact: What is to be hidden besides what is always: names of fields, JSONPaths that begin with `$`, regular
            expressions between slashes.
        keep_invalid: Whether answers that break the document are kept, unchecked.
        seeds: `last` for records as they were seen last, `first` for those that were there at the beginning.
        overwrite: Whether what was edited by hand is written over.
    """

    redact: tuple[str, ...] = ()
    keep_invalid: bool = False
    seeds: str = "last"
    overwrite: bool = False


@dataclass(frozen=True, slots=True)
class Written:
    """What became of a recording.

    Attributes:
        files: Those that were written or changed, or would be.
        records: How many of each resource were recorded.
        responses: How many of each operation.
        redacted: Kind of secret -> how many different ones were replaced.
        folded: Exchanges that said what another had said already.
        notes: Sentences about what was left out, kept or made up.
    """

    files: tuple[Path, ...] = ()
    records: Mapping[str, int] = field(default_factory=dict)
    responses: Mapping[str, int] = field(default_factory=dict)
    redacted: Mapping[str, int] = field(default_factory=dict)
    folded: int = 0
    notes: tuple[str, ...] = ()


class Recorder:
    """Records exchanges with the server of one document.

    Args:
        document: The document.
        plan: What its operations do to which records.
        options: See `Options`.
        judge: One that is there already.

    Attributes:
        elsewhere: How many exchanges were for paths that the document does not have.

    Raises:
        UsageError: An option cannot be used.
    """

    def __init__(
        self, document: Document, plan: Plan, options: Options | None = None, judge: Judge | None = None
    ) -> None:
        self.document = document
        self.options = options or Options()
        self.elsewhere = 0
        self._rules = Rules(document, plan, dice=Dice(0, document.name))
        self._judge = judge or Judge(document)
        vault = Vault(names.words_of(document), names.public_words(document), self._invent)
        ids = names.ids_of(document, plan)
        self._redaction = Redaction(document, chosen(self.options.redact), vault, ids)
        self._taken: list[tuple[Recorded, Judged]] = []
        self._gathered = 0
        self._last: dict[tuple[str, ...], bytes] = {}
        self._folded = 0
        self._refused = 0
        self._size = 0

    @property
    def router(self) -> Router:
        """Which operation a request is for."""
        return self._judge.router

    def take(self, recorded: Recorded, judged: Judged | None = None) -> Judged:
        """Take an exchange, and return what it is by the document; with `judged` it is not judged again."""
        judged = judged or self._judge.judge(recorded.message, recorded.reply)
        if not judged.route.is_known:
            self.elsewhere += 1
        elif self._is_new(recorded):
            self._size += len(recorded.message.body) + (len(recorded.reply.body) if recorded.reply else 0)
            if len(self._taken) < MOST and self._size <= MOST_BYTES:
                self._taken.append((recorded, judged))
            else:
                self._refused += 1
        return judged

    def write(self, folder: Path, *, dry_run: bool = False) -> Written:
        """Write the fixtures into `folder`, the one that is given as `--fixtures`; merge with what is there.

        Raises:
            UsageError: The folder cannot be written to, or a file in it is of no use.
        """
        self._gather()
        place = Folder(folder / self.document.name)
        vault = self._redaction.vault
        vault.restart({}, frozenset())
        kept, trouble = self._kept()
        bound, reserved = self._aligned(place, kept)
        if reserved:
            vault.restart(bound, reserved)
            kept, trouble = self._kept()
        place = Folder(folder / self.document.name)
        records, responses = self._sorted(kept)
        seeds, notes = proven(self._rules, records.seeds(self.options.seeds))
        gone = records.gone() if self.options.seeds == "last" else {}
        for name, found in seeds.items():
            notes += self._put_seeds(place, name, found, gone.get(name, set()))
        for name in gone.keys() - seeds.keys():
            if gone[name] and (place.path / seeds_file(name)).is_file():
                notes += self._put_seeds(place, name, [], gone[name])
        for operation, answers in responses.items():
            lost = put_responses(place, operation, answers, overwrite=self.options.overwrite)
            if lost:
                notes.append(f"{operation}: {lost} answers hold what YAML cannot say, and are left out")
        text = place.texts()
        reasons = [
            f"{count} x {reason}" if count > 1 else reason for reason, count in trouble.reasons.items()
        ]
        if self._refused:
            reasons.append(
                f"{self._refused} exchanges were not taken: a recording has at most {MOST} of them, "
                f"and {MOST_BYTES} bytes of bodies"
            )
        reasons += [
            f"{name} holds a secret of this recording, in line {line}: it was there before, or a hand has put it there"
            for name, line in place.lines(lambda text: vault.safe(text) != text)
        ]
        return Written(
            place.write(dry_run=dry_run),
            {name: len(found) for name, found in seeds.items()},
            {name: len(found) for name, found in responses.items()},
            vault.counts(lambda placeholder: placeholder in text),
            self._folded,
            (*reasons, *notes, *place.notes),
        )

    def findings(self) -> Iterator[Finding]:
        """Yield what in the exchanges breaks the document, without secrets."""
        self._gather()
        for recorded, judged in self._taken:
            if judged.request or judged.response:
                for found in describe(self.document, judged, *self._shown(recorded)):
                    yield replace(found, message=self._redaction.text(found.message))

    # Steps.

    def _is_new(self, recorded: Recorded) -> bool:
        """Return whether an exchange says something that the last one of the same request did not."""
        message, reply = recorded.message, recorded.reply
        if message.method != "GET" or reply is None:
            return True
        key = (recorded.origin, message.path, message.query.decode("latin-1"), message.header("accept") or "")
        said = hashlib.sha256(f"{reply.status} {reply.is_whole} ".encode() + reply.body).digest()
        if self._last.get(key) == said:
            self._folded += 1
            return False
        self._last[key] = said
        return True

    def _gather(self) -> None:
        for recorded, judged in self._taken[self._gathered :]:
            self._redaction.gather(recorded.message, judged, recorded.reply)
        self._gathered = len(self._taken)

    def _kept(self) -> tuple[list[Kept], Trouble]:
        """Return what is kept of all exchanges, with placeholders that all schemas take."""
        keeper = Keeper(self.document, self._redaction, keep_invalid=self.options.keep_invalid)
        for number in range(_ROUNDS):
            trouble = Trouble()
            found = [keeper.kept(recorded, judged, trouble) for recorded, judged in self._taken]
            if not trouble.rejected or number == _ROUNDS - 1:
                break
            self._redaction.vault.restart()
        return [item for item in found if item is not None], trouble

    def _sorted(self, kept: list[Kept]) -> tuple[Records, dict[str, list[Response]]]:
        """Return what is kept as records, and as responses."""
        records, responses = Records(self._rules), Responses()
        for item in kept:
            has_state = item.operation.id in self._rules.plan.operations
            is_shown = item.is_valid and records.take(item)
            is_answered = is_shown or (has_state and not item.is_success)
            responses.take(item, has_state=is_answered, is_planned=has_state)
        return records, responses.all()

    def _put_seeds(
        self, place: Folder, name: str, records: list[dict[str, Any]], gone: set[str]
    ) -> list[str]:
        kind = self._rules.kinds[name]
        key_of = _key_of(kind)
        old = place.listed(seeds_file(name), key_of)
        if old is None:
            return []
        blocks: list[Block] = [
            block for block in (block_of(record, key_of) for record in records) if block is not None
        ]
        place.put_list(seeds_file(name), old, blocks, gone, overwrite=self.options.overwrite)
        lost = len(records) - len(blocks)
        return [f"{name}: {lost} records hold what YAML cannot say, and are left out"] if lost else []

    def _aligned(self, place: Folder, kept: list[Kept]) -> tuple[dict[str, str], frozenset[str]]:
        """Return an earlier recording's placeholders by the secrets in their places now, and all its texts."""
        records, responses = self._sorted(kept)
        seeds: Seeds = records.seeds(self.options.seeds)
        bound: dict[str, str] = {}
        reserved: set[str] = set()
        pairs: list[tuple[Json, Json]] = []
        for name, kind in self._rules.kinds.items():
            old = place.listed(seeds_file(name), _key_of(kind))
            fresh = {_key_of(kind)(record): record for record in seeds.get(name, [])}
            for block, value in zip(old.blocks, old.values, strict=True) if old is not None else ():
                reserved.update(text for text in _texts(value))
                pairs.append((value, fresh.get(block.key)))
        for id in self.document.operations:
            old = place.listed(f"{id}/{INDEX}.yaml", key_of_response)
            entries = {}
            for response in responses.get(id, []):
                entry = entry_of(response)
                entries[key_of_response(entry)] = {**entry, "body": response.body}
            for block, value in zip(old.blocks, old.values, strict=True) if old is not None else ():
                reserved.update(text for text in _texts(value))
                pairs.append((value, entries.get(block.key)))
        vault = self._redaction.vault
        taken: set[str] = set()
        for before, now in pairs:
            for old_text, new_text in _paired(before, now):
                secret = vault.secret_of(new_text)
                if (
                    secret is not None
                    and secret not in bound
                    and old_text not in taken
                    and vault.safe(old_text) == old_text
                ):
                    bound[secret] = old_text
                    taken.add(old_text)
        return bound, frozenset(reserved - taken)

    def _invent(self, pointer: str, number: int) -> str | None:
        try:
            made = self._rules.generator.value(pointer, key=("redacted", str(number)))
        except (CannotGenerate, SchemaFault, KeyError, ValueError):
            return None
        return str(made) if isinstance(made, str | int | float) and not isinstance(made, bool) else None

    def _shown(self, recorded: Recorded) -> tuple[Sent, Came | None]:
        """Return an exchange as findings show it."""
        redaction, message, reply = self._redaction, recorded.message, recorded.reply

        def fields(headers: Any) -> tuple[tuple[str, str], ...]:
            pairs = ((name.decode("latin-1"), value.decode("utf-8", "replace")) for name, value in headers)
            return tuple((name, redaction.field(name, value)) for name, value in pairs)

        def body(data: bytes) -> bytes:
            try:
                # Under a name, what is short or a number is hidden, too.
                return jsontext.dumps(redaction.value(jsontext.loads(data)))[:_SHOWN]
            except jsontext.JsonError:
                return redaction.text(data.decode("utf-8", "replace")).encode()[:_SHOWN]

        query = message.query.decode("utf-8", "replace")
        url = recorded.origin + redaction.text(message.path + (f"?{query}" if query else ""))
        sent = Sent(message.method, url, fields(message.headers), body(message.body))
        if reply is None:
            return sent, None
        return sent, Came(reply.status, fields(reply.headers), body(reply.body), recorded.elapsed_ms)


def _key_of(kind: Kind) -> Any:
    def key_of(record: Json) -> str:
        id = kind.id_of(record) if isinstance(record, dict) else None
        if id is not None:
            return str(id)
        pairs = (
            sorted((name, record.get(name)) for name in kind.plan.references)
            if isinstance(record, dict)
            else []
        )
        return " ".join(f"{name}={value}" for name, value in pairs if value is not None)

    return key_of


def _texts(value: Json) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _texts(item)


def _paired(one: Json, other: Json) -> Iterator[tuple[str, str]]:
    """Yield the texts that stand at the same places of two values."""
    if isinstance(one, str) and isinstance(other, str):
        yield one, other
    elif isinstance(one, dict) and isinstance(other, dict):
        for name in (name for name in one if name in other):
            yield from _paired(one[name], other[name])
    elif isinstance(one, list) and isinstance(other, list):
        for first, second in zip(one, other, strict=False):
            yield from _paired(first, second)
