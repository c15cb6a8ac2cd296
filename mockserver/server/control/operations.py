"""The operations of the control API. They run on Flask's threads, and touch the state only `on_loop`."""

from __future__ import annotations

import platform
from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import quote, unquote_to_bytes

import flask

from mockserver import __version__, jsontext
from mockserver.errors import Json, Refusal, RefusalKind
from mockserver.mocking.exchange import Exchange
from mockserver.mocking.instants import to_text
from mockserver.mocking.world import World
from mockserver.server.calls import Served
from mockserver.server.control import views
from mockserver.server.control.loops import on_loop
from mockserver.server.control.redaction import Redaction
from mockserver.server.control.reloads import Reload
from mockserver.settings import Settings

_PAGE_RECORDS: Final = 5
_PAGE_EXCHANGES: Final = 25
_POLICY: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)


class Operations:
    """What answers, by operationId.

    Args:
        documents: What is served; may change meanwhile.
        world: Where the state is.
        settings: How it is served.
        reloads: How the last reload of each document ended.
        base: The control path.
        text, root: The document of the control API, as text and read.
    """

    def __init__(
        self,
        documents: list[Served],
        world: World,
        settings: Settings,
        reloads: Mapping[str, Reload],
        base: str,
        text: str,
        root: Mapping[str, Any],
    ) -> None:
        self._served = documents
        self._reloads = reloads
        self._world = world
        self._settings = settings
        self._base = base
        self._text = text
        self._root = root
        self._packages = views.packages()

    @property
    def _documents(self) -> dict[str, Served]:
        return {served.name: served for served in self._served}

    @property
    def _redaction(self) -> Redaction:
        return Redaction(served.document for served in self._served)

    def named(self, operation_id: str) -> Callable[..., flask.Response]:
        """Return the function of an operation."""
        functions: dict[str, Callable[..., flask.Response]] = {
            "getPage": self.page,
            "getHealth": self.health,
            "getVersion": self.version,
            "getDocuments": self.documents,
            "getOpenapiYaml": self.openapi_yaml,
            "getOpenapiJson": self.openapi_json,
            "getState": self.state,
            "resetState": self.reset,
            "getRecord": self.record,
            "getJournal": self.journal,
            "clearJournal": self.clear_journal,
        }
        return functions[operation_id]

    def page(self) -> flask.Response:
        """Show a person what is here."""

        def collect() -> tuple[dict[str, dict[str, int]], list[dict[str, Json]], list[Exchange], int]:
            world = self._world
            previews = [
                views.records(world.states[name], name, resource, 0, _PAGE_RECORDS)
                for name in self._documents
                for resource in world.states[name].kinds
            ]
            return views.record_counts(world), previews, list(world.journal), world.journal.count

        counts, previews, exchanges, answered = on_loop(collect)
        redaction = self._redaction
        html = flask.render_template(
            "page.html",
            base=self._base,
            version=__version__,
            seed=self._settings.seed,
            documents=self._shown(counts),
            previews=previews,
            exchanges=[views.exchange(seen, redaction) for seen in reversed(exchanges[-_PAGE_EXCHANGES:])],
            answered=answered,
        )
        return flask.Response(html, mimetype="text/html", headers={"Content-Security-Policy": _POLICY})

    def health(self) -> flask.Response:
        """Say that the server answers, and how much it holds."""
        world = self._world
        counts, count, now = on_loop(
            lambda: (views.record_counts(world), world.journal.count, world.clock.look())
        )
        return _json(
            {
                "status": "ok",
                "now": to_text(now),
                "seed": self._settings.seed,
                "documents": len(self._documents),
                "operations": sum(len(served.operations) for served in self._documents.values()),
                "records": sum(sum(numbers.values()) for numbers in counts.values()),
                "exchanges": count,
                "reload": {name: seen.as_dict() for name, seen in sorted(self._reloads.items())},
            }
        )

    def version(self) -> flask.Response:
        """Say what is running."""
        return _json(
            {"mockserver": __version__, "python": platform.python_version(), "packages": self._packages}
        )

    def documents(self) -> flask.Response:
        """Show the served documents."""
        counts = on_loop(lambda: views.record_counts(self._world))
        return _json({"documents": self._shown(counts)})

    def openapi_yaml(self) -> flask.Response:
        """Show the document of the control API."""
        return flask.Response(self._text, content_type="application/yaml")

    def openapi_json(self) -> flask.Response:
        """Show the document of the control API."""
        return _json(self._root)

    def state(
        self, document: str | None = None, resource: str | None = None, offset: int = 0, limit: int = 100
    ) -> flask.Response:
        """Show the live records."""
        self._check_document(document)
        names = [
            (name, kind)
            for name, served in self._documents.items()
            for kind in served.plan.resources
            if document in (None, name) and resource in (None, kind)
        ]
        if resource is not None and not names:
            raise _missing("resource", resource, self._resources(document))
        states = self._world.states
        pages = on_loop(
            lambda: [views.records(states[name], name, kind, offset, limit) for name, kind in names]
        )
        return _json({"resources": pages})

    def record(self, document: str, resource: str, id: str) -> flask.Response:
        """Show one record."""
        document, resource, id = _decoded(document), _decoded(resource), _decoded(id)
        self._check_document(document)
        if resource not in self._resources(document):
            raise _missing("resource", resource, self._resources(document))
        found = on_loop(lambda: views.find(self._world.states[document], resource, id))
        if found is None:
            raise Refusal(RefusalKind.NOT_FOUND, f"no live record of {resource} has the id {id!r}")
        return _json({"document": document, "resource": resource, **found})

    def reset(self, body: Mapping[str, Json]) -> flask.Response:
        """Go back to the seeds."""
        document: str | None = body.get("document")
        self._check_document(document)

        def reset() -> int:
            self._world.reset(document)
            counts = views.record_counts(self._world)
            return sum(sum(numbers.values()) for name, numbers in counts.items() if document in (None, name))

        return _json(
            {"documents": [document] if document else list(self._documents), "records": on_loop(reset)}
        )

    def journal(
        self,
        document: str | None = None,
        operation: str | None = None,
        method: str | None = None,
        status: int | None = None,
        since: int | None = None,
        limit: int = 100,
    ) -> flask.Response:
        """Show the last exchanges."""
        self._check_document(document)
        if operation is not None:
            known = [id for served in self._documents.values() for id in served.operations]
            if operation not in known:
                raise _missing("operation", operation, known if len(known) < 20 else [])
        journal = self._world.journal
        exchanges, last = on_loop(lambda: (list(journal), journal.count))
        redaction = self._redaction
        total, page = views.Wanted(document, operation, method, status, since).page(exchanges, limit)
        return _json(
            {
                "total": total,
                "last": last,
                "exchanges": [views.exchange(seen, redaction) for seen in page],
            }
        )

    def clear_journal(self) -> flask.Response:
        """Forget the exchanges."""
        on_loop(self._world.journal.clear)
        response = flask.Response(status=204)
        del response.headers["Content-Type"]
        return response

    def _shown(self, counts: Mapping[str, Mapping[str, int]]) -> list[dict[str, Json]]:
        origin = flask.request.host_url.rstrip("/")
        return [
            views.document(served, counts[name], origin, self._settings, self._reloads.get(name))
            for name, served in self._documents.items()
        ]

    def _resources(self, document: str | None) -> list[str]:
        return [
            resource
            for name, served in self._documents.items()
            for resource in served.plan.resources
            if document in (None, name)
        ]

    def _check_document(self, name: str | None) -> None:
        if name is not None and name not in self._documents:
            raise _missing("document", name, list(self._documents))


def _missing(kind: str, name: str, known: list[str]) -> Refusal:
    listed = f"; there are {', '.join(dict.fromkeys(known))}" if known else ""
    return Refusal(RefusalKind.NOT_FOUND, f"there is no {kind} {name!r}{listed}")


def _json(value: Json) -> flask.Response:
    return flask.Response(jsontext.dumps(value, indent=True) + b"\n", mimetype="application/json")


def _decoded(segment: str) -> str:
    """Return the text of a raw path segment."""
    return unquote_to_bytes(segment.encode("latin-1", "replace")).decode("utf-8", "replace")


def visible(value: Any) -> Any:
    """Return a value for the page, with characters that nobody sees or that turn others round written out."""
    if not isinstance(value, str) or value.isprintable():
        return value
    cleaned = (
        character
        if character.isprintable() or character == "\n"
        else character.encode("unicode_escape").decode()
        for character in value
    )
    return type(value)("".join(cleaned))


def pretty(value: Json) -> str:
    """Return a JSON value as text with line breaks."""
    return jsontext.dumps(value, indent=True).decode("utf-8", "replace")


def segment(value: Any) -> str:
    """Return a value as it stands in a path segment or a query."""
    return quote(str(value), safe="", errors="replace")
