"""Makes scalars: candidates one after another, the most believable first, until one keeps to what is said."""

from __future__ import annotations

from mockserver.errors import Json
from mockserver.mocking.generator import vocabulary
from mockserver.mocking.generator.fake import Door, Fake
from mockserver.mocking.generator.numbers import is_number
from mockserver.mocking.generator.plans import Plan, Planner


def flag(fake: Fake, hints: list[Json], default: Json, failed: int) -> bool:
    """Return true or false, as the name or an example has it."""
    if failed:
        return bool((fake.number + failed) % 2)
    if isinstance(default, bool) and fake.number % 4:
        return default
    told = next((hint for hint in hints if isinstance(hint, bool)), None)
    if told is not None:
        return told
    if not vocabulary.FALSE_WORDS.isdisjoint(fake.name):
        return False
    return True if not vocabulary.TRUE_WORDS.isdisjoint(fake.name) else fake.number % 3 > 0


class Leaves:
    """Makes texts and numbers for plans."""

    def __init__(self, planner: Planner, door: Door) -> None:
        self._planner = planner
        self._door = door

    def amount(
        self, plan: Plan, kind: str, fake: Fake, hints: list[Json], default: Json, failed: int
    ) -> Json:
        """Return a number."""
        numbers = plan.numbers
        whole = kind == "integer"
        told = [
            hint
            for hint in hints
            if is_number(hint) and plan.admits(hint) and (not whole or hint == int(hint))
        ]
        varied = fake.name[-1:] == ("id",)
        if told and not varied:
            return fake.pick(told)
        if (
            not varied
            and is_number(default)
            and plan.admits(default)
            and (not whole or default == int(default))
        ):
            return default
        made: Json = None
        for _ in range(1 if not failed else 30):
            made = numbers.make(fake, plan.schema, whole=whole)
            if made is not None and (not failed or self.is_fine(plan, made)) and plan.admits(made):
                return made
            fake = Fake(self._door, fake.random.getrandbits(64), fake.scene, (), ())
        return made if made is not None else (told or [0])[0]

    def text(self, plan: Plan, fake: Fake, hints: list[Json], default: Json, failed: int) -> str:
        """Return a text."""
        strings = plan.strings
        is_free = not plan.pieces or (fake.owner[-1:] and fake.owner[-1] in vocabulary.KEYED)
        if is_free and fake.name[-1:] and fake.name[-1] in vocabulary.KEY_VALUES:
            known = fake.pick(vocabulary.KEY_VALUES[fake.name[-1]])
            if not failed and plan.admits(known):
                return known
        if plan.is_reference and not hints and plan.admits(text := fake.identifier(4)):
            return text
        for text in strings.candidates(fake, plan.schema, hints, default):
            if plan.admits(text) and (not failed or self.is_fine(plan, text)):
                return text
        last = ""
        for text in strings.fallbacks(fake, plan.schema):
            last = text
            if plan.admits(text) and (not failed or self.is_fine(plan, text)):
                return text
        return last

    def is_fine(self, plan: Plan, value: Json) -> bool:
        """Ask the validators about one small value, once the cheap way has failed."""
        validator = self._planner.schemas.validator
        return all(validator(part).is_valid(value) for part in plan.node.parts) and not any(
            validator(part).is_valid(value) for part in plan.node.excluded
        )
