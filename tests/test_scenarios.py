"""Runs the stories in `tests/scenarios`: one file each, told in requests and answers, without a port.

A story has a `document` (a file, with its plan beside it, or the document itself), maybe a `plan` and `fixtures` by
resource, and `steps`. A step has a `request`, maybe `headers` and a `body` (or `text` that is sent as it stands), and
what it `expect`s:

    status    the status
    headers   headers that are there, with these values
    body      JSON; of an object these members, of a list all items
    without   names that the body does not have
    undeclared  that the document does not declare this status
    text      the whole body as text

`capture: {name: /json/pointer}` keeps a part of an answer, `capture-headers: {name: Header}` one of its headers;
`<name>` stands for it from then on. Where a text is
expected, `~ pattern` is a regular expression that it has to contain.
"""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from mockserver.document import pointer as ptr
from mockserver.server.assembly import assemble
from mockserver.settings import Settings, Source

FOLDER = Path(__file__).with_name("scenarios")
STORIES = sorted(FOLDER.glob("*.yaml"))
NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.mark.anyio
@pytest.mark.parametrize("state", ["memory", "sqlite:{folder}/mock.db"], ids=["memory", "sqlite"])
@pytest.mark.parametrize("path", STORIES, ids=lambda path: path.stem)
async def test_story_goes_as_it_is_told(path: Path, state: str, tmp_path: Path) -> None:
    story = yaml.safe_load(path.read_text())
    settings = replace(settings_of(story, tmp_path), state=state.format(folder=tmp_path))
    application = assemble(settings, lambda: NOON)
    captured: dict[str, Any] = {}
    transport = httpx.ASGITransport(application.asgi)
    async with httpx.AsyncClient(transport=transport, base_url="http://mock") as client:
        for number, step in enumerate(story["steps"], 1):
            response = await send(client, step, captured)
            where = f"{path.name}, step {number} ({step['request']})"
            check(response, filled(step["expect"], captured), where)
            is_broken = "mock-violations" in response.headers
            assert is_broken == step["expect"].get("undeclared", False), (
                f"{where} breaks the document: {response.headers}"
            )
            for name, pointer in step.get("capture", {}).items():
                captured[name] = ptr.lookup(response.json(), pointer)
            for name, field in step.get("capture-headers", {}).items():
                captured[name] = response.headers[field]


def settings_of(story: dict[str, Any], folder: Path) -> Settings:
    """Lay a story's files into a folder, and return the settings to serve them."""
    target = folder / "api.yaml"
    if isinstance(story["document"], str):
        source = FOLDER / story["document"]
        shutil.copy(source, target)
        shutil.copy(source.with_name(f"{source.stem}.plan.yaml"), folder / "api.plan.yaml")
    else:
        target.write_text(yaml.safe_dump(story["document"], sort_keys=False))
    if "plan" in story:
        (folder / "api.plan.yaml").write_text(yaml.safe_dump(story["plan"], sort_keys=False))
    fixtures = folder / "fixtures" / "api"
    fixtures.mkdir(parents=True)
    for resource, records in story.get("fixtures", {}).items():
        (fixtures / f"{resource}.yaml").write_text(yaml.safe_dump(records, sort_keys=False))
    return Settings(documents=(Source(target),), clock=NOON)


async def send(client: httpx.AsyncClient, step: dict[str, Any], captured: dict[str, Any]) -> httpx.Response:
    """Send the request of a step."""
    method, url = filled(step["request"], captured).split(" ", 1)
    options: dict[str, Any] = {"headers": filled(step.get("headers", {}), captured)}
    if "body" in step:
        options["json"] = filled(step["body"], captured)
    elif "text" in step:
        options["content"] = step["text"]
    return await client.request(method, url, **options)


def filled(value: Any, captured: dict[str, Any]) -> Any:
    """Put what was captured in the place of its name."""
    if isinstance(value, dict):
        return {key: filled(member, captured) for key, member in value.items()}
    if isinstance(value, list):
        return [filled(member, captured) for member in value]
    if not isinstance(value, str):
        return value
    whole = re.fullmatch(r"<(\w+)>", value)
    if whole and whole[1] in captured:
        return captured[whole[1]]
    return re.sub(r"<(\w+)>", lambda match: str(captured[match[1]]), value)


def check(response: httpx.Response, expected: dict[str, Any], where: str) -> None:
    """Compare an answer with what a step expects."""
    assert response.status_code == expected["status"], f"{where}: {response.status_code} {response.text}"
    for name, value in expected.get("headers", {}).items():
        assert matches(response.headers.get(name), value), (
            f"{where}: {name} is {response.headers.get(name)!r}"
        )
    if "text" in expected:
        assert response.text == expected["text"], where
    if "body" in expected:
        assert matches(response.json(), expected["body"]), (
            f"{where}: {response.text}\nexpected: {expected['body']}"
        )
    for name in expected.get("without", ()):
        assert name not in response.json(), f"{where}: {name} is there"


def matches(value: Any, expected: Any) -> bool:
    """Return whether a value is what is expected, or more than that."""
    if isinstance(expected, dict):
        return isinstance(value, dict) and all(
            name in value and matches(value[name], member) for name, member in expected.items()
        )
    if isinstance(expected, list):
        return (
            isinstance(value, list)
            and len(value) == len(expected)
            and all(matches(item, member) for item, member in zip(value, expected, strict=True))
        )
    if isinstance(expected, str) and expected.startswith("~ "):
        return isinstance(value, str) and re.search(expected[2:], value) is not None
    return bool(value == expected) and isinstance(value, bool) == isinstance(expected, bool)
