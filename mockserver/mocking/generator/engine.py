"""Makes values that validate: walks, asks the validator, and tries again where it was told of a fault."""

from __future__ import annotations

import copy
from typing import Final

from mockserver.document.validation import Schemas
from mockserver.errors import CannotGenerate, Json
from mockserver.mocking.dice import Dice
from mockserver.mocking.generator.blame import Attempt
from mockserver.mocking.generator.choices import Choices
from mockserver.mocking.generator.fake import open_door
from mockserver.mocking.generator.fields import Fields
from mockserver.mocking.generator.nodes import Node
from mockserver.mocking.generator.plans import Planner
from mockserver.mocking.generator.sizes import ENDLESS, Sizes
from mockserver.mocking.generator.values import ABSENT
from mockserver.mocking.generator.walk import Setting, Walk

ROUNDS: Final = 40
GIVEN_ROUNDS: Final = 12
"""Attempts to complete what is given: most failures are due to a given part, and stay."""
HOPELESS_ROUNDS: Final = 6
"""Attempts at a schema that no value seems to fit."""
LEAN_ROUND: Final = 24
"""From this round on, optional properties are left out everywhere."""
_NO_FAILURES: Final[dict[str, int]] = {}


class Generator:
    """Makes values for the schemas of one document and one direction.

    Each leaf is a function of the seed, of the key and of its JSON pointer inside the value.
    """

    def __init__(self, schemas: Schemas, dice: Dice, *, locale: str = "en_US") -> None:
        planner = Planner(schemas)
        sizes = Sizes(planner)
        self._schemas = schemas
        self._sizes = sizes
        self._setting = Setting(
            planner, sizes, Choices(planner, sizes), Fields(planner, sizes), dice, open_door(locale)
        )

    def value(self, pointer: str, *, key: tuple[str, ...], given: Json = ABSENT, lean: bool = False) -> Json:
        """Return a value that validates against the schema at a pointer.

        Args:
            pointer: JSON pointer of the schema in the document.
            key: Names that the value is a function of, e.g. the resource and the record's id.
            given: A partial value: its parts are kept as they are, and what is left out is filled in.
            lean: Whether only what the schema requires is filled in.

        Raises:
            CannotGenerate: No valid value was found.
            SchemaFault: The schema cannot be compiled.
        """
        validator = self._schemas.validator(pointer)
        node = Node((pointer,))
        depth_limit = self._sizes.depth_limit(node)
        try:
            walk = Walk(self._setting, key, _NO_FAILURES, depth_limit=depth_limit, is_lean=lean)
            value = walk.run(node, given)
            if validator.is_valid(value):
                return value
            return self._repair(
                node, key, given, depth_limit, Attempt(self._schemas, validator, value, walk.places)
            )
        except RecursionError:
            raise CannotGenerate(pointer, "its values have no end") from None

    def _repair(
        self, node: Node, key: tuple[str, ...], given: Json, depth_limit: int, attempt: Attempt
    ) -> Json:
        """Try again, each time otherwise at the places that are to blame."""
        failures: dict[str, int] = {}
        validator = attempt.validator
        rounds = ROUNDS if given is ABSENT else GIVEN_ROUNDS
        if self._sizes.height(node) >= ENDLESS:
            rounds = HOPELESS_ROUNDS
        for turn in range(1, rounds):
            attempt.count_failures(failures)
            lean = turn >= min(LEAN_ROUND, rounds - 3)
            walk = Walk(self._setting, key, failures, depth_limit=2 if lean else depth_limit, is_lean=lean)
            value = walk.run(node, given)
            if validator.is_valid(value):
                return value
            attempt = Attempt(self._schemas, validator, value, walk.places)
        if given is ABSENT:
            plan = self._setting.planner.plan(node)
            for example in (*plan.examples, plan.default):
                if example is not ABSENT and validator.is_valid(example):
                    return copy.deepcopy(example)
        is_empty = not self._setting.planner.plan(node).is_possible
        reason = "it leaves no value, or none of a size that can be made" if is_empty else attempt.reason
        raise CannotGenerate(node.parts[0], reason)
