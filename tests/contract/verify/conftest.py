"""The pets: their document, and servers that keep it, but for what was planted."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from mockserver.server.assembly import assemble
from mockserver.server.running import bind, in_background
from mockserver.settings import Settings, Source

from .pets import PETS, PETS_PLAN, Change


@pytest.fixture
def pets(tmp_path: Path) -> Path:
    """The file of a small document, with its plan."""
    (tmp_path / "pets.plan.yaml").write_text(PETS_PLAN)
    path = tmp_path / "pets.yaml"
    path.write_text(PETS)
    return path


@pytest.fixture
def make_server(pets: Path) -> Callable[[Change | None], AbstractContextManager[str]]:
    """Serves the pets with a planted bug: `with make_server(bug) as origin`."""
    settings = Settings(documents=(Source(pets),), credentials={"key": "^test-key$"})
    application = assemble(settings, lambda: datetime.now(UTC)).asgi

    @contextmanager
    def serve(change: Change | None) -> Iterator[str]:
        async def changed(scope: Any, receive: Any, send: Any) -> None:
            sent: list[Any] = []

            async def keep(message: Any) -> None:
                sent.append(message)

            await application(scope, receive, keep)
            start, content = sent
            body = json.loads(content["body"] or b"null")
            status, body = change(scope, start["status"], body) if change else (start["status"], body)
            text = json.dumps(body).encode() if content["body"] else b""
            headers = [(name, value) for name, value in start["headers"] if name != b"content-length"]
            await send(
                {**start, "status": status, "headers": [*headers, (b"content-length", b"%d" % len(text))]}
            )
            await send({**content, "body": b"" if scope["method"] == "HEAD" else text})

        with in_background(changed, bind("127.0.0.1", 0)) as origin:
            yield origin

    return serve
