"""Pages, filters and order of lists, read from their parameters and envelopes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from mockserver.document.inference import envelopes
from mockserver.document.inference.filters import Filters
from mockserver.document.inference.inputs import Input, Inputs, inputs
from mockserver.document.inference.model import Found, FoundOperation
from mockserver.document.inference.paging import paging
from mockserver.document.inference.record import Records
from mockserver.document.inference.sorting import sorting
from mockserver.document.inference.spellings import known
from mockserver.document.inference.view import View
from mockserver.document.naming import variables, word

_EXPANDS: Final = ("expand", "expands", "include", "includes", "embed", "populate", "with")
_SHOWS: Final = (
    "fields", "select", "attributes", "optfields", "returnfields", "fieldset", "includefields", "onlyfields", "props",
    "only", "field", "fieldmask", "properties",
)  # fmt: skip
_PREDICATE: Final = (
    (
        "property",
        "propertyname",
        "field",
        "fieldname",
        "column",
        "columnid",
        "columnname",
        "attribute",
        "key",
        "name",
    ),
    ("operator", "op", "comparator", "comparison", "operation"),
    ("value", "values"),
)
"""What a condition that a request spells out consists of."""
_CREDENTIALS: Final = known(
    "clientid secret clientsecret accesstoken token apikey key auth authtoken authorization"
)
"""What says who asks, in APIs that have it among their parameters: nobody misses that in a list."""
_TEXTS: Final = frozenset({"string", "array"})


@dataclass(frozen=True, slots=True)
class Refined:
    """What the plan says about an operation beside its action.

    Attributes:
        entry: As in the plan file.
        ignored: Inputs that have no effect, because nothing tells what they mean.
    """

    entry: Mapping[str, Any]
    ignored: tuple[str, ...] = ()


class Lists:
    """Refines the lists of one document.

    Args:
        view: The schemas.
        resources: All resources by name.
        references: Resource name -> property -> the resource that it names.
    """

    def __init__(
        self, view: View, resources: Mapping[str, Found], references: Mapping[str, Mapping[str, str]]
    ) -> None:
        self._view = view
        self._resources = resources
        self._references = references
        self._records: dict[str, Records] = {}

    def records(self, found: Found) -> Records:
        """Return the properties of a resource's records."""
        records = self._records.get(found.name)
        if records is None:
            records = self._records[found.name] = Records(
                self._view, found, self._references, self._resources
            )
        return records

    def refine(self, found: Found, operation: FoundOperation) -> Refined:
        """Return what the plan says about an operation beside its action, as its parameters and its envelope tell.

        `filters`, `sort`, `page`, `headers` of a list, and members of its `answer`: those that the envelope has beside
        the items (totals, cursors), as a template to be merged with the envelope's own. `expand` and `show` of any.
        """
        if not operation.is_list:
            return Refined(self._shown_by(found, operation))
        return self._list(found, operation)

    def _list(self, found: Found, operation: FoundOperation) -> Refined:
        view, records, answer = self._view, self.records(found), operation.answer
        given = Inputs(inputs(view, operation))
        entry: dict[str, Any] = {}
        schema = answer.schema
        pages = paging(
            view,
            given,
            answers_token=schema is not None and envelopes.answers_token(view, schema, answer.path),
            most=self._most(schema, answer.path),
        )
        if operation.action == "list":
            if pages.entry:
                entry["page"] = pages.entry
            sort = sorting(view, records, given, self._said(operation))
            if sort:
                entry["sort"] = sort
            self._shown(found, given, entry)
        predicates = _predicates(view, given)
        if predicates:
            entry["predicates"] = predicates
        filters = Filters(view, records, given, unknown=_unknown(operation)).entries()
        if filters:
            entry["filters"] = filters
        if schema is not None and (answer.path or not answer.many):
            removes = operation.action == "delete-matching"
            template = envelopes.Envelope(view, pages, removes=removes).template(schema, answer.path)
            if template:
                entry["answer"] = template
        response = operation.operation.responses.get(str(answer.status))
        headers = envelopes.headers(response.headers) if response is not None and pages.is_paged else {}
        if headers:
            entry["headers"] = headers
        scoped = {value for value in found.scope.values() if isinstance(value, str)}
        left = [item for item in given.left() if item.value not in scoped and item.word not in _CREDENTIALS]
        used = {_top(item) for item in given.taken()}
        # Of an object that is not understood at all, only its own name is told.
        return Refined(
            entry, tuple(dict.fromkeys(item.name if _top(item) in used else _top(item) for item in left))
        )

    def _most(self, schema: str | None, path: tuple[str, ...]) -> int | None:
        """Return how many items an answer may hold."""
        view = self._view
        for name in path:
            schema = view.properties(schema).get(name) if schema is not None else None
        most = view.schema(schema).get("maxItems") if schema is not None else None
        return most if isinstance(most, int) and most > 0 else None

    def _said(self, operation: FoundOperation) -> str:
        node = self._view.node(operation.operation.pointer)
        return " ".join(
            str(node[key]) for key in ("summary", "description") if isinstance(node.get(key), str)
        )

    def _shown_by(self, found: Found, operation: FoundOperation) -> dict[str, Any]:
        """Return `expand` and `show` of an operation that answers one record."""
        said = [
            (word(item.name), f"$request.query.{item.name}", item.schema)
            for item in operation.operation.parameters
            if item.place == "query" and "#" not in item.name
        ]
        if operation.request.schema is not None:
            properties = self._view.properties(operation.request.schema)
            said += [
                ("expand", f"$request.body#/{name}", properties[name])
                for name in ("expand",)
                if name in properties
            ]
        entry: dict[str, Any] = {}
        for key, names in (("expand", _EXPANDS), ("show", _SHOWS)):
            for name, value, schema in said:
                is_text = schema is None or not self._view.types(schema).isdisjoint(_TEXTS)
                if name in names and is_text and (key == "show" or self._references.get(found.name)):
                    entry.setdefault(key, value)
        return entry

    def _shown(self, found: Found, given: Inputs, entry: dict[str, Any]) -> None:
        expand = given.named(_EXPANDS, _TEXTS)
        if expand is not None and self._references.get(found.name):
            given.take(expand)
            entry["expand"] = expand.value
        of_type = (item for item in given.left() if len(item.parts) == 2 and word(item.parts[0]) in _SHOWS)
        show = given.named(_SHOWS, _TEXTS) or next(of_type, None)  # `fields[articles]`
        if show is not None and show.name not in self._view.properties(found.schema):
            given.take(show)
            entry["show"] = show.value


def _predicates(view: View, given: Inputs) -> dict[str, Any] | None:
    """Return the list of conditions that a request spells out itself: property, operator and value of each."""
    for item in given.left():
        items = view.items(item.schema) if item.schema is not None else None
        members = {word(name): name for name in view.properties(items)} if items is not None else {}
        told = [[members[name] for name in names if name in members] for names in _PREDICATE]
        if all(told):
            given.take(item)
            property, operator, value = (names[0] for names in told)
            return {"from": item.value, "property": property, "operator": operator, "value": value}
    return None


def _unknown(operation: FoundOperation) -> int | None:
    """Return the status for ids that are not there: a list below nothing has no other use for a 404."""
    is_top = not variables(operation.operation.path)
    response = operation.operation.responses.get("404") if is_top else None
    return None if response is None else 404


def _top(item: Input) -> str:
    """Return the name of the parameter, or of the member of the body, that an input is a part of."""
    if item.is_parameter:
        return item.name
    return re.split(r"[.\[]", item.name, maxsplit=1)[0]
