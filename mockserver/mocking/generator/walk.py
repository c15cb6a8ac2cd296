"""Makes one value: follows the schemas from the top down, each place by its own randomness."""

from __future__ import annotations

import copy
import random
from collections.abc import Iterable, Mapping
from functools import partial
from typing import Final, NamedTuple

from mockserver.document import pointer as ptr
from mockserver.errors import Json
from mockserver.mocking.dice import Dice
from mockserver.mocking.generator import agreement, hints, leaves, vocabulary
from mockserver.mocking.generator.choices import Choices
from mockserver.mocking.generator.fake import Door, Fake
from mockserver.mocking.generator.fields import Fields
from mockserver.mocking.generator.leaves import Leaves
from mockserver.mocking.generator.merge import ALL
from mockserver.mocking.generator.names import of_item
from mockserver.mocking.generator.nodes import Node
from mockserver.mocking.generator.plans import Plan, Planner
from mockserver.mocking.generator.scene import Scene
from mockserver.mocking.generator.sizes import ENDLESS, Sizes
from mockserver.mocking.generator.values import ABSENT, fingerprint

NULL_ODDS: Final = 12
TYPES_TRIED: Final = 3
"""Failures after which types are tried that the keywords do not speak of."""
LISTED: Final = 2
"""Down to this level a list has an item, however large: an answer that lists nothing shows nothing."""
DEEPEST: Final = 4
"""How many levels below the depth limit any optional property is left out."""
KEPT: Final = frozenset(
    {"id", "name", "title", "email", "status", "type", "url", "at", "created", "updated", "version"}
)
"""Last words of names that are never null by chance."""


class Frame(NamedTuple):
    """Where in the value the walk is.

    Attributes:
        path: JSON pointer inside the value.
        name: Words of the property's name, of the list's name for an item.
        owner: Words of what the property belongs to.
        scene: What the siblings share.
        depth: How many objects are around it.
        above: The schemas of these objects.
        salt: Changes when something above is tried again.
    """

    path: str
    name: tuple[str, ...]
    owner: tuple[str, ...]
    scene: Scene
    depth: int
    above: tuple[str, ...]
    salt: int


class Setting(NamedTuple):
    """What all values of a generator share."""

    planner: Planner
    sizes: Sizes
    choices: Choices
    fields: Fields
    dice: Dice
    door: Door


