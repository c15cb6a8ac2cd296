"""Credentials: who is let in, who is not, and what is said about it."""

from __future__ import annotations

import base64
import json
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.mocking.guard import scopes_of

from .conftest import MakeClient, answers, document

pytestmark = pytest.mark.anyio

SCHEMES: dict[str, Any] = {
    "key": {"type": "apiKey", "in": "header", "name": "X-Key"},
    "app": {"type": "apiKey", "in": "header", "name": "X-App"},
    "sid": {"type": "apiKey", "in": "cookie", "name": "sid"},
    "query": {"type": "apiKey", "in": "query", "name": "api key"},
    "basic": {"type": "http", "scheme": "Basic"},
    "bearer": {"type": "http", "scheme": "bearer"},
    "digest": {"type": "http", "scheme": "digest"},
    "hoba": {"type": "http", "scheme": "hoba"},
    "oauth": {"type": "oauth2", "flows": {}},
    "second": {"type": "oauth2", "flows": {}},
    "oidc": {"type": "openIdConnect", "openIdConnectUrl": "https://example.com"},
    "tls": {"type": "mutualTLS"},
    "odd": {"type": "somethingElse"},
}


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def client_for(make_client: MakeClient, *security: dict[str, list[str]], **more: Any) -> httpx.AsyncClient:
    """Return a client of one operation with these requirements."""
    settings = {name: more.pop(name) for name in ("auth", "credentials") if name in more}
    operation = {"responses": {**answers(), **more.pop("responses", {})}, "security": list(security), **more}
    root = document({"/pets": {"get": operation}}, components={"securitySchemes": SCHEMES})
    return make_client(root, **settings)


def jwt(**claims: Any) -> str:
    """Return a token with these claims and a signature that nobody checks."""
    head, body = (
        base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()
        for part in ({"alg": "RS256"}, claims)
    )
    return f"{head}.{body}.c2ln"


def basic(text: str) -> str:
    return "Basic " + base64.b64encode(text.encode()).decode()


DIGEST = 'Digest username="ann", realm="r, s", nonce=n, uri="/pets", response="6629"'


@pytest.mark.parametrize(
    ("scheme", "headers", "status"),
    [
        ("key", {"x-key": "k"}, 200),
        ("key", {"x-key": ""}, 401),
        ("sid", {"Cookie": 'a=b; sid="k"; c'}, 200),
        ("sid", {"Cookie": "asid=k"}, 401),
        ("basic", {"Authorization": basic("ann:secret")}, 200),
        ("basic", {"Authorization": basic(":")}, 200),
        ("basic", {"Authorization": basic("ann:se:cret")}, 200),
        ("basic", {"Authorization": "bASIC   " + basic("a:b")[6:]}, 200),
        ("basic", {"Authorization": basic("ann")}, 401),
        ("basic", {"Authorization": "Basic !!!"}, 401),
        ("basic", {"Authorization": "Basic YTpiY"}, 401),
        ("basic", {"Authorization": "Basic"}, 401),
        ("bearer", {"Authorization": "Bearer t"}, 200),
        ("bearer", {"Authorization": "Bearer 1|t:/~"}, 200),
        ("bearer", {"Authorization": "Bearer <YOUR KEY>"}, 200),
        ("bearer", {"Authorization": "Bearer "}, 401),
        ("bearer", {"Authorization": "Token t"}, 401),
        ("bearer", {"Authorization": "t"}, 401),
        ("digest", {"Authorization": DIGEST}, 200),
        ("digest", {"Authorization": DIGEST.replace("username", "username*")}, 200),
        ("digest", {"Authorization": DIGEST.replace("response", "answer")}, 401),
        ("digest", {"Authorization": 'Digest username="ann'}, 401),
        ("hoba", {"Authorization": "HOBA result=x"}, 200),
        ("oauth", {"Authorization": "Bearer t"}, 200),
        ("oidc", {"Authorization": "Bearer t"}, 200),
        ("tls", {}, 200),
        ("odd", {}, 200),
    ],
)
async def test_credential_is_judged_by_its_scheme(
    make_client: MakeClient, scheme: str, headers: dict[str, str], status: int
) -> None:
    assert (await client_for(make_client, {scheme: []}).get("/pets", headers=headers)).status_code == status


@pytest.mark.parametrize(
    ("query", "status"), [("api+key=k", 200), ("api%20key=k&x", 200), ("api_key=k", 401), ("", 401)]
)
async def test_key_in_the_query_is_found_by_its_decoded_name(
    make_client: MakeClient, query: str, status: int
) -> None:
    assert (await client_for(make_client, {"query": []}).get(f"/pets?{query}")).status_code == status


async def test_alternatives_are_or_and_schemes_of_one_are_and(make_client: MakeClient) -> None:
    client = client_for(make_client, {"key": [], "app": []}, {"bearer": []})

    assert (await client.get("/pets", headers={"X-Key": "k"})).status_code == 401
    assert (await client.get("/pets", headers={"X-Key": "k", "X-App": "a"})).status_code == 200
    assert (await client.get("/pets", headers={"Authorization": "Bearer t"})).status_code == 200
    missing = await client.get("/pets")
    assert missing.json()["detail"] == "credentials are required: key and app or bearer"


