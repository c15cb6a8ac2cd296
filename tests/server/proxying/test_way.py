"""How the proxy gets to the server behind it: TLS, other proxies, places."""

from __future__ import annotations

import json
import ssl
from pathlib import Path
from typing import Any

import pytest

from mockserver.errors import UsageError
from mockserver.server.proxying.fields import relocated
from mockserver.server.proxying.target import Trust, address
from tests.server.proxying.conftest import MakeProxy
from tests.server.proxying.kit import Heard, Line, Script, answering, ask, get, json_answer

TLS = Path(__file__).parent / "tls"
CLEAN = b'[{"id": 1, "name": "Rex"}]'
TRUSTED = Trust(ca=TLS / "ca.pem")


def secured(script: Script, *, asks_for_client: bool = False) -> Script:
    """Return a script that speaks TLS first."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(TLS / "server.pem")
    if asks_for_client:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(TLS / "ca.pem")

    def run(line: Line) -> None:
        with context.wrap_socket(line.connection, server_side=True) as connection:
            script(Line(connection))

    return run


def way(trust: Trust, **more: Any) -> dict[str, Any]:
    return {"tls": trust.context(), **more}


def url(make_proxy: MakeProxy, script: Script, host: str = "localhost") -> str:
    """Start a server that speaks TLS, and return its URL."""
    return make_proxy(script).upstream.url.replace("http://127.0.0.1", f"https://{host}")


@pytest.mark.parametrize("trust", [TRUSTED, Trust(insecure=True)])
def test_upstream_with_a_certificate_of_our_own_is_trusted_when_told_so(
    make_proxy: MakeProxy, trust: Trust
) -> None:
    place = url(make_proxy, secured(answering(json_answer(CLEAN))))
    proxied = make_proxy(None, url=place, way=way(trust))

    for _ in range(2):
        assert ask(proxied.origin, get()).body == CLEAN


@pytest.mark.parametrize(
    ("trust", "host", "said"),
    [
        (Trust(), "localhost", "unable to get local issuer certificate"),
        (TRUSTED, "127.1", "mismatch"),  # an address, but none that the certificate has
    ],
)
def test_upstream_that_is_not_trusted_is_a_bad_gateway(
    make_proxy: MakeProxy, trust: Trust, host: str, said: str
) -> None:
    place = url(make_proxy, secured(answering(json_answer(CLEAN))), host)
    proxied = make_proxy(None, url=place, way=way(trust))

    got = ask(proxied.origin, get())

    assert got.status == 502
    assert said in json.loads(got.body)["detail"]


def test_client_certificate_is_shown(make_proxy: MakeProxy) -> None:
    place = url(make_proxy, secured(answering(json_answer(CLEAN)), asks_for_client=True))
    known = Trust(TLS / "ca.pem", False, TLS / "client-cert.pem", TLS / "client-key.pem")

    assert ask(make_proxy(None, url=place, way=way(known)).origin, get()).body == CLEAN
    assert ask(make_proxy(None, url=place, way=way(TRUSTED)).origin, get()).status == 502


def test_proxy_on_the_way_is_asked_for_the_whole_url(make_proxy: MakeProxy) -> None:
    seen: list[Heard] = []
    hop = make_proxy(answering(json_answer(CLEAN), seen=seen)).upstream.url.replace("//", "//me:p%40ss@")
    proxied = make_proxy(None, url="http://api.invalid:8080/v1", way={"proxy": address(hop, "x")})

    assert ask(proxied.origin, get(b"/pets?limit=1")).body == CLEAN
    assert seen[0].target == b"http://api.invalid:8080/v1/pets?limit=1"
    assert seen[0].one(b"host") == b"api.invalid:8080"
    assert seen[0].one(b"proxy-authorization") == b"Basic bWU6cEBzcw=="


def test_proxy_on_the_way_gives_a_tunnel_for_tls(make_proxy: MakeProxy) -> None:
    asked: list[Heard] = []
    inside = secured(answering(json_answer(CLEAN)))

    def tunnel(line: Line) -> None:
        asked.append(line.message())
        line.send(b"HTTP/1.1 200 Connection established\r\n\r\n")
        inside(line)

    hop = make_proxy(tunnel).upstream.url
    proxied = make_proxy(None, url="https://localhost:8443", way=way(TRUSTED, proxy=address(hop, "x")))

    assert ask(proxied.origin, get()).body == CLEAN
    assert asked[0].first == b"CONNECT localhost:8443 HTTP/1.1"


def test_proxy_on_the_way_that_gives_no_tunnel_is_named(make_proxy: MakeProxy) -> None:
    hop = make_proxy(answering(b"HTTP/1.1 407 Who are you\r\nContent-Length: 0\r\n\r\n")).upstream.url
    proxied = make_proxy(None, url="https://localhost:8443", way=way(TRUSTED, proxy=address(hop, "x")))

    got = ask(proxied.origin, get())

    assert got.status == 502
    assert "407 Who are you" in json.loads(got.body)["detail"]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b"http://api.example/v1/pets/1?a=b", b"http://here:1/pets/1?a=b"),
        (b"http://api.example/v1", b"http://here:1/"),
        (b"/v1/pets/1", b"/pets/1"),
        (b"/v2/pets/1", b"/v2/pets/1"),
        (b"http://api.example/v10/pets", b"http://api.example/v10/pets"),
        (b"http://api.example.org/v1/pets", b"http://api.example.org/v1/pets"),
        (b"pets/1", b"pets/1"),
        (b"https://api.example/v1/pets", b"https://api.example/v1/pets"),
    ],
)
def test_place_on_the_upstream_becomes_a_place_on_the_proxy(value: bytes, expected: bytes) -> None:
    upstream = address("http://api.example/v1", "UPSTREAM")

    assert relocated([(b"Location", value)], upstream, b"http://here:1") == [(b"Location", expected)]


def test_places_are_rewritten_only_when_asked_for(make_proxy: MakeProxy) -> None:
    def script(line: Line) -> None:
        request = line.message()
        place = b"http://" + (request.one(b"host") or b"") + b"/v1/pets/1"
        line.send(b"HTTP/1.1 302 Found\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n" % place)

    plain, rewriting = make_proxy(script, base="/v1"), make_proxy(script, base="/v1", rewrite_location=True)

    assert ask(plain.origin, get()).one(b"location") == f"{plain.upstream.url}/v1/pets/1".encode()
    assert ask(rewriting.origin, get()).one(b"location") == b"http://client.example/pets/1"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("localhost:8080", "write an http or https URL"),
        ("ftp://x", "write an http or https URL"),
        ("http://", "write an http or https URL"),
        ("http://x:port", "no URL"),
        ("http://x/?a=b", "leave out what follows the path"),
        ("http://x/a b", "percent-encoded"),
    ],
)
def test_url_that_is_none_is_told(text: str, said: str) -> None:
    with pytest.raises(UsageError) as told:
        address(text, "UPSTREAM")
    assert said in str(told.value)


@pytest.mark.parametrize(
    ("trust", "said"),
    [
        (Trust(ca=TLS / "nothing.pem"), "there is no file"),
        (Trust(ca=TLS / "README.md"), "no certificates in PEM"),
        (Trust(key=TLS / "client-key.pem"), "needs --cert"),
        (Trust(cert=TLS / "ca.pem"), "of no use"),
    ],
)
def test_file_that_is_of_no_use_is_told(trust: Trust, said: str) -> None:
    with pytest.raises(UsageError) as told:
        trust.context()
    assert said in str(told.value)
