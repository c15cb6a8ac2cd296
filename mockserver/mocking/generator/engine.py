"""Makes values that validate: walks, asks the validator, and tries again where it was told of a fault."""

from __future__ import annotations

import copy
from typing import Final

from mockserver.document.validation import Schemas, Validator
from mockserver.errors import CannotGenerate, Json
from mockserver.mocking.dice import Dice
from mockserver.mocking.generator.choices import Choices
from mockserver.mocking.generator.fake import open_door
from mockserver.mocking.generator.fields import Fields
from mockserver.mocking.generator.nodes import Node
from mockserver.mocking.generator.plans import Planner
from mockserver.mocking.generator.sizes import Sizes
from mockserver.mocking.generator.values import ABSENT
from mockserver.mocking.generator.walk import Setting, Walk

ROUNDS: Final = 40
LEAN_ROUND: Final = 24
"""From this round on, optional properties are left out everywhere."""
_FAULTS_READ: Final = 12
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

    def value(self, pointer: str, *, key: tuple[str, ...], given: Json = ABSENT) -> Json:
        """Return a value that validates against the schema at a pointer.

        Args:
            pointer: JSON pointer of the schema in the document.
            key: Names that the value is a function of, e.g. the resource and the record's id.
            given: A partial value: its parts are kept as they are, and what is left out is filled in.

        Raises:
            CannotGenerate: No valid value was found.
            SchemaFault: The schema cannot be compiled.
        """
        validator = self._schemas.validator(pointer)
        node = Node((pointer,))
        depth_limit = self._sizes.depth_limit(node)
        walk = Walk(self._setting, key, _NO_FAILURES, depth_limit=depth_limit, is_lean=False)
        value = walk.run(node, given)
        if validator.is_valid(value):
            return value
        return self._repair(node, key, given, depth_limit, validator, value, walk.places)

    def _repair(
        self,
        node: Node,
        key: tuple[str, ...],
        given: Json,
        depth_limit: int,
        validator: Validator,
        value: Json,
        places: set[str],
    ) -> Json:
        """Try again, each time otherwise at the places that the validator complains about."""
        failures: dict[str, int] = {}
        reason = ""
        for turn in range(1, ROUNDS):
            reason = _blame(validator, value, places, failures) or reason
            lean = turn >= LEAN_ROUND
            walk = Walk(self._setting, key, failures, depth_limit=2 if lean else depth_limit, is_lean=lean)
            value, places = walk.run(node, given), walk.places
            if validator.is_valid(value):
                return value
        if given is ABSENT:
            plan = self._setting.planner.plan(node)
            for example in (*plan.examples, plan.default):
                if example is not ABSENT and validator.is_valid(example):
                    return copy.deepcopy(example)
        raise CannotGenerate(node.parts[0], reason)


def _blame(validator: Validator, value: Json, places: set[str], failures: dict[str, int]) -> str:
    """Count a failure at each place that the validator complains about, and return its first complaint."""
    violations = validator.violations(value)
    blamed: set[str] = set()
    for violation in violations[:_FAULTS_READ]:
        place = "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in violation.location)
        while place not in places and place:
            place = place.rpartition("/")[0]
        blamed.add(place)
    for place in blamed or {""}:
        failures[place] = failures.get(place, 0) + 1
        # What fails again and again may be asked for the impossible by what is around it.
        while place and failures[place] % 4 == 0:
            place = place.rpartition("/")[0]
            failures[place] = failures.get(place, 0) + 1
    return str(violations[0]) if violations else ""
