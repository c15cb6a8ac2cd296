"""The operations of the control API. They run on Flask's threads, and touch the state only `on_loop`."""

from __future__ import annotations

import platform
from collections.abc import Callable, Mapping
from typing import Any, Final

import flask

from mockserver import __version__
from mockserver.errors import Json, Refusal, RefusalKind
from mockserver.mocking.exchange import Exchange
from mockserver.mocking.instants import to_text
from mockserver.mocking.redaction import Redaction
from mockserver.mocking.worlds import Worlds
from mockserver.server.calls import Served
from mockserver.server.control import views
from mockserver.server.control.answers import as_json, decoded, missing, nothing, world_name
from mockserver.server.control.calls import CallOperations
from mockserver.server.control.coverage import CoverageOperations
from mockserver.server.control.loops import on_loop
from mockserver.server.control.records import RecordOperations
from mockserver.server.control.reloads import Reload
from mockserver.server.control.stubs import StubOperations
from mockserver.server.control.worlds import WorldOperations
from mockserver.settings import Settings

_PAGE_RECORDS: Final = 5
_PAGE_EXCHANGES: Final = 25
_PAGE_WORLDS: Final = 50
_POLICY: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)


class Operations:
    """What answers, by operationId.

    Args:
        documents: What is served; may change meanwhile.
        worlds: Where the state is.
        settings: How it is served.
        reloads: How the last reload of each document ended.
        base: The control path.
        text, root: The document of the control API, as text and read.
    """

    def __init__(
        self,
        documents: list[Served],
        worlds: Worlds,
        settings: Settings,
        reloads: Mapping[str, Reload],
        base: str,
        text: str,
        root: Mapping[str, Any],
    ) -> None:
        self._served = documents
        self._reloads = reloads
        self._worlds = worlds
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
            **WorldOperations(self._worlds).named(),
            **CoverageOperations(self._served, self._worlds).named(),
            **StubOperations(self._served, self._worlds).named(),
            **RecordOperations(self._served, self._worlds).named(),
            **CallOperations(self._served, self._worlds, self._settings).named(),
        }
        return functions[operation_id]

    def page(self, world: str | None = None) -> flask.Response:
        """Show a person what is here."""
        name = world_name(world)

        def collect() -> dict[str, Any]:
            chosen = self._worlds.look(name)
            listed = list(self._worlds)
            return {
                "counts": views.record_counts(chosen),
                "previews": [
                    views.records(chosen.state(document), document, resource, 0, _PAGE_RECORDS)
                    for document in self._documents
                    for resource in chosen.state(document).kinds
                    # A page is opened often, and there may be hundreds that nobody has looked at.
                    if chosen.planned(document, resource) is None
                ],
                "exchanges": list(chosen.journal),
                "answered": chosen.journal.count,
                "worlds": views.worlds(listed[:_PAGE_WORLDS], self._worlds),
                "world_count": len(listed),
                "clock": views.clock(chosen),
            }

        found = on_loop(collect)
        redaction, documents = self._redaction, self._documents
        exchanges = found.pop("exchanges")
        html = flask.render_template(
            "page.html",
            base=self._base,
            version=__version__,
            seed=self._settings.seed,
            world=name,
            documents=self._shown(found.pop("counts")),
            exchanges=[
                views.exchange(seen, redaction, documents) for seen in reversed(exchanges[-_PAGE_EXCHANGES:])
            ],
            **found,
        )
        return flask.Response(html, mimetype="text/html", headers={"Content-Security-Policy": _POLICY})

    def health(self) -> flask.Response:
        """Say that the server answers, and how much it holds."""

        def collect() -> dict[str, Json]:
            counts = views.record_counts(self._worlds.default)
            return {
                "now": to_text(self._worlds.default.clock.look()),
                "records": sum(sum(numbers.values()) for numbers in counts.values()),
                "worlds": len(self._worlds),
                "exchanges": self._worlds.exchanges,
            }

        return as_json(
            {
                "status": "ok",
                "seed": self._settings.seed,
                "documents": len(self._documents),
                "operations": sum(len(served.operations) for served in self._documents.values()),
                **on_loop(collect),
                "reload": {name: seen.as_dict() for name, seen in sorted(self._reloads.items())},
            }
        )

    def version(self) -> flask.Response:
        """Say what is running."""
        return as_json(
            {"mockserver": __version__, "python": platform.python_version(), "packages": self._packages}
        )

    def documents(self) -> flask.Response:
        """Show the served documents."""
        counts = on_loop(lambda: views.record_counts(self._worlds.default))
        return as_json({"documents": self._shown(counts)})

    def openapi_yaml(self) -> flask.Response:
        """Show the document of the control API."""
        return flask.Response(self._text, content_type="application/yaml")

    def openapi_json(self) -> flask.Response:
        """Show the document of the control API."""
        return as_json(self._root)

    def state(
        self,
        document: str | None = None,
        resource: str | None = None,
        offset: int = 0,
        limit: int = 100,
        world: str | None = None,
    ) -> flask.Response:
        """Show the live records."""
        name = world_name(world)
        self._check_document(document)
        places = [
            (known, kind)
            for known, served in self._documents.items()
            for kind in served.plan.resources
            if document in (None, known) and resource in (None, kind)
        ]
        if resource is not None and not places:
            raise missing("resource", resource, self._resources(document))

        def collect() -> list[dict[str, Json]]:
            chosen = self._worlds.look(name)
            return [views.records(chosen.state(known), known, kind, offset, limit) for known, kind in places]

        return as_json({"world": name, "resources": on_loop(collect)})

    def record(self, document: str, resource: str, id: str, world: str | None = None) -> flask.Response:
        """Show one record."""
        name = world_name(world)
        document, resource, id = decoded(document), decoded(resource), decoded(id)
        self._check_document(document)
        if resource not in self._resources(document):
            raise missing("resource", resource, self._resources(document))
        found = on_loop(lambda: views.find(self._worlds.look(name).state(document), resource, id))
        if found is None:
            raise Refusal(RefusalKind.NOT_FOUND, f"no live record of {resource} has the id {id!r}")
        return as_json({"document": document, "resource": resource, **found})

    def reset(self, body: Mapping[str, Json], world: str | None = None) -> flask.Response:
        """Go back to the seeds."""
        name = world_name(world)
        document: str | None = body.get("document")
        self._check_document(document)

        def reset() -> int:
            chosen = self._worlds.get(name)
            chosen.reset(document)
            counts = views.record_counts(chosen)
            return sum(
                sum(numbers.values()) for known, numbers in counts.items() if document in (None, known)
            )

        records = on_loop(reset)
        documents = [document] if document else list(self._documents)
        return as_json({"world": name, "documents": documents, "records": records})

    def journal(
        self,
        document: str | None = None,
        operation: str | None = None,
        method: str | None = None,
        status: int | None = None,
        since: int | None = None,
        limit: int = 100,
        world: str | None = None,
    ) -> flask.Response:
        """Show the last exchanges."""
        name = world_name(world)
        self._check_document(document)
        if operation is not None:
            known = [id for served in self._documents.values() for id in served.operations]
            if operation not in known:
                raise missing("operation", operation, known if len(known) < 20 else [])

        def collect() -> tuple[list[Exchange], int]:
            journal = self._worlds.look(name).journal
            return list(journal), journal.count

        exchanges, last = on_loop(collect)
        redaction, documents = self._redaction, self._documents
        total, page = views.Wanted(document, operation, method, status, since).page(exchanges, limit)
        return as_json(
            {
                "world": name,
                "total": total,
                "last": last,
                "exchanges": [views.exchange(seen, redaction, documents) for seen in page],
            }
        )

    def clear_journal(self, world: str | None = None) -> flask.Response:
        """Forget the exchanges."""
        name = world_name(world)

        def clear() -> None:
            # Looked for on the loop's thread.
            self._worlds.look(name).journal.clear()

        on_loop(clear)
        return nothing()

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
            raise missing("document", name, list(self._documents))
