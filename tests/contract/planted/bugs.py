"""The bugs that can be planted, and which checks must find each.

A row is: the bug, the check that finds it in the phase `lifecycle` of `verify`, in the proxy which sees a client at
work, and in the phases of Schemathesis; "" where that is not how the bug shows.
"""

from __future__ import annotations

from typing import NamedTuple


class Bug(NamedTuple):
    """One bug and who finds it."""

    name: str
    lifecycle: str = ""
    proxy: str = ""
    fuzzing: str = ""


BUGS = (
    Bug("wrong status", "undeclared-status", "undeclared-status"),
    Bug("no body", "response-body", "response-body"),
    Bug("missing field", "response-body", "response-body"),
    Bug("wrong type", "response-body", "response-body"),
    Bug("wrong format", "response-body", "response-body"),
    Bug("value outside of the enum", "response-body", "response-body"),
    Bug("null where none may be", "response-body", "response-body"),
    Bug("number out of bounds", "response-body", "response-body"),
    Bug("field too many", "response-body", "response-body"),
    Bug("not JSON", "response-body", "response-body"),
    Bug("wrong charset", "response-body", "response-body"),
    Bug("coding that it does not have", "response-body", "response-body"),
    Bug("broken gzip", "response-body", "response-body"),
    Bug("undeclared media type", "undeclared-media-type", "undeclared-media-type"),
    Bug("missing header", "response-header", "response-header"),
    Bug("header of the wrong type", "response-header", "response-header"),
    Bug("missing Location", "response-header", "response-header"),
    Bug("404 as 418", "undeclared-status", "undeclared-status"),
    Bug("error of another shape", "response-body", "response-body"),
    Bug("created is not kept", "created-is-readable"),
    Bug("created is not listed", "created-is-listed"),
    Bug("same id twice", "id-is-unique"),
    Bug("field is lost", "sent-is-kept"),
    Bug("Location to nowhere", "location-leads-to-it"),
    Bug("pages overlap", "listed-once"),
    Bug("ignored limit", "limit-is-kept"),
    Bug("wrong page total", "total-is-right"),
    Bug("broken Link", "link-leads-on"),
    Bug("Link to the same page", "link-leads-on"),
    Bug("ignored filter", "filter-is-kept"),
    Bug("ignored sort", "order-is-kept"),
    Bug("update is not kept", "update-is-kept"),
    Bug("update loses the rest", "update-leaves-the-rest"),
    Bug("update answers what was before", "update-is-answered"),
    Bug("deleted is kept", "deleted-is-gone"),
    Bug("deleted is still listed", "deleted-is-not-listed"),
    Bug("use after free", "deleted-is-gone", fuzzing="use-after-delete"),
    Bug("ignored auth", fuzzing="ignored-auth"),
    Bug("500 on odd input", fuzzing="server-error"),
    Bug("500 on odd text", fuzzing="server-error"),
    Bug("accepts what is invalid", fuzzing="accepted-invalid"),
    Bug("refuses what is valid", fuzzing="refused-valid"),
    Bug("required header is not asked for", fuzzing="accepted-without-header"),
    Bug("method that is not declared", fuzzing="undeclared-method"),
    Bug("405 without Allow", fuzzing="undeclared-method"),
    Bug("wrong Allow", fuzzing="allow-header"),
)
