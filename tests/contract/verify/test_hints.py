"""What a person is told about the worth of a run, and how errors of the network read."""

from __future__ import annotations

from pathlib import Path

import pytest

from mockserver.contract.findings import Came, Sent
from mockserver.contract.target import Target
from mockserver.contract.verify.effort import Subject
from mockserver.contract.verify.hints import Hints
from mockserver.contract.verify.network import network_error
from mockserver.contract.verify.scenario import Scenario, Step
from mockserver.document import builder
from mockserver.document.plan import Plan


def told(
    pets: Path, answers: dict[str, list[int]], url: str = "http://x", **target: dict[str, str]
) -> list[str]:
    document = builder.load(pets)
    hints = Hints(Subject(document, Plan(), Target(url, **target)))
    for operation, statuses in answers.items():
        steps = [
            Step(str(n), operation, Sent("GET", f"http://x/{n}"), Came(status), is_valid=True)
            for n, status in enumerate(statuses)
        ]
        again = Step("again", operation, Sent("GET", "http://x/0"), Came(401), parent=steps[0], is_valid=True)
        hints.see(Scenario("coverage", operation, "success", 1.0, (*steps, again)))
    return [said.text for said in hints.tell()]


def test_run_without_credentials_is_told_what_it_lacks(pets: Path) -> None:
    (text,) = told(pets, {"GET /pets": [401] * 20})

    assert text.startswith("20 of 20 valid requests were refused with 401 or 403: give credentials")


def test_run_with_wrong_credentials_is_told_so(pets: Path) -> None:
    (text,) = told(pets, {"GET /pets": [403] * 20}, credentials={"key": "x"})

    assert "are the credentials right?" in text


def test_missing_base_path_is_named(pets: Path) -> None:
    pets.write_text(pets.read_text().replace("security:", "servers: [{url: /v1}]\nsecurity:", 1))

    (text,) = told(pets, {"GET /pets": [404] * 20})

    assert text.endswith("is it --url http://x/v1?")


def test_operations_that_found_nothing_are_named(pets: Path) -> None:
    (text,) = told(
        pets, {"GET /pets": [200] * 20, "GET /pets/{id}": [404] * 5, "DELETE /pets/{id}": [404, 204]}
    )

    assert text.startswith("all valid requests of GET /pets/{id} were answered 404")


@pytest.mark.parametrize("statuses", [[200] * 20, [401] * 5 + [200] * 20, [404] * 3])
def test_usual_run_is_told_nothing(pets: Path, statuses: list[int]) -> None:
    assert told(pets, {"GET /pets": statuses}) == []


@pytest.mark.parametrize(
    ("kind", "message", "text"),
    [
        ("ReadTimeout", "HTTPConnectionPool(host='x'): Read timed out. (read timeout=2)", "no answer in 2 s"),
        ("ConnectionError", "(... [Errno 111] Connection refused'))", "the connection was refused"),
        ("ConnectionError", "('Connection aborted.', BadStatusLine('x'))", "what came is not HTTP"),
        ("ConnectionError", "('Connection aborted.', x)", "the connection was closed without an answer"),
        ("ChunkedEncodingError", "IncompleteRead(1 bytes read)", "the answer was cut off"),
        ("ContentDecodingError", "gzip", "the body is not in the coding that Content-Encoding names"),
        ("SSLError", "certificate verify failed: self-signed", "the certificate is not trusted"),
        ("ConnectionError", "odd", "odd"),
    ],
)  # fmt: skip
def test_errors_of_the_network_are_plain_words(kind: str, message: str, text: str) -> None:
    error = network_error({"value": {"type": kind, "message": message}})

    assert error is not None
    assert error.told(2) == text


def test_other_errors_are_not_of_the_network() -> None:
    assert network_error({"value": {"type": "Unsatisfiable", "message": ""}}) is None
