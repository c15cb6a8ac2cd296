"""Servers in-process: an application, and a client that calls it without a port."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from mockserver.server.assembly import Application, assemble
from mockserver.settings import Settings, Source

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
MakeApplication = Callable[..., Application]
MakeClient = Callable[..., httpx.AsyncClient]


@pytest.fixture
def make_application(tmp_path: Path) -> MakeApplication:
    """Makes an application from documents and plans: `make_application(document, plan, errors=True)`."""

    def make(
        document: dict[str, Any], plan: dict[str, Any] | None = None, *, handlers: str = "", **settings: Any
    ) -> Application:
        path = tmp_path / "api.yaml"
        path.write_text(yaml.safe_dump(document, sort_keys=False))
        if plan is not None:
            (tmp_path / "api.plan.yaml").write_text(yaml.safe_dump(plan, sort_keys=False))
        if handlers:
            (tmp_path / "api_handlers.py").write_text(handlers)
        settings.setdefault("clock", NOON)
        settings.setdefault("documents", (Source(path),))
        return assemble(Settings(**settings), lambda: NOON)

    return make


@pytest.fixture
def make_client(make_application: MakeApplication) -> MakeClient:
    """Makes a client of such an application."""

    def make(*arguments: Any, **settings: Any) -> httpx.AsyncClient:
        application = make_application(*arguments, **settings)
        return client_of(application)

    return make


def client_of(application: Application) -> httpx.AsyncClient:
    """Return a client of an application, without a port."""
    transport = httpx.ASGITransport(application.asgi, raise_app_exceptions=True)
    return httpx.AsyncClient(transport=transport, base_url="http://mock")


def document(paths: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return a document with these paths."""
    return {"openapi": "3.1.0", "info": {"title": "API", "version": "1"}, "paths": paths, **more}


def answers(schema: dict[str, Any] | None = None, status: int = 200) -> dict[str, Any]:
    """Return the responses of an operation that answers JSON of a schema."""
    content = {"application/json": {"schema": schema if schema is not None else {}}}
    return {str(status): {"description": "Fine.", "content": content}}
