"""Which properties an object gets."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, NamedTuple, cast

from mockserver.document.naming import words
from mockserver.errors import Json
from mockserver.mocking.generator import vocabulary
from mockserver.mocking.generator.nodes import Node
from mockserver.mocking.generator.objects import ObjectPlan
from mockserver.mocking.generator.patterns import text_for
from mockserver.mocking.generator.plans import Plan, Planner
from mockserver.mocking.generator.sizes import ENDLESS, Sizes
from mockserver.mocking.generator.values import ABSENT, fingerprint

_MOST_EXTRAS: Final = 2000
_PINS_GIVEN_UP: Final = 4
"""After so many failures the value that a discriminator asks for is no longer insisted on."""
_ODD_VALUES: Final[tuple[Json, ...]] = ("none", 1, True, [], {}, None, 0.5)


class Field(NamedTuple):
    """One property to be made.

    Attributes:
        key: Its name.
        words: The words of its name.
        node: What holds for its value.
        pinned: The value that a discriminator asks for, or ABSENT.
        is_open: Whether its value has parts of its own.
    """

    key: str
    words: tuple[str, ...]
    node: Node
    pinned: Json
    is_open: bool


class Fields:
    """Decides which properties an object gets."""

    def __init__(self, planner: Planner, sizes: Sizes) -> None:
        self._planner = planner
        self._sizes = sizes

    def of(
        self,
        plan: Plan,
        frame: Any,
        number: int,
        given: Mapping[str, Json],
        shown: Mapping[str, Json],
        *,
        is_deep: bool,
        is_lean: bool,
        failed: int,
        name_of: Callable[[Node, Any, int], Json],
    ) -> list[Field]:
        """Return the properties of an object, in order.

        Args:
            plan: What the object must be.
            frame: Where its properties are.
            number: A random number.
            given: Properties that are there already.
            shown: Properties of an example.
            is_deep: Whether optional properties with parts of their own are left out.
            is_lean: Whether all optional properties are left out.
            failed: How often an object failed here.
            name_of: Makes a name that a schema for names asks for.
        """
        is_usual = not given and failed < _PINS_GIVEN_UP
        if is_usual and (known := plan.layouts.get((is_deep, is_lean))) is not None:
            return cast("list[Field]", known)
        objects = plan.objects
        chosen: dict[str, Node] = {}
        required = set(objects.required)
        for name in objects.properties:
            if name in required or name in given:
                child = objects.child(name)
                if child is not None:
                    chosen[name] = child
            elif not is_lean:
                child = self._optional(plan, name, is_deep=is_deep)
                if child is not None:
                    chosen[name] = child
        for name in (*objects.required, *given):
            child = objects.child(name)
            if name not in chosen and (child is not None or name in given):
                chosen[name] = child or Node(())
        self._complete(objects, chosen)
        if len(chosen) > objects.high:
            self._shorten(objects, chosen, required, given)
        wanted = objects.low
        if not is_lean and not chosen and not given:
            wanted = max(wanted, self._usual_extras(objects, frame, number, shown))
        if failed > 1 and plan.refused:
            # What must not hold may be about properties that nobody declares.
            wanted = max(wanted, len(chosen) + failed // 2)
        if len(chosen) < wanted:
            self._extend(plan, chosen, frame, number, min(wanted, objects.high), shown, name_of)
            is_usual = False
        fields = [self._field(plan, name, node, failed) for name, node in chosen.items()]
        if is_usual and fields:
            plan.layouts[is_deep, is_lean] = fields
        return fields

    def _optional(self, plan: Plan, name: str, *, is_deep: bool) -> Node | None:
        objects = plan.objects
        if name in plan.avoided:
            return None
        child = objects.child(name)
        if child is None or any(self._planner.is_hidden(part) for part in child.parts):
            return None
        if objects.names and not self._may_be_named(objects, name):
            return None
        inner = self._planner.plan(child)
        if not inner.is_possible or (is_deep and self._sizes.is_composite(child)):
            return None
        if self._sizes.height(child) >= ENDLESS:
            return None
        unset = not vocabulary.UNSET.isdisjoint(words(name))
        if unset and not inner.groups and inner.atoms <= {"string", "object"}:
            return None
        return child

    def _may_be_named(self, objects: ObjectPlan, name: str) -> bool:
        plan = self._planner.plan(Node(tuple(objects.names)))
        if plan.values is not None:
            return name in plan.values
        return plan.admits(name)

    def _complete(self, objects: ObjectPlan, chosen: dict[str, Node]) -> None:
        """Add the properties that others need."""
        waiting = [name for name in chosen if name in objects.dependent]
        while waiting:
            for name in objects.dependent[waiting.pop()]:
                child = objects.child(name)
                if name not in chosen and child is not None:
                    chosen[name] = child
                    if name in objects.dependent:
                        waiting.append(name)

    def _shorten(
        self, objects: ObjectPlan, chosen: dict[str, Node], required: set[str], given: Mapping[str, Json]
    ) -> None:
        needed = {*required, *given}
        for name in list(reversed(chosen)):
            if len(chosen) <= objects.high:
                return
            others = {
                other for there in chosen if there != name for other in objects.dependent.get(there, ())
            }
            if name not in needed and name not in others:
                del chosen[name]

    def _usual_extras(self, objects: ObjectPlan, frame: Any, number: int, shown: Mapping[str, Json]) -> int:
        if shown and (objects.is_free or objects.is_map):
            return min(len(shown), 3) if objects.is_map else len(shown)
        if objects.is_map or objects.patterns:
            return 1 + number % 2
        is_keyed = frame.owner[-1:] and frame.owner[-1] in vocabulary.KEYED
        return 1 + number % 2 if is_keyed and not objects.properties else 0

    def _extend(
        self,
        plan: Plan,
        chosen: dict[str, Node],
        frame: Any,
        number: int,
        wanted: int,
        shown: Mapping[str, Json],
        name_of: Callable[[Node, Any, int], Json],
    ) -> None:
        objects = plan.objects
        for name in self._new_names(objects, frame, number, shown, name_of):
            if len(chosen) >= wanted:
                return
            child = objects.child(name)
            if name in chosen or child is None or not self._planner.plan(child).is_possible:
                continue
            if name in objects.properties and any(self._planner.is_hidden(part) for part in child.parts):
                continue
            chosen[name] = child

    def _new_names(
        self,
        objects: ObjectPlan,
        frame: Any,
        number: int,
        shown: Mapping[str, Json],
        name_of: Callable[[Node, Any, int], Json],
    ) -> Iterator[str]:
        yield from objects.properties
        believable = objects.patterns == []
        if objects.names:
            for turn in range(60):
                name = name_of(Node(tuple(objects.names)), frame, turn)
                if isinstance(name, str):
                    yield name
        else:
            yield from shown
            if objects.patterns:
                for turn in range(40):
                    pattern = objects.patterns[turn % len(objects.patterns)][0]
                    name = text_for(pattern, 6, None, random.Random(number + turn))
                    if name is not None:
                        yield name
                believable = True
        if believable:
            keys = (
                vocabulary.KEYS
                if frame.owner[-1:] and frame.owner[-1] in vocabulary.KEYED
                else vocabulary.NOUNS
            )
            start = number % len(keys)
            yield from (*keys[start:], *keys[:start], *vocabulary.NOUNS, *vocabulary.ADJECTIVES)
            yield from (f"{vocabulary.NOUNS[i % 36]}_{i}" for i in range(_MOST_EXTRAS))

    def _field(self, plan: Plan, name: str, node: Node, failed: int) -> Field:
        pinned: Json = ABSENT
        if name in plan.pins:
            inner = self._planner.plan(node)
            pins = plan.pins[name]
            if inner.values is not None:
                marks = {fingerprint(value) for value in inner.values}
                pins = [pin for pin in pins if fingerprint(pin) in marks]
            else:
                pins = [pin for pin in pins if inner.admits(pin)]
            if pins and failed < _PINS_GIVEN_UP:
                pinned = pins[0]
        return Field(name, words(name), node, pinned, self._sizes.is_composite(node))

    def is_pinned(self, plan: Plan, name: str) -> bool:
        """Say whether a discriminator asks for a property's value."""
        return name in plan.pins

    def tell_apart(self, plan: Plan, value: dict[str, Json]) -> None:
        """Add what makes other branches of a `oneOf` fail, where nothing else does: a last resort."""
        for rival in plan.rivals:
            validator = self._planner.schemas.validator(rival)
            if not validator.is_valid(value):
                continue
            other = self._planner.plan(Node((rival,)))
            for name in other.objects.properties:
                mine, theirs = plan.objects.child(name), other.objects.child(name)
                if name in value or mine is None or theirs is None or name in plan.objects.properties:
                    continue
                own, foreign = self._planner.plan(mine), self._planner.plan(theirs)
                odd = next(
                    (odd for odd in _ODD_VALUES if own.admits(odd) and not foreign.admits(odd)), ABSENT
                )
                if odd is not ABSENT and own.values is None and not own.groups:
                    value[name] = odd
                    break
