"""Which branch of `anyOf`, `oneOf`, `if` and the like is taken."""

from __future__ import annotations

from mockserver.document import pointer as ptr
from mockserver.errors import Json
from mockserver.mocking.generator.nodes import Group, Node
from mockserver.mocking.generator.plans import Plan, Planner
from mockserver.mocking.generator.sizes import Sizes
from mockserver.mocking.generator.values import ABSENT, atom_of, fingerprint

_DEEPEST_LOOK = 4


class Choices:
    """Chooses branches."""

    def __init__(self, planner: Planner, sizes: Sizes) -> None:
        self._planner = planner
        self._sizes = sizes

    def settle(
        self, node: Node, number: int, turn: int, *, given: Json, prefers_null: bool, is_deep: bool
    ) -> Plan:
        """Return a plan in which every branch is chosen.

        Args:
            node: What the value must be.
            number: A random number: which branch comes first.
            turn: How often a value failed here: which branches come next. Each combination comes once.
            given: What is there of the value already, or ABSENT.
            prefers_null: Whether null is wanted where it is possible.
            is_deep: Whether the flattest branch is wanted.
        """
        plan = self._planner.plan(node)
        steps = 0
        while plan.groups and steps < 60:
            steps += 1
            # A discriminator in a base schema counts only when nothing else told the branch.
            group = next((group for group in plan.groups if group.kind != "discriminator"), plan.groups[0])
            options = self._ordered(plan, group, given, number, prefers_null=prefers_null, is_deep=is_deep)
            option = options[turn % len(options)]
            turn //= len(options)
            number = number * 6364136223846793005 % 2**64 >> 7
            plan = self._planner.plan(plan.node.choose(group.pointer, option))
        return plan

    def _ordered(
        self, plan: Plan, group: Group, given: Json, number: int, *, prefers_null: bool, is_deep: bool
    ) -> list[int]:
        options = list(self._sizes.options(plan, group))
        if group.kind == "dependent":
            name = ptr.split(group.pointer)[-1]
            wanted = name in plan.objects.required or name in (
                given if isinstance(given, dict) else plan.objects.properties
            )
            return sorted(options, reverse=not wanted)
        if given is not ABSENT:
            scores = {option: self.fit(self._after(plan, group, option), given) for option in options}
            best = max(scores.values())
            options = [option for option in options if scores[option] == best]
        elif is_deep:
            return sorted(options, key=lambda option: self._flatness(plan, group, option))
        if len(options) < 2 or group.kind == "discriminator":
            real = [option for option in options if option >= 0]
            start = number % max(len(real), 1)
            return [*real[start:], *real[:start], *(option for option in options if option < 0)]
        if given is ABSENT and self._is_null(plan, group, options[-1]):
            if prefers_null and not self._planner.plan(self._after(plan, group, options[-1])).is_meant_null:
                return [options[-1], *options[:-1]]
            start = number % (len(options) - 1)
            return [*options[start:-1], *options[:start], options[-1]]
        start = number % len(options)
        return [*options[start:], *options[:start]]

    def _after(self, plan: Plan, group: Group, option: int) -> Node:
        return plan.node.choose(group.pointer, option)

    def _flatness(self, plan: Plan, group: Group, option: int) -> tuple[bool, float]:
        after = self._after(plan, group, option)
        return self._planner.plan(after).is_meant_null, self._sizes.height(after)

    def _is_null(self, plan: Plan, group: Group, option: int) -> bool:
        return option >= 0 and self._planner.plan(self._after(plan, group, option)).atoms == {"null"}

    def fit(self, node: Node, given: Json, depth: int = 0) -> int:
        """Return how well a partial value fits: -1 not at all, else how many of its parts are declared."""
        plan = self._planner.plan(node)
        if not plan.is_possible or atom_of(given) not in plan.atoms:
            return -1
        if depth > _DEEPEST_LOOK:
            return 0
        if plan.groups:
            group = plan.groups[0]
            return max(
                self.fit(self._after(plan, group, option), given, depth + 1)
                for option in self._sizes.options(plan, group)
            )
        if isinstance(given, dict):
            return self._fit_object(plan, given, depth)
        if isinstance(given, list):
            return min((self.fit(plan.arrays.child(0, 1), item, depth + 1) for item in given[:1]), default=0)
        if plan.values is not None:
            return 1 if fingerprint(given) in {fingerprint(value) for value in plan.values} else -1
        return 0 if plan.admits(given) else -1

    def _fit_object(self, plan: Plan, given: dict[str, Json], depth: int) -> int:
        score = 0
        for name, value in given.items():
            child = plan.objects.child(name)
            if child is None or (name in plan.pins and value not in plan.pins[name]):
                return -1
            inner = self.fit(child, value, depth + 1) if child.parts else 0
            if inner < 0:
                return -1
            score += inner + (name in plan.objects.properties)
        return score
