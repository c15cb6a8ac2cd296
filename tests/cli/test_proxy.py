"""`mockserver proxy` as a person runs it: a process, a port, signals, reports."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from mockserver.cli.proxy import proxy
from mockserver.errors import MockserverError, UsageError
from mockserver.settings import ProxySettings, from_config
from tests.conftest import running_server
from tests.server.proxying.conftest import API
from tests.server.proxying.kit import answering, ask, get, json_answer, upstream

CLEAN = b'[{"id": 1, "name": "Rex"}]'
BROKEN = b'[{"id": "one", "name": "Rex"}]'


@contextmanager
def proxying(
    folder: Path, *arguments: str, body: bytes = CLEAN, config: str = ""
) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run a proxy before a server that always answers the same, and give its process and origin."""
    (folder / "api.yaml").write_text(yaml.safe_dump(API, sort_keys=False))
    with upstream(answering(json_answer(body))) as server:
        if config:
            (folder / "mockserver.yaml").write_text(config.replace("UPSTREAM", server.url))
        place = () if config else ("api.yaml", server.url)
        command = [sys.executable, "-m", "mockserver", "proxy", *place, *arguments, "--port", "0"]
        environment = {key: value for key, value in os.environ.items() if key not in ("CI", "GITHUB_ACTIONS")}
        environment["PYTHONPATH"] = str(Path(__file__).parents[2])
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=folder, env=environment
        ) as process:
            try:
                assert process.stdout is not None
                text = ""
                while "Stop with" not in text:
                    line = process.stdout.readline()
                    assert line, text
                    text += line
                match = re.search(r"(http://\S+) -> ", text)
                assert match
                yield process, match[1]
            finally:
                process.kill()


def said_by(process: subprocess.Popen[str]) -> str:
    """Return what a process says until its end."""
    said, _ = process.communicate(timeout=20)
    return said


def test_run_ends_after_so_many_exchanges_and_fails_where_the_contract_is_broken(tmp_path: Path) -> None:
    reports = ("--report", "json=found.json", "--journal", "run.ndjson")
    with proxying(tmp_path, "--stop-after", "3", *reports, body=BROKEN) as (process, origin):
        for _ in range(3):
            ask(origin, get(b"/pets?api_key=tell-nobody", b"Authorization: Bearer tell-nobody\r\n"))
        said = said_by(process)

    assert process.returncode == 1
    assert " -> 200 upstream listPets [the answer breaks the document: body.0.id" in said
    report = (tmp_path / "found.json").read_text()
    found = json.loads(report)
    (finding,) = found["sessions"][0]["findings"]
    assert (finding["check"], finding["times"], finding["place"]) == ("response-body", 3, "body[].id")
    assert "tell-nobody" not in report
    lines = [json.loads(line) for line in (tmp_path / "run.ndjson").read_text().splitlines()]
    assert [line["source"] for line in lines] == ["upstream"] * 3


@pytest.mark.slow
@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_signal_ends_a_clean_run_with_a_report(tmp_path: Path, sign: signal.Signals) -> None:
    with proxying(tmp_path) as (process, origin):
        ask(origin, get())
        process.send_signal(sign)
        said = said_by(process)

    assert process.returncode == 0, said
    assert "passed" in said
    assert "Traceback" not in said


@pytest.mark.slow
def test_warning_fails_where_that_is_asked_for(tmp_path: Path) -> None:
    with proxying(tmp_path, "--stop-after", "1", "--fail-on", "warning") as (process, origin):
        ask(origin, get(b"/elsewhere"))
        said_by(process)

    assert process.returncode == 1


@pytest.mark.slow
def test_config_file_says_it_all(tmp_path: Path) -> None:
    config = """
        documents: [api.yaml]
        errors: true
        proxy:
          upstream: UPSTREAM/v1
          mock: [createPet, "/files"]
          timeout: 5
    """
    with proxying(tmp_path, "--stop-after", "2", body=BROKEN, config=config) as (process, origin):
        assert ask(origin, get()).status == 502
        assert ask(origin, get(b"/files")).one(b"mock-source") == b"generated"
        said_by(process)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "which document"),
        (("api.yaml",), "which server is behind the proxy"),
        (("api.yaml", "localhost:80"), "write an http or https URL"),
        (("api.yaml", "http://localhost", "--mock", "lstPets"), "do you mean 'listPets'?"),
        (("api.yaml", "http://localhost", "--upstream-proxy", "socks5://x"), "write an http or https URL"),
        (("api.yaml", "https://localhost", "--ca", "nothing.pem"), "there is no file nothing.pem"),
        (("nothing.yaml", "http://localhost"), "nothing.yaml"),
        (("api.yaml", "http://localhost", "--report", "html=api.yaml/x"), "cannot write the report"),
    ],
)
def test_wrong_use_is_one_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], said: str
) -> None:
    (tmp_path / "api.yaml").write_text(yaml.safe_dump(API, sort_keys=False))
    monkeypatch.chdir(tmp_path)

    with pytest.raises(MockserverError) as told:
        proxy.main([*arguments, "--port", "0"], standalone_mode=False)
    assert said in str(told.value)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ("http://x", "a mapping of settings is expected"),
        ({"upstrem": "http://x"}, "unknown setting 'upstrem'"),
        ({"timeout": "long"}, "'long' is not of type float"),
        ({"insecure": 1}, "1 is not of type bool"),
        ({"judge-limit": 0}, "0 is too small"),
        ({"mock": [1]}, "a list of patterns is expected"),
    ],
)
def test_config_file_that_cannot_be_used_is_told(settings: Any, said: str) -> None:
    with pytest.raises(UsageError) as told:
        from_config({"proxy": settings}, Path("mockserver.yaml"))
    assert said in str(told.value)


def test_config_file_gives_paths_from_its_folder_and_one_pattern_for_a_list() -> None:
    chosen = from_config(
        {"proxy": {"ca": "ca.pem", "mock": "getPet", "timeout": 3}}, Path("etc/mockserver.yaml")
    )

    assert chosen["proxy"] == ProxySettings(ca=Path("etc/ca.pem"), mock=("getPet",), timeout=3)


@pytest.mark.slow
def test_recording_is_what_the_mock_answers_with_afterwards(tmp_path: Path) -> None:
    secret = b"Authorization: Bearer tell-nobody\r\n"
    with proxying(tmp_path, "--stop-after", "2", "--record", "made") as (process, origin):
        for _ in range(2):
            ask(origin, get(more=secret))
        said = said_by(process)

    written = [path for path in (tmp_path / "made").rglob("*") if path.is_file()]
    assert written, said
    assert not any(b"tell-nobody" in path.read_bytes() for path in written)
    with running_server("api.yaml", "--fixtures", "made", cwd=str(tmp_path)) as mock:
        assert json.loads(ask(mock, get()).body) == json.loads(CLEAN)
