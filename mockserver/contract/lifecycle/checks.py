"""What is looked at in the life of a record: a table."""

from __future__ import annotations

from typing import Final

from mockserver.contract.describing import Check
from mockserver.contract.findings import Level

_TABLE: Final = (
    (
        "id-is-unique", Level.ERROR, "Two records were given one id",
        "Give each record an id of its own, and never again.",
    ),
    (
        "created-is-readable", Level.ERROR, "What was created cannot be read",
        "Keep what was created, and answer the GET of its id with it.",
    ),
    (
        "location-leads-to-it", Level.ERROR, "The Location of what was created does not lead to it",
        "Send the URL of the new resource (RFC 9110 section 10.2.2).",
    ),
    (
        "sent-is-kept", Level.WARNING, "What was sent is not what is read",
        "Keep the property as it was sent; if the server means to change it, mark it `readOnly`.",
    ),
    (
        "created-is-listed", Level.ERROR, "What was created is not in the list",
        "List every record; if the list has a default filter, say so in the plan.",
    ),
    (
        "listed-once", Level.ERROR, "A record is listed twice",
        "Let each page begin where the one before it has ended, in an order that stays.",
    ),
    (
        "limit-is-kept", Level.ERROR, "A page has more items than were asked for",
        "Cut pages to the limit of the request.",
    ),
    (
        "total-is-right", Level.ERROR, "The total of a list is not the number of its items",
        "Count all items that match, not those of the page.",
    ),
    (
        "link-leads-on", Level.ERROR, "A link to the next page does not lead there",
        "Link to the items that follow, with the same filters (RFC 8288).",
    ),
    (
        "filter-is-kept", Level.ERROR, "A list has items that its filter leaves out",
        "Apply the filter; if the parameter means something else, say so in the plan.",
    ),
    (
        "filter-finds", Level.ERROR, "A filter leaves out an item that it asks for",
        "Compare the filter with the property as it is shown.",
    ),
    (
        "order-is-kept", Level.ERROR, "A list is not in the order that was asked for",
        "Sort by what the parameter says; if it means something else, say so in the plan.",
    ),
    (
        "update-is-kept", Level.ERROR, "An update is not kept",
        "Keep what the update changes, so that the next GET shows it.",
    ),
    (
        "update-is-answered", Level.ERROR, "The answer to an update does not show it",
        "Answer with the record as it is after the update.",
    ),
    (
        "update-leaves-the-rest", Level.ERROR, "An update changes what it does not name",
        "Leave properties alone that a PATCH does not have (RFC 7396).",
    ),
    (
        "tag-follows-version", Level.ERROR, "The ETag stays the same while the record changes",
        "Give each version of a record an ETag of its own (RFC 9110 section 8.8.3).",
    ),
    (
        "deleted-is-gone", Level.ERROR, "What was deleted can still be read",
        "Answer 404 or 410 for what is deleted.",
    ),
    (
        "deleted-is-not-listed", Level.ERROR, "What was deleted is still listed",
        "Leave out of lists what is deleted.",
    ),
)  # fmt: skip

CHECKS: Final = {name: Check(name, level, title, advice) for name, level, title, advice in _TABLE}
"""Checks by name. Those that rest on what inference has guessed only warn, see `Session.found`."""

GUESSED: Final = frozenset({"filter-is-kept", "filter-finds", "order-is-kept"})
"""Checks of what a parameter means, which a name may suggest wrongly."""
