"""A mock server that runs elsewhere, asked by its control API. A door to httpx."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import httpx

from mockserver import jsontext, sources
from mockserver.document.model import Document
from mockserver.errors import Json, UsageError
from mockserver.mocking.calls import Call
from mockserver.mocking.world import DEFAULT
from mockserver.pytest_plugin.controls import Known
from mockserver.pytest_plugin.tally import Origin, Tally
from mockserver.settings import Settings

__tracebackhide__ = True
_TIMEOUT_SECONDS: Final = 60
_PAGE: Final = 10_000


class RemoteServer:
    """A server that runs.

    Args:
        url: Where it listens, maybe with the path below which it is mounted.
        settings: Which documents it serves, as far as that is known here, and where its control API is.
        journal: File to which its calls are written; None for none.
        tally: Counts what is exercised; None for nobody.

    Raises:
        UsageError: The URL is none, or no mock server answers there.
    """

    def __init__(self, url: str, settings: Settings, journal: Path | None, tally: Tally | None) -> None:
        self.url = url.rstrip("/")
        self._control = f"{self.url}{settings.control_path.rstrip('/')}"
        self._settings = settings
        self._journal = journal
        self._tally = tally
        # Proxies of the environment are not meant for servers of a test.
        self._client = httpx.Client(timeout=_TIMEOUT_SECONDS, trust_env=False)
        try:
            self.seed = self.ask("GET", "health")["seed"]
        except UsageError:
            self._client.close()
            raise

    def ask(self, method: str, *path: str, world: str | None = None, body: Json = None, **query: Any) -> Any:
        """Return the JSON value of an answer of the control API; None for one without a body.

        Raises:
            UsageError: The server does not answer, or refuses.
        """
        url = "/".join([self._control, *(quote(segment, safe="") for segment in path)])
        given = {name: value for name, value in {**query, "world": world}.items() if value is not None}
        try:
            response = self._client.request(method, url, params=given, json=body)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            reason = str(error) or type(error).__name__
            raise UsageError(
                f"no mock server answers at {self.url}: {reason}. Start one with `mockserver serve`, or leave out "
                "--mockserver-url"
            ) from None
        if response.headers.get("mock-source") != "control":
            raise UsageError(f"what answers at {self._control} is no control API of mockserver")
        value = response.json() if response.content else None
        if response.is_error:
            raise UsageError(str(value.get("detail") if isinstance(value, dict) else response.text))
        return value

    @cached_property
    def documents(self) -> list[dict[str, Any]]:
        """The served documents, as the control API shows them."""
        found: list[dict[str, Any]] = self.ask("GET", "documents")["documents"]
        return found

    @cached_property
    def operations(self) -> list[Known]:
        """What is served."""
        return [
            Known(document["name"], item["id"], item["method"], item["path"])
            for document in self.documents
            for item in document["operations"]
        ]

    @cached_property
    def _sources(self) -> dict[Origin, Document]:
        """The documents that are known here, too."""
        if not self._settings.documents:
            return {}
        loaded = sources.load(self._settings.documents, self._settings)
        return {Origin.of(item.source, item.document.name): item.document for item in loaded}

    def keep(self, world: str, since: int) -> None:
        """Write and count the calls of a world after a number."""
        if self._journal is None and (self._tally is None or not self._settings.documents):
            return
        while True:
            page = self.ask("GET", "journal", world=world, since=since, limit=_PAGE)["exchanges"]
            if self._journal is not None:
                with self._journal.open("ab") as file:
                    file.write(b"".join(jsontext.dumps(raw) + b"\n" for raw in page))
            if self._tally is not None:
                self._tally.take(self._sources, page)
            if len(page) < _PAGE:
                return
            since = page[-1]["number"]

    def close(self) -> None:
        """Let go of the connection."""
        self._client.close()


class RemoteControl:
    """One world of it; see `Control`."""

    def __init__(self, server: RemoteServer, world: str) -> None:
        self._server = server
        self._name = world
        self._calls: list[Call] = []

    def _ask(self, method: str, *path: str, body: Json = None, **query: Any) -> Any:
        return self._server.ask(method, *path, world=self._name, body=body, **query)

    @property
    def operations(self) -> Sequence[Known]:
        return self._server.operations

    @property
    def resources(self) -> Sequence[tuple[str, str]]:
        return [
            (document["name"], resource["name"])
            for document in self._server.documents
            for resource in document["resources"]
        ]

    def calls(self) -> Sequence[Call]:
        while True:
            last = self._calls[-1].number if self._calls else 0
            page = self._ask("GET", "calls", since=last, limit=_PAGE)["calls"]
            self._calls += [Call.from_dict(raw) for raw in page]
            if len(page) < _PAGE:
                return list(self._calls)

    def count(self) -> int:
        last: int = self._ask("GET", "calls", limit=0)["last"]
        return last

    def order(self, stub: Mapping[str, Json]) -> Mapping[str, Json]:
        ordered: Mapping[str, Json] = self._ask("POST", "stubs", body=stub)
        return ordered

    def stub(self, number: int) -> Mapping[str, Json] | None:
        return next((stub for stub in self._ask("GET", "stubs")["stubs"] if stub["id"] == number), None)

    def remove_stub(self, number: int) -> None:
        if self.stub(number) is not None:
            self._ask("DELETE", "stubs", str(number))

    def records(self, document: str, resource: str) -> Sequence[dict[str, Json]]:
        found: list[dict[str, Json]] = []
        while True:
            (page,) = self._ask(
                "GET", "state", document=document, resource=resource, offset=len(found), limit=_PAGE
            )["resources"]
            found += [record["data"] for record in page["records"]]
            if len(found) >= page["total"] or not page["records"]:
                return found

    def record(self, document: str, resource: str, id: Json) -> dict[str, Json] | None:
        (page,) = self._ask("GET", "state", document=document, resource=resource, limit=_PAGE)["resources"]
        return next((item["data"] for item in page["records"] if str(item["id"]) == str(id)), None)

    def create(
        self, document: str, resource: str, data: Mapping[str, Json], *, force: bool
    ) -> dict[str, Json]:
        return self._data(self._ask("POST", "state", document, resource, body=dict(data), force=_text(force)))

    def update(
        self, document: str, resource: str, id: Json, data: Mapping[str, Json], *, force: bool
    ) -> dict[str, Json]:
        place = ("state", document, resource, str(id))
        return self._data(self._ask("PATCH", *place, body=dict(data), force=_text(force)))

    def delete(self, document: str, resource: str, id: Json) -> None:
        self._ask("DELETE", "state", document, resource, str(id))

    def clear(self, document: str, resource: str) -> None:
        while True:
            (page,) = self._ask("GET", "state", document=document, resource=resource, limit=_PAGE)[
                "resources"
            ]
            if not page["records"]:
                return
            for record in page["records"]:
                self._ask("DELETE", "state", document, resource, str(record["id"]))

    @staticmethod
    def _data(answer: Mapping[str, Any]) -> dict[str, Json]:
        data: dict[str, Json] = answer["data"]
        return data

    def now(self) -> str:
        return str(self._ask("GET", "clock")["now"])

    def set_clock(self, mode: str, now: str | None) -> None:
        self._ask("PUT", "clock", body={"mode": mode} if now is None else {"mode": mode, "now": now})

    def advance(self, by: float | str) -> None:
        self._ask("POST", "clock", "advance", body={"by": by})

    def snapshot(self) -> dict[str, Json]:
        saved: dict[str, Json] = self._server.ask("GET", "worlds", self._made(), "snapshot")
        return saved

    def restore(self, snapshot: Json, *, force: bool) -> None:
        self._server.ask("PUT", "worlds", self._name, "snapshot", body=snapshot, force=_text(force))

    def reset(self) -> None:
        self._ask("POST", "state", "reset", body={})

    def _made(self) -> str:
        """Return the name of the world, which is there after this."""
        if not self._is_there():
            # A reset is what makes it, and leaves it as it begins.
            self._ask("POST", "state", "reset", body={})
        return self._name

    def _is_there(self) -> bool:
        try:
            self._server.ask("GET", "worlds", self._name)
        except UsageError:
            return False
        return True

    def harvest(self, since: int) -> None:
        self._server.keep(self._name, since)

    def forget(self) -> None:
        if self._name != DEFAULT and self._is_there():
            self._server.ask("DELETE", "worlds", self._name)


def _text(flag: bool) -> str | None:
    return "true" if flag else None
