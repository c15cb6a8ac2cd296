"""The words of APIs: what a verb in a path asks for, how envelopes, ids and metadata are called.

Every word is written as `naming.word` gives it: lower case, without separators.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

ROLES: Final[Mapping[str, tuple[str, ...]]] = {
    "create": ("create", "new", "add", "insert", "register"),
    "list": ("list", "all", "search", "query", "find", "filter", "scroll", "paginated"),
    "get": (
        "get", "read", "fetch", "retrieve", "info", "show", "describe", "inspect", "json", "detail", "details",
        "lookup", "view",
    ),
    "update": ("update", "edit", "modify", "patch", "change"),
    "replace": ("replace",),
    "upsert": ("upsert",),
    "delete": ("delete", "remove", "destroy", "del"),
    "count": ("count",),
}  # fmt: skip
"""What is asked for -> verbs that stand for it at the end of a path."""
VERBS: Final[Mapping[str, str]] = {verb: role for role, verbs in ROLES.items() for verb in verbs}
READING: Final = frozenset({"list", "get", "count"})
BULK: Final = frozenset({"batch", "bulk", "many", "multi", "multiple"})
"""Words that say that an operation takes many records at once."""
GLUE: Final = frozenset({"by", "with", "from", "for", "of", "in", "list", "array", "input", "post", *BULK})
"""Words that may follow a verb in one segment: `findByStatus`, `createWithList`."""

EXTENSIONS: Final = frozenset(
    {
        "json", "xml", "csv", "yaml", "yml", "txt", "html", "pdf", "png", "jpg", "svg", "atom", "rss",
    }
)  # fmt: skip
"""Suffixes of a path that name a format."""
BASES: Final = frozenset({"api", "apis", "rest", "beta", "alpha", "preview", "push", "latest", "public"})
"""First segments that say nothing about what a path leads to."""

ITEMS: Final = (
    "data", "items", "results", "result", "resources", "records", "entries", "value", "values", "content",
    "contents", "list", "rows", "nodes", "edges", "objects", "elements", "hits", "docs", "documents",
    "collection", "members", "entities",
)  # fmt: skip
"""Members of a list's envelope that hold the items, the likelier first; the plural of the noun is likelier still."""
WRAPPERS: Final = frozenset(
    {
        "data", "result", "response", "body", "payload", "item", "object", "record", "resource", "entity",
        "embedded", "value",
    }
)  # fmt: skip
"""Members that wrap one thing."""
META: Final = frozenset(
    {
        "ok", "success", "succeeded", "status", "statuscode", "code", "message", "messages", "msg", "error",
        "errors", "warning", "warnings", "requestid", "traceid", "idempotencykey", "meta", "metadata",
        "links", "link", "included", "jsonapi", "time", "timestamp", "usage", "paging", "pagination", "page",
        "pages", "total", "totalcount", "totalresults", "count", "size", "limit", "offset", "next",
        "previous", "prev", "cursor", "nextcursor", "hasmore", "more", "self", "href", "object", "url",
        "kind", "etag", "version", "schemas", "debug", "responsemetadata", "paginated",
        "truncated", "istruncated", "callstack", "first", "last",
    }
)  # fmt: skip
"""Members that stand beside a thing or a list without being part of it."""

KEYS: Final = (
    "id", "uuid", "guid", "gid", "sid", "uid", "iid", "key", "slug", "name", "username", "login", "code",
    "number", "token", "handle", "identifier", "ref", "reference", "sku", "email", "title", "symbol",
)  # fmt: skip
"""Properties that tell records apart, the likelier first."""
NATURAL: Final = frozenset(
    {
        "key", "slug", "name", "username", "login", "code", "handle", "sku", "email", "title", "symbol",
        "domain", "path", "tag",
    }
)  # fmt: skip
"""Those of them that people choose."""
TRUTHS: Final = frozenset(
    {
        "ok", "success", "succeeded", "deleted", "removed", "acknowledged", "revoked", "result", "isdeleted",
        "destroyed",
    }
)  # fmt: skip
"""Boolean members of an answer that say that something went well."""
LOOKING: Final = frozenset(
    {
        "attach", "calculate", "check", "compute", "download", "estimate", "evaluate", "export", "generate", "ping",
        "preview", "push",
        "login", "logout", "quote", "render", "signin", "signout", "simulate", "stream", "test", "validate", "wait",
    }
)  # fmt: skip
"""Sub-actions that leave the records as they are."""
COMPACT: Final = frozenset(
    {
        "summary", "mini", "base", "full", "simplified", "simple", "compact", "response", "detail", "details",
        "detailed", "view", "item", "entry", "dto", "object", "model", "list", "partial", "read", "out",
        "output", "public", "private", "basic", "extended", "info", "resource", "entity", "schema", "result",
        "data", "minimal", "short", "brief", "create", "created", "update", "updated", "get", "gettable",
        "postable", "db", "in", "input", "request", "new", "instance", "record", "v1", "v2", "v3",
    }
)  # fmt: skip
"""Words in names of schemas that tell views of one thing apart, and not things."""
