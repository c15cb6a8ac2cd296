"""Reads the operations of a plan."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

from mockserver.document import pointer as ptr
from mockserver.document.model import Operation
from mockserver.document.plan import (
    ABSENT,
    STATELESS,
    Action,
    Filter,
    OperationPlan,
    Paging,
    Predicates,
    Resource,
    Sort,
)
from mockserver.document.planfile.reading import Reading
from mockserver.errors import Json

KEYS: Final = (
    "action", "resource", "id", "ids", "find", "item", "items", "answer", "headers", "status", "set", "when", "merge",
    "missing", "expand", "show", "filters", "predicates", "sort", "page",
)  # fmt: skip
OPERATORS: Final = ("eq", "ne", "gt", "ge", "lt", "le", "contains", "starts", "ends", "search", "exists")
_FILTER_KEYS: Final = ("property", "operator", "separator", "empty", "unknown", "value", "ignore")
_SORT_KEYS: Final = ("pairs", "by", "order", "text", "names", "default")
_PAGE_KEYS: Final = (
    "offset", "start", "number", "after", "before", "token", "limit", "default-limit", "max-limit", "first",
)  # fmt: skip


class OperationReader:
    """Reads the operations of a plan.

    Args:
        resources: Those that the plan has.
        inferred: Ids of the operations whose action nobody but inference says.
    """

    def __init__(
        self, reading: Reading, resources: Mapping[str, Resource], inferred: Collection[str] = ()
    ) -> None:
        self._reading = reading
        self._resources = resources
        self._inferred = inferred

    def operation(self, name: str, raw: Json, pointer: str) -> OperationPlan | None:
        """Return what one operation does, None where it is to have no state."""
        reading = self._reading
        operation = reading.document.operations[
            reading.there(name, reading.document.operations, "operation", pointer)
        ]
        node = reading.object(raw, pointer, KEYS)
        if raw is None or node.get("action") == STATELESS:
            return None
        if node.get("action") is None:
            known = ", ".join([*Action, STATELESS])
            raise reading.error(pointer, f"'action' is missing, and none is inferred; there are {known}")
        action = Action(
            reading.known(node.get("action"), [*Action, STATELESS], "action", ptr.join(pointer, "action"))
        )
        place = ptr.join(pointer, "resource")
        resource = self._resources[reading.there(node.get("resource"), self._resources, "resource", place)]
        if action in (Action.COUNT, Action.DELETE_MATCHING) and "answer" not in node:
            raise reading.error(pointer, f"the action '{action}' needs an 'answer'")
        missing = node.get("missing", 404)
        if missing not in (404, "generated"):
            raise reading.error(
                ptr.join(pointer, "missing"), f"404 or generated is expected, not {missing!r}"
            )
        predicates = node.get("predicates")
        return OperationPlan(
            operation=operation,
            action=action,
            resource=resource,
            id=node.get("id", ABSENT),
            ids=node.get("ids", ABSENT),
            find=self._of_record(node.get("find"), ptr.join(pointer, "find"), resource),
            item=node.get("item", ABSENT),
            items=node.get("items", ABSENT),
            answer=node.get("answer", ABSENT),
            headers=reading.object(node.get("headers"), ptr.join(pointer, "headers")),
            status=self._status(node.get("status"), operation, ptr.join(pointer, "status")),
            set=self._of_record(node.get("set"), ptr.join(pointer, "set"), resource),
            when={
                key: tuple(value) if isinstance(value, list) else (value,)
                for key, value in self._of_record(
                    node.get("when"), ptr.join(pointer, "when"), resource
                ).items()
            },
            merge=reading.known(
                node.get("merge", "deep"), ("deep", "shallow"), "way to merge", ptr.join(pointer, "merge")
            ),
            generates_missing=missing == "generated",
            expand=node.get("expand", ABSENT),
            show=node.get("show", ABSENT),
            filters=tuple(
                item
                for _, item in reading.entries(
                    node.get("filters"),
                    ptr.join(pointer, "filters"),
                    lambda key, value, where: self._filter(key, value, where, operation),
                )
                if item is not None
            ),
            predicates=()
            if predicates is None
            else (self._predicates(predicates, ptr.join(pointer, "predicates")),),
            sort=self._sort(node.get("sort"), ptr.join(pointer, "sort")),
            page=self._page(node.get("page"), ptr.join(pointer, "page")),
            inferred=name in self._inferred,
            pointer=pointer,
        )

    def _of_record(self, raw: Json, pointer: str, resource: Resource) -> dict[str, Json]:
        """Return values by the (dotted) properties of a record that they are about, without what no record has."""
        own = {*resource.references, *resource.scope, resource.id_property}

        def value(name: str, value: Json, place: str) -> Json:
            first = name.split(".", maxsplit=1)[0]
            if name not in own and first not in own:
                self._reading.declared([first], resource.schema, place)
            return value

        return dict(self._reading.entries(raw, pointer, value))

    def _status(self, raw: Json, operation: Operation, pointer: str) -> int | None:
        if raw is None:
            return None
        status = self._reading.integer(raw, pointer)
        if status > 599 or not operation.response_for(status):
            misfit = self._reading.misfit(pointer, f"the operation declares no response {status!r}")
            self._reading.tell(misfit, "the lowest success that is declared is answered")
            return None
        return status

    def _filter(self, name: str, raw: Json, pointer: str, operation: Operation) -> Filter | None:
        reading = self._reading
        if raw is None:
            return None  # taken back
        if isinstance(raw, str):
            raw = {"property": raw}
        node = reading.object(raw, pointer, _FILTER_KEYS)
        if "value" not in node:
            declared = [parameter.name for parameter in operation.parameters if parameter.place == "query"]
            reading.there(name, declared, "query parameter", pointer)
        operator = reading.known(
            node.get("operator", "eq"), OPERATORS, "operator", ptr.join(pointer, "operator")
        )
        if operator == "search" and "property" in node:
            raise reading.error(pointer, "a search looks at every text; take 'contains' for one property")
        unknown = node.get("unknown")
        ignore = node.get("ignore", [])
        property = str(node.get("property", name))
        return Filter(
            name=name,
            path=() if operator == "search" else tuple(property.split(".")),
            value=node.get("value", f"$request.query.{name}"),
            operator=operator,
            separator=reading.text(node.get("separator"), ptr.join(pointer, "separator")),
            empty_is_null="empty" in node,
            unknown=None if unknown is None else reading.integer(unknown, ptr.join(pointer, "unknown")),
            ignore=tuple(ignore) if isinstance(ignore, list) else (ignore,),
        )

    def _predicates(self, raw: Json, pointer: str) -> Predicates:
        node = self._reading.object(raw, pointer, ("from", "property", "operator", "value"))
        keys = node.get("property", "property")
        if "from" not in node:
            raise self._reading.error(pointer, "'from' is missing: where does the request spell them out?")
        return Predicates(
            value=node["from"],
            property_keys=tuple(keys if isinstance(keys, list) else [keys]),
            operator_key=str(node.get("operator", "operator")),
            value_key=str(node.get("value", "value")),
        )

    def _sort(self, raw: Json, pointer: str) -> Sort:
        reading = self._reading
        node = reading.object(raw, pointer, _SORT_KEYS)
        default = node.get("default", [])
        default = [default] if isinstance(default, str) else default
        if not isinstance(default, list) or not all(isinstance(name, str) for name in default):
            raise reading.error(
                ptr.join(pointer, "default"), "a property name, or a list of them, is expected"
            )
        names = reading.object(node.get("names"), ptr.join(pointer, "names"))
        for spelling, property in names.items():
            if not isinstance(property, str):
                raise reading.error(ptr.join(pointer, "names", spelling), "a property name is expected")
        return Sort(
            pairs=node.get("pairs", ABSENT),
            by=node.get("by", ABSENT),
            order=node.get("order", ABSENT),
            text=node.get("text", ABSENT),
            names=names,
            default=tuple((text.removeprefix("-"), text.startswith("-")) for text in default),
        )

    def _page(self, raw: Json, pointer: str) -> Paging:
        reading = self._reading
        node = reading.object(raw, pointer, _PAGE_KEYS)
        default, most = node.get("default-limit"), node.get("max-limit")
        return Paging(
            offset=node.get("offset", ABSENT),
            start=node.get("start", ABSENT),
            number=node.get("number", ABSENT),
            after=node.get("after", ABSENT),
            before=node.get("before", ABSENT),
            token=node.get("token", ABSENT),
            limit=node.get("limit", ABSENT),
            default_limit=None
            if default is None
            else reading.integer(default, ptr.join(pointer, "default-limit")),
            max_limit=None
            if most is None
            else reading.integer(most, ptr.join(pointer, "max-limit"), least=1),
            first=reading.integer(node.get("first", 1), ptr.join(pointer, "first")),
        )
