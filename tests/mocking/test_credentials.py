"""Which credentials the mock accepts, for people and for the fuzzer."""

from __future__ import annotations

import base64
import re
from pathlib import Path
from typing import Any

import pytest

from mockserver.document import builder
from mockserver.document.plan import Credential, Plan
from mockserver.mocking.credentials import for_operation

SCHEMES: dict[str, Any] = {
    "bearer": {"type": "http", "scheme": "bearer"},
    "basic": {"type": "http", "scheme": "basic"},
    "digest": {"type": "http", "scheme": "digest"},
    "oauth": {"type": "oauth2"},
    "header": {"type": "apiKey", "in": "header", "name": "X-Key"},
    "query": {"type": "apiKey", "in": "query", "name": "key"},
    "cookie": {"type": "apiKey", "in": "cookie", "name": "sid"},
    "tls": {"type": "mutualTLS"},
}


def carriers(security: list[dict[str, Any]], **credentials: Credential) -> list[tuple[str, str, str]]:
    operation = {"operationId": "get", "responses": {}, "security": security}
    root = {
        "openapi": "3.1.0",
        "paths": {"/a": {"get": operation}},
        "components": {"securitySchemes": SCHEMES},
    }
    model = builder.build(root, Path("api.yaml"))
    return for_operation(model, Plan(credentials=credentials), model.operations["get"])


@pytest.mark.parametrize(
    ("scheme", "carrier"),
    [
        ("bearer", ("header", "Authorization", "Bearer test-key")),
        ("basic", ("header", "Authorization", "Basic " + base64.b64encode(b"user:password").decode())),
        (
            "digest",
            (
                "header",
                "Authorization",
                'Digest username="test-key", realm="mock", nonce="0", uri="/", response="0"',
            ),
        ),
        ("oauth", ("header", "Authorization", "Bearer test-key")),
        ("header", ("header", "X-Key", "test-key")),
        ("query", ("query", "key", "test-key")),
        ("cookie", ("cookie", "sid", "test-key")),
    ],
)
def test_credential_is_carried_as_its_scheme_says(scheme: str, carrier: tuple[str, str, str]) -> None:
    assert carriers([{scheme: []}]) == [carrier]


def test_first_alternative_is_satisfied_as_a_whole() -> None:
    assert [name for _, name, _ in carriers([{"header": [], "query": []}, {"bearer": []}])] == [
        "X-Key",
        "key",
    ]


def test_operation_without_security_needs_nothing() -> None:
    assert carriers([]) == []


def test_certificate_is_nothing_that_can_be_sent() -> None:
    assert carriers([{"tls": []}]) == []


def test_example_of_the_plan_is_taken() -> None:
    assert carriers([{"header": []}], header=Credential(re.compile("^k_"), "k_1"))[0][2] == "k_1"


def test_value_of_the_pattern_is_made_where_the_plan_has_no_example() -> None:
    pattern = re.compile(r"^key_[0-9]{4}$")

    assert pattern.search(carriers([{"header": []}], header=Credential(pattern))[0][2])
