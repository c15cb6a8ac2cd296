"""`mockserver serve` as a person runs it: a process, a port, signals."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
import yaml

from ..conftest import running_server

PETS = {
    "openapi": "3.1.0",
    "info": {"title": "Pets", "version": "1"},
    "paths": {"/pets": {"get": {"operationId": "list", "responses": {"200": {"description": "Fine."}}}}},
}


def run(*arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    command = [sys.executable, "-m", "mockserver", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=30, cwd=cwd)


def assert_wrong_use(done: subprocess.CompletedProcess[str], *parts: str) -> None:
    """One clear message, exit code 2, no traceback."""
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    for part in parts:
        assert part in done.stderr


@contextmanager
def starting(*arguments: str, stdin: Path | None = None) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Start a server on a free port, and give the process with its banner."""
    command = [sys.executable, "-m", "mockserver", "serve", *arguments, "--port", "0"]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    pipe = subprocess.PIPE
    with (
        open(stdin or os.devnull, "rb") as source,
        subprocess.Popen(
            command, stdin=source, stdout=pipe, stderr=pipe, text=True, env=environment
        ) as process,
    ):
        try:
            assert process.stdout is not None
            assert process.stderr is not None
            text = ""
            while "Stop with" not in text:
                line = process.stdout.readline()
                assert line, process.stderr.read()
                text += line
            yield process, text
        finally:
            process.terminate()


@pytest.fixture
def pets(tmp_path: Path) -> Path:
    path = tmp_path / "pets.yaml"
    path.write_text(yaml.safe_dump(PETS))
    return path


def test_taken_port_is_one_line(pets: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])

        done = run("serve", str(pets), "--port", port)

    assert_wrong_use(done, f"cannot listen on 127.0.0.1 port {port}", "--port")
    assert len(done.stderr.splitlines()) == 1


def test_missing_document_is_one_line() -> None:
    done = run("serve", "nowhere.yaml", "--port", "0")

    assert_wrong_use(done, "cannot read nowhere.yaml", "No such file")
    assert len(done.stderr.splitlines()) == 1


def test_folder_without_documents_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "specs").mkdir()
    (tmp_path / "specs" / "package.json").write_text("{}")

    done = run("serve", "specs", "--port", "0", cwd=tmp_path)

    assert_wrong_use(done, "specs holds no OpenAPI document", "1 JSON or YAML file")
    assert len(done.stderr.splitlines()) == 1


def test_url_that_nobody_answers_is_one_line() -> None:
    done = run("serve", "http://127.0.0.1:1/api.yaml", "--port", "0")

    assert_wrong_use(done, "cannot read http://127.0.0.1:1/api.yaml", "refused")
    assert len(done.stderr.splitlines()) == 1


def test_unknown_locale_is_one_line(pets: Path) -> None:
    done = run("serve", str(pets), "--locale", "de_XX", "--port", "0")

    assert_wrong_use(done, "there is no locale 'de_XX'", "de_DE")
    assert len(done.stderr.splitlines()) == 1


def test_document_of_standard_input_is_served_with_its_plan_beside_us(pets: Path) -> None:
    plan = "plan: '1'\nresources: {pets: {schema: 5}}\n"
    (pets.parent / "pets.plan.yaml").write_text(plan)
    command = [sys.executable, "-m", "mockserver", "serve", "pets=-", "--port", "0"]

    done = subprocess.run(
        command, input=pets.read_bytes(), capture_output=True, check=False, timeout=30, cwd=pets.parent
    )

    assert done.returncode == 2
    assert b"pets.plan.yaml: at /" in done.stderr, "the plan was found, and is wrong on purpose"


@pytest.mark.parametrize("data", [b"", b"hello", b"{"], ids=["empty", "text", "cut short"])
def test_standard_input_without_a_document_is_one_line(data: bytes) -> None:
    command = [sys.executable, "-m", "mockserver", "serve", "-", "--port", "0"]

    done = subprocess.run(command, input=data, capture_output=True, check=False, timeout=30)

    assert done.returncode == 2
    assert b"Traceback" not in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_standard_input_named_twice_is_refused() -> None:
    assert_wrong_use(run("serve", "a=-", "b=-", "--port", "0"), "'-' was named twice")


@pytest.mark.parametrize("place", ["file", "folder", "stdin"])
def test_document_is_served_wherever_it_comes_from(pets: Path, place: str) -> None:
    source = {"file": str(pets), "folder": str(pets.parent), "stdin": "-"}[place]
    with starting(source, stdin=pets) as (_, text):
        curl = next(line.strip() for line in text.splitlines() if line.strip().startswith("curl"))
        done = subprocess.run([*shlex.split(curl), "--fail"], capture_output=True, check=False, timeout=10)
        assert done.returncode == 0, text


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("openapi: 3.1.0\npaths: [", "line 3"),
        ('{"openapi": "3.1.0", ]', "line 1"),
        ("hello", "not an object"),
        ("swagger: '1.2'", "'swagger' is '1.2'"),
        ("openapi: 3.1.0\na: !!python/object:os.system x", "is not valid YAML"),
    ],
)
def test_broken_document_is_one_line(tmp_path: Path, text: str, part: str) -> None:
    (tmp_path / "api.yaml").write_text(text)

    done = run("serve", "api.yaml", "--port", "0", cwd=tmp_path)

    assert_wrong_use(done, "api.yaml", part)
    assert len(done.stderr.splitlines()) == 1


