"""A server that is tested: its URL, its credentials, and that nobody sees them."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.cli.target import read_headers
from mockserver.contract import target
from mockserver.contract.findings import Came, Finding, Level, Sent
from mockserver.document import builder, plan_file
from mockserver.document.model import Document
from mockserver.errors import UsageError

SCHEMES = """\
openapi: 3.0.3
info: {title: Schemes, version: "1"}
security: [{basic: []}, {key: [], inQuery: []}]
paths:
  /open: {get: {operationId: open, security: [], responses: {"200": {description: Fine}}}}
  /pets: {get: {operationId: listPets, responses: {"200": {description: Fine}}}}
  /login: {get: {operationId: whoami, security: [{login: []}], responses: {"200": {description: Fine}}}}
components:
  securitySchemes:
    key: {type: apiKey, in: header, name: X-Key}
    inQuery: {type: apiKey, in: query, name: key}
    basic: {type: http, scheme: basic}
    bearer: {type: http, scheme: bearer}
    login: {type: oauth2, flows: {password: {tokenUrl: /login, scopes: {}}}}
    certificate: {type: mutualTLS}
"""


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> Document:
    """A document with each kind of security scheme."""
    path = tmp_path_factory.mktemp("schemes") / "schemes.yaml"
    path.write_text(SCHEMES)
    return builder.load(path)


@pytest.mark.parametrize(
    ("url", "base", "user"),
    [
        ("http://127.0.0.1:80/v1/", "http://127.0.0.1:80/v1", None),
        ("https://me:p%40ss@api.example.com", "https://api.example.com", "me:p@ss"),
        ("http://[::1]:8080", "http://[::1]:8080", None),
    ],
)
def test_base_url_is_freed_of_its_user(url: str, base: str, user: str | None) -> None:
    assert target.base_url(url) == (base, user)


@pytest.mark.parametrize(
    "url", ["api.example.com", "ftp://x", "http://", "http://x:y", "http://x/?a=1", "http://x/#a"]
)
def test_what_is_no_base_url_is_refused(url: str) -> None:
    with pytest.raises(UsageError, match=r"is no URL|has a query or a fragment"):
        target.base_url(url)


@pytest.mark.parametrize(("text", "meaning"), [("10/s", (10, 1)), ("100/m", (100, 60)), ("7/h", (7, 3600))])
def test_rate_is_requests_in_seconds(text: str, meaning: tuple[int, int]) -> None:
    assert target.rate(text) == meaning


@pytest.mark.parametrize("text", ["10", "0/s", "1/y", "-1/s", "fast"])
def test_what_is_no_rate_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="is no rate"):
        target.rate(text)


def test_basic_and_bearer_are_for_all_schemes_of_their_kind(document: Document) -> None:
    made = target.make("http://x", document, basic="a:b", bearer="t")

    assert made.credentials == {"basic": "a:b", "bearer": "t", "login": "t"}
    assert made.headers == {}


def test_bearer_is_a_header_where_the_document_has_no_scheme_for_it(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("openapi: 3.1.0\ninfo: {title: A, version: '1'}\npaths: {}\n")

    made = target.make("http://x", builder.load(tmp_path / "a.yaml"), bearer="token")

    assert made.headers == {"Authorization": "Bearer token"}


def test_scheme_by_name_wins_over_kind(document: Document) -> None:
    made = target.make("http://x", document, bearer="all", schemes={"login": "one"})

    assert (made.credentials["bearer"], made.credentials["login"]) == ("all", "one")


@pytest.mark.parametrize("name", ["nobody", "certificate"])
def test_credentials_for_a_scheme_that_takes_none_are_refused(document: Document, name: str) -> None:
    with pytest.raises(UsageError, match=f"no security scheme '{name}'"):
        target.make("http://x", document, schemes={name: "x"})


def test_operation_gets_the_first_alternative_that_is_whole(document: Document) -> None:
    made = target.make("http://x", document, schemes={"inQuery": "q", "key": "k", "login": "l"})

    def carried(id: str) -> list[tuple[str, str, str]]:
        return target.for_operation(made, document, document.operations[id])

    assert carried("open") == []
    assert sorted(carried("listPets")) == [("header", "X-Key", "k"), ("query", "key", "q")]
    assert carried("whoami") == [("header", "Authorization", "Bearer l")]


def test_plan_fills_credentials_that_nobody_gave(document: Document) -> None:
    raw = {
        "plan": "1",
        "credentials": {
            "key": {"pattern": "^k", "example": "k1"},
            "login": {"pattern": "^l", "example": "l1"},
        },
    }
    plan = plan_file.build(raw, document, document.source)
    made = target.make("http://x", document, schemes={"login": "mine"})

    assert target.with_plan(made, document, plan).credentials == {"key": "k1", "login": "mine"}


def test_header_of_a_person_stands_for_the_plans_credential(document: Document) -> None:
    plan = plan_file.build(
        {"plan": "1", "credentials": {"key": {"pattern": "^k", "example": "k1"}}}, document, document.source
    )
    made = target.make("http://x", document, headers={"x-key": "mine"})

    assert target.with_plan(made, document, plan).credentials == {}


SECRETS = st.from_regex(r"Q[0-9%+/=:&é]{3,15}", fullmatch=True)
"""Nothing else of a finding has this letter."""


@given(SECRETS, SECRETS, SECRETS)
def test_no_secret_is_left_in_a_finding(document: Document, key: str, password: str, token: str) -> None:
    made = target.make(
        f"http://me:{quote(password, safe='')}@x", document, schemes={"key": key}, headers={"X-Token": token}
    )
    headers = (("X-Key", key), ("X-Token", token), ("Cookie", f"a={quote(password, safe='')}"))
    finding = Finding(
        "x",
        Level.ERROR,
        "t",
        f"{key} {password} {token}",
        sent=Sent("GET", f"http://x?k={quote(key, safe='')}", headers, password.encode()),
        came=Came(200, headers, b"\xff" + token.encode()),
        before=((Sent("GET", "http://x", headers), Came(200, headers, key.encode())),),
    )

    shown = repr(made.masked_finding(finding))

    assert "Q" not in shown


def test_short_secret_is_hidden_only_as_a_whole_header(document: Document) -> None:
    made = target.make("http://x", document, schemes={"key": "a"})

    assert made.masked("a pear") == "a pear"
    assert made.masked_headers([("X-Key", "a")]) == (("X-Key", target.MASK),)


def test_plain_header_is_no_secret(document: Document) -> None:
    made = target.make("http://x", document, headers={"Accept-Language": "german"})

    assert made.masked("german") == "german"


def test_repr_of_a_target_tells_no_secret(document: Document) -> None:
    assert "hidden" not in repr(target.make("http://x", document, schemes={"key": "hidden"}))


@pytest.mark.parametrize("line", ["nonsense", ": x", "a b: c"])
def test_what_is_no_header_is_refused(line: str) -> None:
    with pytest.raises(UsageError, match="is no header"):
        read_headers([line])


def options(**changes: Any) -> dict[str, Any]:
    none: dict[str, Any] = dict.fromkeys(("basic", "bearer", "ca", "cert", "cert_key", "proxy", "rate_limit"))
    return {**none, "headers": (), "auth": (), "insecure": False, "request_timeout": 5.0, **changes}


def test_environment_is_read_and_secret(document: Document, monkeypatch: pytest.MonkeyPatch) -> None:
    from mockserver.cli.target import target_from

    monkeypatch.setenv("SOME_LANGUAGE", "swiss")
    made = target_from("http://x", document, options(headers=("Accept-Language: ${SOME_LANGUAGE}, $${x}",)))

    assert made.headers == {"Accept-Language": "swiss, ${x}"}
    assert made.masked("swiss") == target.MASK


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"auth": ("key=${NOT_THERE_AT_ALL}",)}, "no variable NOT_THERE_AT_ALL"),
        ({"auth": ("hidden-text",)}, "write it as SCHEME=VALUE"),
        ({"basic": "hidden-text"}, "write it as USER:PASSWORD"),
        ({"cert_key": Path("k")}, "--cert-key needs --cert"),
        ({"ca": Path("c"), "insecure": True}, "exclude each other"),
        ({"rate_limit": "1"}, "is no rate"),
    ],
)
def test_wrong_option_is_said_without_what_may_be_secret(
    document: Document, changes: dict[str, Any], message: str
) -> None:
    from mockserver.cli.target import target_from

    with pytest.raises(UsageError, match=message) as caught:
        target_from("http://x", document, options(**changes))

    assert "hidden-text" not in str(caught.value)