class Walk:
    """One attempt to make a value.

    Attributes:
        places: JSON pointers of the values that were made, with the branches that were chosen for each.
    """

    def __init__(
        self,
        setting: Setting,
        key: tuple[str, ...],
        failures: Mapping[str, int],
        *,
        depth_limit: int,
        is_lean: bool,
    ) -> None:
        self._setting = setting
        self._planner = setting.planner
        self._key = key
        self._failures = failures
        self._depth_limit = depth_limit
        self._is_lean = is_lean
        self._leaves = Leaves(setting.planner, setting.door)
        self.places: dict[str, list[str]] = {}

    def run(self, node: Node, given: Json) -> Json:
        """Return a value, which may yet turn out not to be valid."""
        nowhere = Scene(
            lambda topic: random.Random(self._number(f"#{topic}", 0)),
            self._setting.door.person,
            self._setting.door.places,
            ABSENT,
        )
        frame = Frame("", (), self._key[:1], nowhere, 0, (), 0)
        return self.value(node, frame, given, ABSENT)

    def value(self, node: Node, frame: Frame, given: Json, hint: Json) -> Json:
        """Return a value for a node; `hint` is what an example of something around it shows here."""
        path = frame.path
        if given is not ABSENT and not isinstance(given, dict | list):
            return given
        failed = self._failures.get(path, 0)
        salt = frame.salt * 31 + failed
        if salt != frame.salt:
            frame = frame._replace(salt=salt)
        number = self._number(path, salt)
        plan = self._setting.choices.settle(
            node,
            number,
            failed,
            given=given,
            prefers_null=self._prefers_null(frame, number),
            is_deep=frame.depth >= self._depth_limit,
        )
        self.places[path] = plan.branches
        if given is ABSENT and not failed and hints.KEYWORD in plan.schema:
            made = self._hinted(plan, frame, number)
            if made is not ABSENT:
                return made
        if isinstance(given, dict):
            return self._object(plan, frame, failed, given, hint) if "object" in plan.atoms else given
        if isinstance(given, list):
            return self._given_items(plan, frame, given) if "array" in plan.atoms else given
        kind = self._kind(plan, frame, number, failed, hint)
        if kind == "values":
            return self._one_of(plan, frame, number)
        if kind == "object":
            return self._object(plan, frame, failed, ABSENT, hint)
        if kind == "array":
            return self._array(plan, frame, number, failed, hint)
        if kind == "null":
            return None
        return self._scalar(plan, kind, frame, number, failed, hint)

    def _kind(self, plan: Plan, frame: Frame, number: int, failed: int, hint: Json) -> str:
        is_nullable = "null" in plan.atoms and 1 < len(plan.atoms) < len(ALL)
        if is_nullable and plan.values is None and self._prefers_null(frame, number):
            return "null"
        if plan.values:
            return "values"
        kinds = plan.implied
        if not kinds:
            return "null"
        if failed >= TYPES_TRIED and failed % 2 and len(plan.atoms) > len(kinds):
            # The type that is meant gave nothing; another may be the one that is possible.
            kinds = tuple(sorted(plan.atoms - ({"integer"} if "fraction" in plan.atoms else set())))
            return kinds[(failed // 2) % len(kinds)]
        if len(kinds) == 1:
            kind = kinds[0]
            if (
                kind == "string"
                and not plan.schema.get("type")
                and frame.name[-1:]
                and not plan.strings.format
            ):
                if frame.name[-1] in vocabulary.OPEN_OBJECTS and "object" in plan.atoms:
                    return "object"
            return kind
        if frame.depth >= self._depth_limit:
            kinds = tuple(kind for kind in kinds if kind not in ("object", "array")) or kinds
        return kinds[(number // 7 + failed) % len(kinds)]

    def _one_of(self, plan: Plan, frame: Frame, number: int) -> Json:
        values = plan.values or [None]
        wants_null = frame.path and not plan.is_meant_null and self._prefers_null(frame, number)
        if len(values) > 1 and None in values and not wants_null:
            values = [value for value in values if value is not None]
        return copy.deepcopy(values[number % len(values)])

    def _prefers_null(self, frame: Frame, number: int) -> bool:
        if not frame.path or not frame.name:
            return False
        if not vocabulary.UNSET.isdisjoint(frame.name):
            return True
        return number % NULL_ODDS == 5 and frame.name[-1] not in KEPT

    # Scalars

    def _scalar(self, plan: Plan, kind: str, frame: Frame, number: int, failed: int, hint: Json) -> Json:
        fake = Fake(self._setting.door, number, frame.scene, frame.name, frame.owner)
        told = plan.examples if hint is ABSENT else [hint, *plan.examples]
        default = plan.default
        if failed % 2:
            told, default = [], ABSENT
        if kind == "boolean":
            return leaves.flag(fake, told, default, failed)
        if kind == "string":
            return self._leaves.text(plan, fake, told, default, failed)
        return self._leaves.amount(plan, kind, fake, told, default, failed)

    def _hinted(self, plan: Plan, frame: Frame, number: int) -> Json:
        """Return what `x-faker` asks for, or ABSENT where that does not validate."""
        fake = Fake(self._setting.door, number, frame.scene, frame.name, frame.owner)
        made = hints.make(plan.schema[hints.KEYWORD], fake, plan.schema, plan.atoms)
        return made if made is not ABSENT and self._leaves.is_fine(plan, made) else ABSENT

    def _fits(self, plan: Plan, frame: Frame, name: str, value: Json) -> bool:
        """Say whether a property may have a value that its siblings ask for."""
        child = plan.objects.child(name)
        if child is None or self._failures.get(f"{frame.path}/{ptr.escape(name)}"):
            return False
        inner = self._planner.plan(child)
        if hints.KEYWORD in inner.schema or self._setting.fields.is_pinned(plan, name):
            return False
        if inner.groups or not inner.is_plain:
            return self._leaves.is_fine(inner, value)
        return inner.admits(value) and (
            inner.values is None or fingerprint(value) in {fingerprint(known) for known in inner.values}
        )

    def _agree(self, plan: Plan, frame: Frame, value: dict[str, Json], given: Mapping[str, Json]) -> None:
        """Make siblings agree, and what speaks of a list beside it."""

        def fits(name: str, made: Json) -> bool:
            return self._fits(plan, frame, name, made)

        required = frozenset(plan.objects.required)
        agreement.agree(agreement.Members(value, given, fits, required=required))
        items = agreement.only_list(value)
        for name in plan.paging if items is not None else ():
            inner = value.get(name)
            child = plan.objects.child(name)
            if not isinstance(inner, dict) or child is None or name in given:
                continue
            at = frame._replace(path=f"{frame.path}/{ptr.escape(name)}")
            settled = self._setting.choices.settle(
                child, 0, 0, given=inner, prefers_null=False, is_deep=False
            )
            members = agreement.Members(
                inner,
                {},
                partial(self._fits, settled, at),
                required=frozenset(settled.objects.required),
            )
            agreement.page(members, len(items or ()))

    # Arrays

    def _array(self, plan: Plan, frame: Frame, number: int, failed: int, hint: Json) -> list[Json]:
        arrays = plan.arrays
        shown = (
            hint if isinstance(hint, list) else next((e for e in plan.examples if isinstance(e, list)), [])
        )
        if failed % 2:
            shown = []
        lean = self._is_lean or (failed // 3) % 2 == 1
        node = arrays.child(0, 1)
        if plan.home in frame.above:
            lean = True
        if (
            not lean
            and frame.depth >= max(self._depth_limit, LISTED)
            and self._setting.sizes.is_composite(node)
        ):
            lean = True
        if not arrays.says_items:
            if shown:
                return copy.deepcopy(shown)
            lean = lean or not frame.name
        if self._setting.sizes.height(arrays.child(arrays.tuple_size, arrays.tuple_size + 1)) >= ENDLESS:
            lean = True
        count = arrays.count(number // 11, lean=lean)
        if shown and not lean and arrays.low <= len(shown) <= 3:
            count = max(min(len(shown), arrays.high), arrays.count(0, lean=True))
        return self._items(plan, frame, count, [], shown)

    def _given_items(self, plan: Plan, frame: Frame, given: list[Json]) -> list[Json]:
        return self._items(plan, frame, len(given), given, [])

    def _items(
        self, plan: Plan, frame: Frame, count: int, given: list[Json], shown: list[Json]
    ) -> list[Json]:
        arrays = plan.arrays
        inner = frame._replace(name=of_item(frame.name), above=(*frame.above, plan.home))
        items: list[Json] = []
        seen: set[str] = set()
        for index in range(count):
            at = inner._replace(path=f"{frame.path}/{index}")
            node = arrays.child(index, count)
            start = given[index] if index < len(given) else ABSENT
            hint = shown[index % len(shown)] if shown else ABSENT
            if arrays.is_unique and index >= len(shown):
                hint = ABSENT
            item = self.value(node, at, start, hint)
            if start is ABSENT and (arrays.is_unique or isinstance(item, str)):
                for turn in range(1, 25 if arrays.is_unique else 4):
                    if fingerprint(item) not in seen:
                        break
                    item = self.value(node, at._replace(salt=at.salt * 31 + 1000 + turn), ABSENT, ABSENT)
                else:
                    if len(items) >= arrays.low and fingerprint(item) in seen:
                        break
            if arrays.is_unique or isinstance(item, str):
                seen.add(fingerprint(item))
            items.append(item)
        return items

    # Objects

    def _object(self, plan: Plan, frame: Frame, failed: int, given: Json, hint: Json) -> dict[str, Json]:
        given = given if isinstance(given, dict) else {}
        shown = (
            hint if isinstance(hint, dict) else next((e for e in plan.examples if isinstance(e, dict)), {})
        )
        if failed % 2:
            shown = {}
        home = plan.home
        is_deep = frame.depth >= self._depth_limit or home in frame.above
        owner = (*plan.title, *frame.name) or frame.owner
        if not frame.path:
            owner = (*frame.owner, *owner)
        scene = self._scene(frame, given, self._shared(frame, owner), plan.objects.properties)
        depth = frame.depth + 1
        if failed % 4 in (1, 2):
            # Empty arrays and missing parts may be what makes two branches hold at once.
            depth = min(depth, self._depth_limit - 1)
        inner = Frame("", (), owner, scene, depth, (*frame.above, home), frame.salt)
        lean = self._is_lean or (failed // 3) % 2 == 1 or frame.depth > self._depth_limit + DEEPEST
        number = self._number(f"{frame.path}#names", frame.salt)
        result: dict[str, Json] = {}
        fields = self._setting.fields.of(
            plan,
            inner,
            number,
            given,
            shown,
            is_deep=is_deep,
            is_lean=lean,
            failed=failed,
            name_of=self._name_of,
        )
        for field in fields:
            at = inner._replace(path=f"{frame.path}/{ptr.escape(field.key)}", name=field.words)
            if is_deep and field.is_open:
                at = at._replace(depth=max(at.depth, self._depth_limit))
            start = given.get(field.key, ABSENT)
            if start is ABSENT and field.pinned is not ABSENT:
                result[field.key] = field.pinned
                continue
            result[field.key] = self.value(field.node, at, start, shown.get(field.key, ABSENT))
        if failed >= 2 and plan.rivals and not given:
            self._setting.fields.tell_apart(plan, result)
        elif plan.tells_of_siblings and not failed:
            self._agree(plan, frame, result, given)
        return result

    def _name_of(self, node: Node, frame: Frame, turn: int) -> Json:
        """Return a name for a property, where the document only says what names look like."""
        return self.value(
            node, frame._replace(path=f"{frame.path}#name{turn}", name=("key",)), ABSENT, ABSENT
        )

    def _shared(self, frame: Frame, owner: tuple[str, ...]) -> Scene | None:
        """Return the scene around, unless the object is somebody else."""
        if not frame.path or frame.path[-1].isdigit() or not vocabulary.PEOPLE.isdisjoint(owner[-2:]):
            return None
        return frame.scene

    def _scene(self, frame: Frame, given: Json, around: Scene | None, siblings: Iterable[str]) -> Scene:
        path, salt = frame.path, frame.salt

        def randomness(topic: str) -> random.Random:
            return random.Random(self._number(f"{path}#{topic}", salt))

        door, root = self._setting.door, frame.scene.root if path else None
        return Scene(randomness, door.person, door.places, given, around=around, root=root, siblings=siblings)

    def _number(self, path: str, salt: int) -> int:
        if salt:
            return self._setting.dice.number(*self._key, path, str(salt))
        return self._setting.dice.number(*self._key, path)