async def test_two_oauth_schemes_may_be_needed_together(make_client: MakeClient) -> None:
    client = client_for(make_client, {"oauth": ["a"], "second": ["b"]})

    assert (
        await client.get("/pets", headers={"Authorization": f"Bearer {jwt(scope='a b')}"})
    ).status_code == 200
    assert (
        await client.get("/pets", headers={"Authorization": f"Bearer {jwt(scope='a')}"})
    ).status_code == 403


async def test_empty_list_or_empty_alternative_needs_nothing(make_client: MakeClient) -> None:
    assert (await client_for(make_client).get("/pets")).status_code == 200
    assert (await client_for(make_client, {}, {"key": []}).get("/pets")).status_code == 200


# Challenges.


@pytest.mark.parametrize(
    ("requirement", "value"),
    [
        ({"basic": []}, 'Basic realm="api", charset="UTF-8"'),
        ({"bearer": []}, 'Bearer realm="api"'),
        ({"oauth": ["read", "write"]}, 'Bearer realm="api", scope="read write"'),
        ({"oidc": []}, 'Bearer realm="api"'),
        ({"hoba": []}, 'HOBA realm="api"'),
        ({"key": []}, 'ApiKey in="header", name="X-Key"'),
        ({"key": [], "tls": []}, 'ApiKey in="header", name="X-Key"'),
        ({"basic": [], "bearer": []}, 'Basic realm="api", charset="UTF-8", Bearer realm="api"'),
    ],
)
async def test_refusal_has_a_challenge_for_each_scheme(
    make_client: MakeClient, requirement: dict[str, list[str]], value: str
) -> None:
    answer = await client_for(make_client, requirement).get("/pets")

    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, value)


async def test_challenge_of_digest_is_the_same_each_time(make_client: MakeClient) -> None:
    client = client_for(make_client, {"digest": []})
    first, second = [(await client.get("/pets")).headers["www-authenticate"] for _ in range(2)]

    assert first == second
    assert first.startswith('Digest realm="api", nonce="')
    assert first.endswith('", qop="auth", algorithm=SHA-256')


async def test_refused_token_is_told_from_a_missing_one(make_client: MakeClient) -> None:
    client = client_for(make_client, {"bearer": []}, credentials={"bearer": "^good$"})

    assert (await client.get("/pets", headers={"Authorization": "Bearer good"})).status_code == 200
    answer = await client.get("/pets", headers={"Authorization": "Bearer bad"})
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == 'Bearer realm="api", error="invalid_token"'


# Scopes.


@pytest.mark.parametrize(
    ("token", "status"),
    [
        ("opaque", 200),
        ("a.b.c", 200),
        ("..", 200),
        ("a.bnVsbA.c", 200),
        (jwt(sub="ann"), 200),
        (jwt(scope="read write other"), 200),
        (jwt(scp=["read", "write"]), 200),
        (jwt(scopes="write read"), 200),
        (jwt(scope=5, scp=["read", "write"]), 200),
        (jwt(scope="read"), 403),
        (jwt(scope=""), 403),
        (jwt(scp=[]), 403),
        (jwt(scopes=["read", 5]), 403),
    ],
)
@pytest.mark.parametrize("scheme", ["oauth", "oidc"])
async def test_token_is_held_to_the_scopes_that_it_says_it_has(
    make_client: MakeClient, scheme: str, token: str, status: int
) -> None:
    client = client_for(make_client, {scheme: ["read", "write"]})

    answer = await client.get("/pets", headers={"Authorization": f"Bearer {token}"})

    assert answer.status_code == status
    if status == 403:
        wanted = 'Bearer realm="api", scope="read write", error="insufficient_scope"'
        assert answer.headers["www-authenticate"] == wanted
        assert "lacks the scope" in answer.json()["detail"]


async def test_alternative_with_fewer_scopes_lets_a_token_pass(make_client: MakeClient) -> None:
    client = client_for(make_client, {"oauth": ["admin"]}, {"oauth": ["read"]})

    answer = await client.get("/pets", headers={"Authorization": f"Bearer {jwt(scope='read')}"})

    assert answer.status_code == 200


async def test_missing_scope_is_401_where_only_that_is_declared(make_client: MakeClient) -> None:
    client = client_for(make_client, {"oauth": ["admin"]}, responses={"401": {"description": "No."}})

    answer = await client.get("/pets", headers={"Authorization": f"Bearer {jwt(scope='read')}"})

    assert answer.status_code == 401


async def test_roles_of_other_schemes_are_not_asked_for(make_client: MakeClient) -> None:
    client = client_for(make_client, {"bearer": ["admin"]})

    assert (
        await client.get("/pets", headers={"Authorization": f"Bearer {jwt(scope='a')}"})
    ).status_code == 200


@given(
    st.text(st.characters(codec="latin-1"))
    | st.binary().map(lambda data: f"a.{base64.b64encode(data).decode()}.b")
)
def test_no_token_breaks_the_reader_of_scopes(token: str) -> None:
    assert scopes_of(token) is None or isinstance(scopes_of(token), frozenset)


async def test_nobody_is_asked_when_credentials_are_switched_off(make_client: MakeClient) -> None:
    client = client_for(make_client, {"oauth": ["admin"]}, {"key": []}, auth=False)

    assert (await client.get("/pets")).status_code == 200
    assert (
        await client.get("/pets", headers={"Authorization": f"Bearer {jwt(scope='')}"})
    ).status_code == 200
