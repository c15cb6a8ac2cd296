"""A world in memory that is full says so, and goes on with what it has."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from mockserver.server.assembly import assemble
from mockserver.settings import Settings, Source

from ..server.conftest import NOON, client_of
from .servers import DOCUMENT

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(("declared", "status"), [({}, 507), ({"503": {"description": "Later."}}, 503)])
async def test_record_for_which_there_is_no_room_is_refused(
    api: Path, declared: dict[str, Any], status: int
) -> None:
    post = DOCUMENT["paths"]["/pets"]["post"]
    changed = {**post, "responses": {**post["responses"], **declared}}
    paths = {**DOCUMENT["paths"], "/pets": {**DOCUMENT["paths"]["/pets"], "post": changed}}
    api.write_text(yaml.safe_dump({**DOCUMENT, "paths": paths}))
    app = assemble(Settings(documents=(Source(api),), record_limit=4, clock=NOON), lambda: NOON)
    async with client_of(app) as client:
        made = [(await client.post("/pets", json={"name": name, "count": 1})).status_code for name in "abc"]
        assert made == [201, 201, status]
        refused = await client.post("/pets", json={"name": "d", "count": 1})
        assert "the mock holds 4 records, and no more" in refused.text or status == 503
        listed = (await client.get("/pets")).json()
        assert listed["total"] == 4
        assert (
            await client.patch(f"/pets/{listed['items'][-1]['id']}", json={"count": 2})
        ).status_code == 200
        # Another world has room of its own, and a reset makes some.
        other = await client.post("/pets", json={"name": "d", "count": 1}, headers={"Mock-World": "b"})
        assert other.status_code == 201
        await client.post("/__mock__/state/reset")
        assert (await client.post("/pets", json={"name": "d", "count": 1})).status_code == 201
