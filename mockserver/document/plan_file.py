"""Reads a plan from the YAML file beside its document and checks it against the document.

A misspelt name is an error with its place and a near miss, and not an operation without state.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from mockserver.document import pointer as ptr
from mockserver.document.loading.loader import read
from mockserver.document.messages.coercion import Coercion
from mockserver.document.model import Document, Operation
from mockserver.document.plan import (
    ABSENT,
    Action,
    Credential,
    FieldRules,
    Filter,
    OperationPlan,
    Paging,
    Plan,
    Predicates,
    Reference,
    Resource,
    Sort,
)
from mockserver.errors import Json, PlanError

VERSION: Final = "1"


def path_beside(document: Path) -> Path:
    """Return where the plan of a document lies: `api.yaml` -> `api.plan.yaml`."""
    return document.with_name(f"{document.stem}.plan.yaml")


def load(document: Document, path: Path | None = None) -> Plan:
    """Read the plan of a document: the one at `path`, or beside it, or an empty one.

    Raises:
        PlanError: The plan does not have the format, or does not fit the document.
        DocumentError: The file cannot be read.
    """
    source = path or path_beside(document.source)
    if path is None and not source.is_file():
        return Plan()
    return build(read(source), document, source)


def build(raw: Json, document: Document, source: Path) -> Plan:
    """Check a plan that was read before, and model it.

    Raises:
        PlanError: See `load`.
    """
    return _Reader(document, source).plan(raw)


class _Reader:
    def __init__(self, document: Document, source: Path) -> None:
        self.document = document
        self.source = source

    def error(self, pointer: str, message: str) -> PlanError:
        return PlanError(f"{self.source}: at {pointer or '/'}: {message}")

    def object(self, raw: Json, pointer: str, allowed: Iterable[str] | None = None) -> dict[str, Any]:
        if raw is None:
            return {}
        if not isinstance(raw, dict):
            raise self.error(pointer, f"a mapping is expected, not {raw!r}")
        if allowed is not None:
            names = list(allowed)
            for key in raw:
                if key not in names:
                    raise self.error(
                        pointer,
                        f"unknown key {key!r}{_hint(key, names)}; known are {', '.join(sorted(names))}",
                    )
        return raw

    def known(self, name: Json, names: Iterable[str], kind: str, pointer: str) -> str:
        names = list(names)
        if name not in names:
            raise self.error(pointer, f"there is no {kind} {name!r}{_hint(str(name), names)}")
        return str(name)

    def plan(self, raw: Json) -> Plan:
        root = self.object(raw, "", ("plan", "credentials", "principal", "resources", "operations"))
        if str(root.get("plan")) != VERSION:
            raise self.error("/plan", f"the format's version should be {VERSION!r}, not {root.get('plan')!r}")
        declared = self.object(root.get("resources"), "/resources")
        resources = {
            name: self.resource(name, value, ptr.join("/resources", name), declared)
            for name, value in declared.items()
        }
        operations = {
            name: self.operation(name, value, ptr.join("/operations", name), resources)
            for name, value in self.object(root.get("operations"), "/operations").items()
        }
        return Plan(
            source=self.source,
            credentials=self.credentials(root.get("credentials")),
            principal=self.object(root.get("principal"), "/principal"),
            resources=resources,
            operations=operations,
        )

    def credentials(self, raw: Json) -> dict[str, Credential]:
        result: dict[str, Credential] = {}
        for name, value in self.object(raw, "/credentials").items():
            pointer = ptr.join("/credentials", name)
            self.known(name, self.document.security_schemes, "security scheme", pointer)
            node = self.object(value, pointer, ("pattern", "example"))
            pattern, example = str(node.get("pattern", "")), node.get("example")
            try:
                result[name] = Credential(re.compile(pattern), None if example is None else str(example))
            except re.error as error:
                raise self.error(
                    ptr.join(pointer, "pattern"), f"{pattern!r} is no regular expression: {error}"
                ) from error
            if example is not None and not result[name].pattern.search(str(example)):
                raise self.error(
                    ptr.join(pointer, "example"), f"{example!r} does not have the pattern {pattern!r}"
                )
        return result

    def resource(self, name: str, raw: Json, pointer: str, names: Mapping[str, Json]) -> Resource:
        keys = ("schema", "id", "references", "unique", "fields", "delete", "seed", "fill")
        node = self.object(raw, pointer, keys)
        identity = self.object(node.get("id"), ptr.join(pointer, "id"), ("property", "make", "client"))
        unique = node.get("unique") or []
        if not isinstance(unique, list) or not all(isinstance(key, list) and key for key in unique):
            raise self.error(ptr.join(pointer, "unique"), "a list of lists of property names is expected")
        rules = self.object(node.get("fields"), ptr.join(pointer, "fields"))
        make = str(identity.get("make", "uuid4"))
        for placeholder in re.findall(r"\{[^{}]*\}", make):
            if not re.fullmatch(r"\{(?:hex:\d+|base62:\d+|digits:\d+|n)\}", placeholder):
                known = "{hex:N}, {base62:N}, {digits:N} and {n}"
                message = f"{placeholder!r} makes no part of an id; known are {known}"
                raise self.error(ptr.join(pointer, "id", "make"), message)
        schema = self.schema(node.get("schema"), ptr.join(pointer, "schema"))
        for index, key in enumerate(unique):
            self.declared(key, schema, ptr.join(pointer, "unique", index))
        # What is only computed for answers need not stand in the record.
        stored = [key for key, rule in rules.items() if not isinstance(rule, dict) or rule.keys() - {"read"}]
        self.declared(stored, schema, ptr.join(pointer, "fields"))
        return Resource(
            name=name,
            schema=schema,
            id_property=str(identity.get("property", "id")),
            make=make,
            client_ids=identity.get("client") is True,
            references={
                key: self.reference(key, value, ptr.join(pointer, "references", key), names)
                for key, value in self.object(node.get("references"), ptr.join(pointer, "references")).items()
            },
            unique=tuple(tuple(str(part) for part in key) for key in unique),
            fields={key: self.field(value, ptr.join(pointer, "fields", key)) for key, value in rules.items()},
            soft_delete=self.deletion(node.get("delete", "hard"), ptr.join(pointer, "delete")),
            seed=self.integer(node.get("seed", 0), ptr.join(pointer, "seed")),
            lean=self.known(
                node.get("fill", "all"), ("all", "required"), "way to fill", ptr.join(pointer, "fill")
            )
            == "required",
            pointer=pointer,
        )

    def declared(self, names: Iterable[Json], schema: str, pointer: str) -> None:
        """Refuse a property that records would drop, because their schema does not declare it."""
        coercion = Coercion(self.document.response_schemas, schema)
        properties = coercion.properties()
        if not properties or coercion.is_open:
            return
        for name in names:
            if name not in properties:
                raise self.error(
                    pointer, f"the schema declares no property {name!r}{_hint(str(name), properties)}"
                )

    def schema(self, raw: Json, pointer: str) -> str:
        if not isinstance(raw, str):
            raise self.error(pointer, "the name of a schema is expected, e.g. 'Pet', or a pointer '#/...'")
        place = raw[1:] if raw.startswith("#") else ptr.join("/components/schemas", raw)
        try:
            ptr.lookup(self.document.root, place)
        except (KeyError, ValueError):
            components = self.document.root.get("components")
            schemas = components.get("schemas") if isinstance(components, dict) else None
            names = list(schemas) if isinstance(schemas, dict) else []
            raise self.error(pointer, f"the document has no schema {raw!r}{_hint(raw, names)}") from None
        return place

    def reference(self, name: str, raw: Json, pointer: str, names: Mapping[str, Json]) -> Reference:
        if isinstance(raw, str):
            raw = {"resource": raw}
        node = self.object(raw, pointer, ("resource", "missing", "on-delete"))
        missing = node.get("missing", 404)
        return Reference(
            property=name,
            resource=self.known(node.get("resource"), names, "resource", pointer),
            missing=None if missing == "ignore" else self.integer(missing, ptr.join(pointer, "missing")),
            on_delete=self.known(
                node.get("on-delete", "keep"),
                ("keep", "cascade", "restrict"),
                "deletion rule",
                ptr.join(pointer, "on-delete"),
            ),
        )

    def field(self, raw: Json, pointer: str) -> FieldRules:
        node = self.object(raw, pointer, ("default", "create", "write", "read", "seed", "wrap", "immutable"))
        return FieldRules(**node)

    def deletion(self, raw: Json, pointer: str) -> str | None:
        if raw == "hard":
            return None
        if isinstance(raw, dict) and isinstance(raw.get("soft"), str):
            return str(self.object(raw, pointer, ("soft",))["soft"])
        raise self.error(pointer, "'hard' or {soft: PROPERTY} is expected")

    def integer(self, raw: Json, pointer: str) -> int:
        if not isinstance(raw, int) or isinstance(raw, bool) or raw < 0:
            raise self.error(pointer, f"a whole number is expected, not {raw!r}")
        return raw

    def text(self, raw: Json, pointer: str) -> str | None:
        if raw is not None and (not isinstance(raw, str) or not raw):
            raise self.error(pointer, f"a text is expected, not {raw!r}")
        return raw

    def operation(
        self, name: str, raw: Json, pointer: str, resources: Mapping[str, Resource]
    ) -> OperationPlan:
        keys = (
            "action",
            "resource",
            "id",
            "ids",
            "item",
            "items",
            "answer",
            "status",
            "set",
            "filters",
            "predicates",
            "sort",
            "page",
        )
        node = self.object(raw, pointer, keys)
        self.known(name, self.document.operations, "operation", pointer)
        action = Action(self.known(node.get("action"), list(Action), "action", ptr.join(pointer, "action")))
        resource = resources[
            self.known(node.get("resource"), resources, "resource", ptr.join(pointer, "resource"))
        ]
        if action in (Action.COUNT, Action.DELETE_MATCHING) and "answer" not in node:
            raise self.error(pointer, f"the action '{action}' needs an 'answer'")
        status = node.get("status")
        operation = self.document.operations[name]
        if status is not None and (
            self.integer(status, ptr.join(pointer, "status")) > 599 or not operation.response_for(status)
        ):
            raise self.error(ptr.join(pointer, "status"), f"the operation declares no response {status!r}")
        predicates = node.get("predicates")
        return OperationPlan(
            operation=operation,
            action=action,
            resource=resource,
            id=node.get("id", ABSENT),
            ids=node.get("ids", ABSENT),
            item=node.get("item", ABSENT),
            items=node.get("items", ABSENT),
            answer=node.get("answer", ABSENT),
            status=status,
            set=self.object(node.get("set"), ptr.join(pointer, "set")),
            filters=tuple(
                self.filter(key, value, ptr.join(pointer, "filters", key), operation)
                for key, value in self.object(node.get("filters"), ptr.join(pointer, "filters")).items()
            ),
            predicates=()
            if predicates is None
            else (self.predicates(predicates, ptr.join(pointer, "predicates")),),
            sort=self.sort(node.get("sort"), ptr.join(pointer, "sort")),
            page=self.page(node.get("page"), ptr.join(pointer, "page")),
            pointer=pointer,
        )

    def filter(self, name: str, raw: Json, pointer: str, operation: Operation) -> Filter:
        if isinstance(raw, str):
            raw = {"property": raw}
        node = self.object(raw, pointer, ("property", "operator", "separator", "empty", "unknown", "value"))
        if "value" not in node:
            declared = [parameter.name for parameter in operation.parameters if parameter.place == "query"]
            self.known(name, declared, "query parameter", pointer)
        operators = ("eq", "ne", "gt", "ge", "lt", "le", "contains")
        unknown = node.get("unknown")
        return Filter(
            name=name,
            path=tuple(str(node.get("property", name)).split(".")),
            value=node.get("value", f"$request.query.{name}"),
            operator=self.known(
                node.get("operator", "eq"), operators, "operator", ptr.join(pointer, "operator")
            ),
            separator=self.text(node.get("separator"), ptr.join(pointer, "separator")),
            empty_is_null="empty" in node,
            unknown=None if unknown is None else self.integer(unknown, ptr.join(pointer, "unknown")),
        )

    def predicates(self, raw: Json, pointer: str) -> Predicates:
        node = self.object(raw, pointer, ("from", "property", "operator", "value"))
        keys = node.get("property", "property")
        if "from" not in node:
            raise self.error(pointer, "'from' is missing: where does the request spell them out?")
        return Predicates(
            value=node["from"],
            property_keys=tuple(keys if isinstance(keys, list) else [keys]),
            operator_key=str(node.get("operator", "operator")),
            value_key=str(node.get("value", "value")),
        )

    def sort(self, raw: Json, pointer: str) -> Sort:
        node = self.object(raw, pointer, ("pairs", "by", "order", "default"))
        default = node.get("default", [])
        default = [default] if isinstance(default, str) else default
        if not isinstance(default, list) or not all(isinstance(name, str) for name in default):
            raise self.error(ptr.join(pointer, "default"), "a property name, or a list of them, is expected")
        return Sort(
            pairs=node.get("pairs", ABSENT),
            by=node.get("by", ABSENT),
            order=node.get("order", ABSENT),
            default=tuple((text.removeprefix("-"), text.startswith("-")) for text in default),
        )

    def page(self, raw: Json, pointer: str) -> Paging:
        node = self.object(raw, pointer, ("offset", "number", "limit", "default-limit", "first"))
        limit = node.get("default-limit")
        return Paging(
            offset=node.get("offset", ABSENT),
            number=node.get("number", ABSENT),
            limit=node.get("limit", ABSENT),
            default_limit=None if limit is None else self.integer(limit, ptr.join(pointer, "default-limit")),
            first=self.integer(node.get("first", 1), ptr.join(pointer, "first")),
        )


def _hint(name: str, names: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, list(names), n=1)
    return f" (did you mean {str(near[0])!r}?)" if near else ""
