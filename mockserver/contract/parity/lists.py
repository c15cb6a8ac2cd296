"""Steps that look at lists: is a record in them, do filters and pages do what the plan says?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from mockserver.contract.parity.steps import NEXT, Paged, Step
from mockserver.contract.reading import at, input_of, places_of
from mockserver.contract.requests.maker import CannotMake, Draft, Maker
from mockserver.contract.requests.slots import Slot
from mockserver.document.plan import ABSENT, Action, OperationPlan
from mockserver.document.shapes import Shape
from mockserver.mocking.sorting import readings

_ORDERS: Final = 6
"""Orders of a list that are tried."""
PAGE: Final = "first page"
"""Binding of an answer that has the first page."""


def before(maker: Maker, plans: list[OperationPlan], known: Mapping[str, str]) -> Iterator[Step]:
    """Yield the lists before anything was made, so that totals can be held against them."""
    for plan, draft in _lists(maker, plans, known):
        yield Step("list before", draft, plan.operation, plan)


def about(
    maker: Maker,
    plans: list[OperationPlan],
    known: Mapping[str, str],
    name: str,
    *,
    is_own: bool,
    echo: Any,
) -> Iterator[Step]:
    """Yield the lists that should have a record, whole, filtered, and page by page.

    Args:
        maker: Makes the requests.
        plans: Of the resource.
        known: Resource -> binding.
        name: Binding of the record.
        is_own: Whether the record was made by the steps before.
        echo: What was sent of it.
    """
    for plan, draft in _lists(maker, plans, known):
        if is_own:
            yield Step(
                "list",
                draft,
                plan.operation,
                plan,
                keys=maker.names.keys(plan.resource),
                holds=(name, f"{name} 2"),
            )
        yield from _filtered(maker, plan, draft, name, echo)
        if is_own:
            yield from _ordered(maker, plan, draft, name, echo)
        yield from _pages(maker, plan, draft)


def after(maker: Maker, plans: list[OperationPlan], known: Mapping[str, str], name: str) -> Iterator[Step]:
    """Yield the lists that should not have a record any more."""
    for plan, draft in _lists(maker, plans, known):
        yield Step(
            "list after delete", draft, plan.operation, plan, keys=maker.names.keys(plan.resource), lacks=name
        )


def _lists(
    maker: Maker, plans: list[OperationPlan], known: Mapping[str, str]
) -> Iterator[tuple[OperationPlan, Draft]]:
    for plan in plans:
        if plan.action is not Action.LIST:
            continue
        try:
            draft = maker.draft(plan.operation, known)
        except CannotMake:
            continue
        yield plan, _widest(maker, plan, draft)


def _widest(maker: Maker, plan: OperationPlan, draft: Draft) -> Draft:
    """Return the list with as many records as a page may have, so that a new one is likely among them."""
    limit = input_of(plan.page.limit)
    if limit is None or limit.place != "query" or plan.page.max_limit is None:
        return draft
    return replace(draft, query={**draft.query, limit.name: plan.page.max_limit})


def _filtered(maker: Maker, plan: OperationPlan, draft: Draft, name: str, echo: Any) -> Iterator[Step]:
    """Yield the list filtered by what the record has itself: it must be there, and no other kind."""
    declared = {item.name: item for item in plan.operation.parameters if item.place == "query"}
    schema, keys = (
        Shape(maker.document.response_schemas, plan.resource.schema),
        maker.names.keys(plan.resource),
    )
    for item in plan.filters:
        found = input_of(item.value)
        if found is None or found.place != "query" or item.operator != "eq" or found.name in draft.query:
            continue
        parameter = declared.get(found.name)
        if len(item.path) != 1 or parameter is None or item.path[0] not in schema.properties:
            continue
        # The value was sent by us, or is the record's own on each server.
        sent = at(echo, item.path) if echo is not ABSENT else ABSENT
        value: Any = sent if sent is not ABSENT else Slot(name, item.path)
        if isinstance(value, dict | list) or value is None:
            continue
        query: Any = [value] if _takes_lists(maker, parameter.schema) else value
        filtered = replace(draft, query={**draft.query, found.name: query})
        title = f"list by {found.name}"
        yield Step(title, filtered, plan.operation, plan, keys=keys, holds=(name,), filters=(item, value))


def _ordered(maker: Maker, plan: OperationPlan, draft: Draft, name: str, echo: Any) -> Iterator[Step]:
    """Yield the list in the orders that the document names, of properties that the client has sent."""
    given = input_of(plan.sort.text) or input_of(plan.sort.by)
    if given is None or given.place != "query" or not isinstance(echo, dict):
        return
    orders: list[tuple[dict[str, Any], str]] = []
    # What was made first is older on both servers.
    times = {name for name, rules in plan.resource.fields.items() if rules.create == "$now"}
    for value in _choices(maker, plan, given.name):
        known = (
            plan.sort.names.get(text, text) for text, _ in (readings(value) if isinstance(value, str) else ())
        )
        property = next(
            (text for text in known if text in times or isinstance(echo.get(text), str | int | float)), None
        )
        if property is not None:
            orders.append(({given.name: value}, property))
    way = input_of(plan.sort.order)
    if orders and way is not None and way.place == "query":
        orders += [
            ({**orders[0][0], way.name: value}, orders[0][1]) for value in _choices(maker, plan, way.name)
        ]
    keys = maker.names.keys(plan.resource)
    for query, property in orders[:_ORDERS]:
        sorted_ = replace(draft, query={**draft.query, **query})
        title = "list by " + " ".join(f"{key}={value}" for key, value in query.items())
        yield Step(
            title,
            sorted_,
            plan.operation,
            plan,
            keys=keys,
            order=(property, next(iter(query)), name, f"{name} 2"),
        )


def _choices(maker: Maker, plan: OperationPlan, name: str) -> list[Any]:
    """Return the values that the document names for a parameter of the query."""
    declared = (item for item in plan.operation.parameters if item.place == "query" and item.name == name)
    pointer = next((item.schema for item in declared), None)
    try:
        _, schema = maker.document.request_schemas.resolve(pointer) if pointer is not None else ("", None)
    except (KeyError, ValueError):
        return []
    values = schema.get("enum") if isinstance(schema, dict) else None
    return values if isinstance(values, list) else []


def _takes_lists(maker: Maker, schema: str | None) -> bool:
    if schema is None:
        return False
    try:
        _, found = maker.document.request_schemas.resolve(schema)
    except (KeyError, ValueError):
        return False
    return isinstance(found, dict) and found.get("type") == "array"


def _pages(maker: Maker, plan: OperationPlan, draft: Draft) -> Iterator[Step]:
    limit, page = input_of(plan.page.limit), plan.page
    if limit is None or limit.place != "query":
        return
    one = replace(draft, query={**draft.query, limit.name: 1})
    yield Step("list a page of one", one, plan.operation, plan, keeps=PAGE, paged=Paged(1))
    following: dict[str, Any] = {}
    said = places_of(plan).page
    ways = (
        (page.token, Slot(PAGE, said["next_token"]) if "next_token" in said else None),
        (page.number, page.first + 1),
        (page.offset, 1),
        (page.start, 2),
    )
    for raw, value in ways:
        found = input_of(raw)
        if found is not None and found.place == "query" and value is not None:
            following = {found.name: value}
            break
    keys = maker.names.keys(plan.resource)
    links = [("the Link", Slot(NEXT.format(PAGE)))]
    links += [("the URL", Slot(PAGE, said[name])) for name in ("next_url", "next_uri") if name in said]
    for what, slot in links:
        # The page that the link leads to is held against the first one.
        title = f"follow {what} to the next page of one"
        yield Step(title, one, plan.operation, plan, keys=keys, paged=Paged(1, PAGE), follows=slot)
    if following:
        two = replace(one, query={**one.query, **following})
        yield Step(
            "list the next page of one",
            two,
            plan.operation,
            plan,
            keys=keys,
            paged=Paged(1, PAGE),
        )
