"""How deep and how large the values of a schema are: what keeps recursion finite and answers small."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from mockserver.mocking.generator.lookup import CACHE_SIZE
from mockserver.mocking.generator.nodes import Group, Node
from mockserver.mocking.generator.plans import Plan, Planner

ENDLESS: Final = 1_000
MOST_LEAVES: Final = 240
"""How many leaves a value may have before its optional branches are cut at a lower depth."""
MOST_DEPTH: Final = 6
_BRANCHES_ASKED: Final = 6


class Sizes:
    """Measures of the values that a node can have."""

    def __init__(self, planner: Planner) -> None:
        self._planner = planner
        self._heights: dict[Node, int] = {}
        self._finite = lru_cache(maxsize=CACHE_SIZE)(self._finite_options)
        self.depth_limit = lru_cache(maxsize=CACHE_SIZE)(self._depth_limit)
        self.is_composite = lru_cache(maxsize=CACHE_SIZE)(self._is_composite)

    def options(self, plan: Plan, group: Group) -> tuple[int, ...]:
        """Return the branches of a group that have a value, as far as can be seen; null comes last."""
        return self._finite(plan.node, group)

    def _finite_options(self, node: Node, group: Group) -> tuple[int, ...]:
        options = self._planner.options(node, group)
        found = tuple(i for i in options if self.height(node.choose(group.pointer, i)) < ENDLESS)
        return found or options

    def height(self, node: Node) -> int:
        """Return how many levels the flattest value has below itself; ENDLESS when none is in sight."""
        if len(self._heights) > CACHE_SIZE:
            self._heights.clear()
        known = self._heights.get(node)
        if known is None:
            known = self._heights[node] = self._height(node, frozenset())
        return known

    def _height(self, node: Node, above: frozenset[Node]) -> int:
        known = self._heights.get(node)
        if known is not None:
            return known
        if node in above or len(above) > 40:
            return ENDLESS
        plan = self._planner.plan(node)
        if not plan.is_possible:
            return ENDLESS
        if "null" in plan.atoms and not plan.groups:
            return 0
        above = above | {node}
        if plan.groups:
            group = plan.groups[0]
            least = ENDLESS
            for option in self._planner.options(node, group):
                least = min(least, self._height(node.choose(group.pointer, option), above))
                if least == 0:
                    break
        elif plan.values is not None or not set(plan.implied) <= {"object", "array"}:
            least = 0
        elif "array" in plan.implied:
            least = 1 + self._height(plan.arrays.child(0, 1), above) if plan.arrays.low else 0
        else:
            children = [plan.objects.child(name) for name in plan.objects.required]
            least = 1 + max(
                (self._height(child, above) for child in children if child is not None), default=0
            )
        least = min(least, ENDLESS)
        if least < ENDLESS:
            # An upper bound found below a cycle is still a way to the ground.
            self._heights[node] = least
        return least

    def _is_composite(self, node: Node, depth: int = 0) -> bool:
        """Say whether all values have parts with parts of their own."""
        plan = self._planner.plan(node)
        if depth > 4 or not plan.is_possible:
            return False
        if plan.groups:
            group = plan.groups[0]
            options = [option for option in self.options(plan, group) if option >= 0]
            plans = [self._planner.plan(node.choose(group.pointer, option)) for option in options]
            return all(
                self._is_composite(branch.node, depth + 1) for branch in plans if branch.atoms != {"null"}
            )
        if plan.values is not None:
            return False
        if "object" in plan.implied:
            return not plan.objects.is_free
        return plan.implied == ("array",) and self._is_composite(plan.arrays.child(0, 1), depth + 1)

    def _depth_limit(self, node: Node) -> int:
        """Return how many levels of objects are filled with optional parts."""
        for depth in range(1, MOST_DEPTH + 1):
            if self._leaves(node, depth, {}) > MOST_LEAVES:
                return depth - 1
        return MOST_DEPTH

    def _leaves(self, node: Node, depth: int, known: dict[tuple[Node, int], int]) -> int:
        if (node, depth) in known:
            return known[node, depth]
        known[node, depth] = 1
        plan = self._planner.plan(node)
        count = 1
        if plan.groups:
            group = plan.groups[0]
            options = self.options(plan, group)[:_BRANCHES_ASKED]
            sizes = [self._leaves(node.choose(group.pointer, option), depth, known) for option in options]
            count = max(sizes, default=1)
        elif plan.values is None and plan.is_possible:
            if "object" in plan.implied:
                count = self._leaves_of_object(plan, depth, known)
            elif "array" in plan.implied:
                count = 2 * self._leaves(plan.arrays.child(0, 1), depth, known)
        known[node, depth] = min(count, MOST_LEAVES * 10)
        return known[node, depth]

    def _leaves_of_object(self, plan: Plan, depth: int, known: dict[tuple[Node, int], int]) -> int:
        count = 0
        required = set(plan.objects.required)
        for name in plan.objects.properties:
            child = plan.objects.child(name)
            if child is not None and (depth > 0 or name in required or not self.is_composite(child)):
                count += self._leaves(child, max(depth - 1, 0), known)
            if count > MOST_LEAVES * 10:
                break
        return count