def test_document_of_binary_rubbish_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "api.yaml").write_bytes(bytes(range(128, 256)))

    done = run("serve", "api.yaml", "--port", "0", cwd=tmp_path)

    assert_wrong_use(done, "not UTF-8")


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (["serve", "--prot", "1"], "--port"),
        (["serve", "--port", "http"], "not a valid integer"),
        (["serve", "--port", "70000"], "there is no port 70000"),
        (["serve", "--clock", "noon"], "no instant"),
        (["serve", "--fixtures", "nowhere"], "there is no folder nowhere"),
        (["serve", "--config", "nowhere.yaml"], "cannot read nowhere.yaml"),
        (["serv"], "No such command"),
    ],
)
def test_wrong_flag_is_explained(arguments: list[str], part: str) -> None:
    assert_wrong_use(run(*arguments), part)


def test_config_with_unknown_setting_is_explained(tmp_path: Path, pets: Path) -> None:
    (tmp_path / "mockserver.yaml").write_text("prot: 4010")

    assert_wrong_use(run("serve", "pets.yaml", cwd=tmp_path), "unknown setting 'prot'", "port")


def test_no_command_shows_help() -> None:
    done = run()

    assert done.returncode == 2
    assert "Examples:" in done.stdout + done.stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "Ctrl-C"])
def test_signal_stops_the_server_cleanly(pets: Path, number: signal.Signals) -> None:
    with starting(str(pets)) as (process, _):
        process.send_signal(number)

        assert process.wait(10) == 0
        assert process.stderr is not None
        assert process.stderr.read() == ""


def test_half_a_request_does_not_hold_the_server() -> None:
    with starting() as (process, text):
        port = re.findall(r"http://127.0.0.1:(\d+)", text)[0]
        with socket.create_connection(("127.0.0.1", int(port))) as connection:
            connection.sendall(b"GET /sessions HTTP/1.1\r\nHost: x\r\n\r\n")
            assert connection.recv(12) == b"HTTP/1.1 401"
            head = b"POST /sessions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer gsk_1\r\nContent-Length: 9\r\n\r\n"
            connection.sendall(head + b"{")
            process.terminate()

            assert process.wait(10) == 0
        assert process.stderr is not None
        assert process.stderr.read() == ""


def test_curl_of_the_banner_works_when_pasted() -> None:
    with starting() as (_, text):
        curls = [line.strip() for line in text.splitlines() if line.strip().startswith("curl")]
        assert len(curls) == 3
        for curl in curls:
            command = [*shlex.split(curl), "--fail"]
            done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=10)
            assert done.returncode == 0, curl
            assert json.loads(done.stdout)


def test_banner_names_each_api_with_its_size() -> None:
    with starting() as (_, text):
        assert len(re.findall(r"\d+ operations, \d+ with state, \d+ seeded items", text)) == 3
        assert "\x1b" not in text, "colours are for terminals"


def test_same_seed_gives_the_same_bytes_on_every_run(tmp_path: Path) -> None:
    paths = ["/sessions", "/session", "/products", "/testCases"]
    headers = ["-H", "Authorization: Bearer <test-1>"]
    bodies = []
    for seed, order in ((3, paths), (3, paths[::-1]), (4, paths)):
        with running_server("--seed", str(seed)) as origin:
            found = {
                path: subprocess.run(
                    ["curl", "-s", *headers, origin + path], capture_output=True, check=True
                ).stdout
                for path in order
            }
        bodies.append([found[path] for path in paths])

    assert bodies[0] == bodies[1]
    assert bodies[0] != bodies[2]


def test_clock_that_stands_makes_writes_repeatable(pets: Path) -> None:
    data = '{"versionId": "ver_123", "testCaseId": "tc_123"}'
    answers = []
    for _ in range(2):
        with running_server("--clock", "2026-01-02T03:04:05Z") as origin:
            command = [
                "curl",
                "-s",
                "-H",
                "Authorization: Bearer gsk_1",
                "-H",
                "Content-Type: application/json",
                "-d",
                data,
            ]
            answers.append(
                subprocess.run([*command, f"{origin}/sessions"], capture_output=True, check=True).stdout
            )

    assert answers[0] == answers[1]
    assert json.loads(answers[0])["createdAt"].startswith("2026-01-02T03:04:05")


def test_log_has_a_line_for_each_request(pets: Path) -> None:
    with starting(str(pets)) as (process, text):
        origin = re.search(r"(http://\S+)/__", text)
        assert origin is not None
        subprocess.run(["curl", "-sg", f"{origin[1]}/pets?x=%0a%1b[31m"], check=True, capture_output=True)
        process.terminate()
        assert process.stdout is not None
        assert "GET /pets?x=%0a%1b[31m -> 200 empty list" in process.stdout.read()


def test_switches_let_requests_pass_that_are_not_judged(tmp_path: Path) -> None:
    limit = {"name": "limit", "in": "query", "required": True, "schema": {"type": "integer"}}
    operation = {
        "parameters": [limit],
        "responses": {"200": {"description": "Fine."}},
        "security": [{"key": []}],
    }
    schemes = {"key": {"type": "apiKey", "in": "header", "name": "X-Key"}}
    root = {**PETS, "paths": {"/pets": {"get": operation}}, "components": {"securitySchemes": schemes}}
    path = tmp_path / "pets.yaml"
    path.write_text(yaml.safe_dump(root))

    for flags, status in (((), 401), (("--no-auth",), 400), (("--no-auth", "--no-validate"), 200)):
        with running_server(str(path), *flags) as origin:
            assert httpx.get(f"{origin}/pets?limit=x").status_code == status
