"""Times in records: which property holds the creation and the last change, and how an API writes an instant."""

from __future__ import annotations

import re
from typing import Final

from mockserver.document.inference.spellings import known
from mockserver.document.inference.view import View
from mockserver.document.naming import word, words

CREATED: Final = known(
    "createdat created createdon datecreated createddate creationdate createdtime creationtime createtime "
    "createddatetime creationdatetime createddt insertedat addedat dateadded addedon createdtimestamp "
    "creationtimestamp createtimestamp timecreated ctime createat creationts createdts datecreatedutc createdatutc "
    "createdutc registeredat registrationdate submittedat datesubmitted createdattimestamp datecreation "
    "createdatetime createdattime dateofcreation creatdat createdatunix createdunix createdms createdatms"
)
UPDATED: Final = known(
    "updatedat updated updatedon dateupdated updateddate modified modifiedat modifiedon lastmodified lastupdated "
    "lastupdatedat lastmodifiedat modifiedtime updatetime updatedtime datemodified lastmodifieddate lastupdateddate "
    "modifieddate lastmodifiedtime lastupdatedtime lastupdatetime updateddatetime modifieddatetime "
    "lastmodifieddatetime lastupdateddatetime mtime updateat lastupdate timeupdated timemodified changedat "
    "lastchanged lastchangedat updatedtimestamp modificationtime modificationdate lastmodification updatedts "
    "dateupdatedutc updatedatutc lastmodifiedon lastupdatedon datelastmodified datelastupdated updatedatetime "
    "lastedited lasteditedat editedat updatedatunix updatedms updatedatms lastupdatedtimestamp lastmodifiedtimestamp"
)
_UNIX: Final = re.compile(r"\b(unix|epoch|posix)|seconds since|unix-?time", re.IGNORECASE)
_MILLISECONDS: Final = re.compile(r"\bmilli-?seconds?\b|\bmillis\b|\bms\b", re.IGNORECASE)
_MILLISECONDS_FROM: Final = 10**11
"""An example beyond this is in milliseconds: as seconds it would be in the year 5138."""
_RFC2822: Final = re.compile(r"rfc.?2822|rfc.?1123|rfc.?7231|http.?date", re.IGNORECASE)
_NO_TIME: Final = frozenset(
    {"uuid", "email", "uri", "url", "byte", "binary", "time", "duration", "ipv4", "ipv6"}
)


def created(view: View, schema: str) -> str | None:
    """Return the property that holds when a record was made."""
    return _named(view, schema, CREATED)


def updated(view: View, schema: str) -> str | None:
    """Return the property that holds when a record was changed last."""
    return _named(view, schema, UPDATED)


def _named(view: View, schema: str, names: frozenset[str]) -> str | None:
    for name, pointer in view.properties(schema).items():
        if word(name) in names and now(view, name, pointer) is not None:
            return name
    return None


def now(view: View, name: str, pointer: str) -> str | None:
    """Return the expression of the present time as a property writes it; None for a property that holds no time."""
    types, format_ = view.types(pointer), view.format(pointer)
    node, target = view.node(pointer), view.schema(pointer)
    said = " ".join(str(part.get(key, "")) for part in (node, target) for key in ("description", "title"))
    if types == {"boolean"} or types & {"object", "array"} or format_ in _NO_TIME or view.values(pointer):
        return None
    if "string" in types or (not types and format_.startswith("date")):
        if format_ == "date":
            return "$now_date"
        return "$now_rfc2822" if _RFC2822.search(format_) else "$now"
    if types & {"integer", "number"}:
        examples = [part.get("example") for part in (node, target)]
        shown = next((value for value in examples if isinstance(value, int | float)), 0)
        is_fine = shown > _MILLISECONDS_FROM or "ms" in words(name) or _MILLISECONDS.search(said)
        return "$now_unix_ms" if is_fine else "$now_unix"
    return None


def is_time(view: View, name: str, pointer: str) -> bool:
    """Return whether a property, or parameter, holds an instant or a day, by its format, name or description."""
    format_ = view.format(pointer)
    if format_.startswith("date") or "unix" in format_ or "timestamp" in format_:
        return True
    parts = words(name)
    if now(view, name, pointer) is None or not parts:
        return False
    if word(name) in CREATED or word(name) in UPDATED or parts[-1] in ("at", "timestamp", "datetime"):
        return True
    said = str(view.node(pointer).get("description", "")) + str(view.schema(pointer).get("description", ""))
    return parts[-1] in ("date", "on", "time") or _UNIX.search(said) is not None
