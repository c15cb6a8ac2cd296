"""Hypothesis makes requests that are nearly right, and breaks them: each is answered, or orderly closed."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, note, settings
from hypothesis import strategies as st

from mockserver import bundled

from .hostile.catalogue import get
from .hostile.machine import THINGS, Machine, machine

FAST = partial(settings, max_examples=120)
LONG = partial(settings, max_examples=int(os.environ.get("MOCKSERVER_HOSTILE_EXAMPLES", "1000")))
Given = Callable[[Callable[..., None]], Callable[..., None]]


def repeatable(make: partial[settings]) -> settings:
    """Return settings under which every run makes the same requests."""
    return make(
        derandomize=True,
        deadline=None,
        database=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )


TOKENS = st.sampled_from(
    [b"", b"%", b"%00", b"%ff", b"%2F", b"..", b"\x00", b"\xff", b"\r\n", b"\n", b" ", b"\t", b";", b"=", b"&", b"[",
     b"]", b'"', b"'", b"{", b"}", b"1e999", b"NaN", b"null", b"-1", b"9" * 400, b"__proto__", b"\\ud800", b"a" * 5000]
)  # fmt: skip
METHODS = st.sampled_from(
    [b"GET", b"POST", b"PUT", b"PATCH", b"DELETE", b"HEAD", b"OPTIONS", b"FOO", b"get", b"T@E"]
)
NAMES = st.sampled_from(
    [b"Accept", b"Content-Type", b"Content-Encoding", b"Transfer-Encoding", b"Content-Length", b"Authorization",
     b"Cookie", b"Prefer", b"Range", b"If-Match", b"Expect", b"Connection", b"Host", b"Origin", b"X-Number", b"X-List",
     b"Accept-Encoding", b"Upgrade", b"Access-Control-Request-Method", b"Galileo-API-Key"]
)  # fmt: skip
VALUES = st.one_of(
    st.sampled_from(
        [b"application/json", b"text/plain", b"*/*;q=0.1", b"multipart/form-data; boundary=b", b"chunked", b"Bearer a",
         b"application/x-www-form-urlencoded", b"application/xml", b"Basic YTpi", b"code=200", b"dynamic=true", b"close",
         b"a=b; c=d", b"bytes=0-1", b"gzip", b"100-continue", b"keep-alive", b"1", b"0", b"websocket"]
    ),
    TOKENS,
    st.binary(max_size=30),
)  # fmt: skip
BODIES = st.one_of(
    st.sampled_from(
        [b"", b"{}", b"[]", b'{"name": "rex"}', b"name=rex&size=1", b"[" * 5000, b"[1,", b'{"a":"\\ud800"}', b"\xff\xfe",
         b'--b\r\nContent-Disposition: form-data; name="name"\r\n\r\nrex\r\n--b--\r\n', b"<Thing><name>a</name></Thing>",
         b"0\r\n\r\n", b"5\r\n{}   \r\n0\r\n\r\n"]
    ),
    st.binary(max_size=200),
)  # fmt: skip


def targets(paths: list[str]) -> st.SearchStrategy[bytes]:
    """Return targets: paths of a document, their variables filled, with queries, sometimes something else."""
    values = st.one_of(st.sampled_from([b"1", b"abc", b"a-b"]), TOKENS, st.binary(max_size=8))
    names = st.sampled_from(
        [b"limit", b"tags", b"filter[kind]", b"where", b"__code", b"__seed", b"sortOrder", b""]
    )

    @st.composite
    def made(draw: st.DrawFn) -> bytes:
        template = draw(st.sampled_from(paths))
        pieces = [
            draw(values) if piece.startswith("{") else piece.encode()
            for piece in template.replace("}", "\0").replace("{", "\0{").split("\0")
        ]
        query = draw(st.lists(st.tuples(names, values), max_size=4))
        text = b"&".join(name + b"=" + value for name, value in query)
        return b"".join(pieces) + (b"?" + text if text else b"")

    return st.one_of(
        made(), made(), made(), TOKENS, st.sampled_from([b"*", b"/", b"http://a/things", b"a:1", b"//"])
    )


@st.composite
def requests(draw: st.DrawFn, paths: list[str]) -> bytes:
    """Return a request that is nearly right."""
    body = draw(BODIES)
    fields = [(b"Host", b"mock"), *draw(st.lists(st.tuples(NAMES, VALUES), max_size=5))]
    framing = draw(st.sampled_from(["length", "length", "length", "none", "lie", "chunked"]))
    if framing == "length" and body:
        fields.append((b"Content-Length", b"%d" % len(body)))
    elif framing == "lie":
        fields.append((b"Content-Length", b"%d" % draw(st.integers(0, 300))))
    elif framing == "chunked":
        fields.append((b"Transfer-Encoding", b"chunked"))
        body = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body) if body else b"0\r\n\r\n"
    version = draw(st.sampled_from([b"HTTP/1.1"] * 8 + [b"HTTP/1.0", b"HTTP/2.0", b"http/1.1", b""]))
    lines = [
        draw(METHODS) + b" " + draw(targets(paths)) + b" " + version,
        *(name + b": " + value for name, value in fields),
    ]
    data = b"\r\n".join([*lines, b"", b""]) + body
    for position, change in draw(st.lists(st.tuples(st.integers(0, 2000), TOKENS), max_size=2)):
        at = position % (len(data) + 1)
        data = data[:at] + change + data[at + draw(st.integers(0, 3)) :]
    return data


def check(running: Machine, data: bytes) -> None:
    """Send it; an answer below 500 or an end has to come within 5 s, and the next client must be served."""
    note(repr(data))
    before = len(running.log)
    # The client closes its side: what it has not sent will never come, and the server knows that.
    outcome = running.send(data, patience=5, half_close=True, finals=1)
    assert outcome.ended in ("answered", "closed"), outcome
    assert outcome.status < 500, outcome
    assert running.send(get("/__mock__/version")).status == 200
    assert "Traceback" not in running.log[before:]


THINGS_PATHS = [
    "/things", "/things/{id}", "/numbers/{number}", "/any/{value}", "/styles/{label}/{matrix}", "/patterns", "/trees",
    "/files/{name}.{kind}-{version}.json", "/locked", "/__mock__/journal", "/__mock__/state/{d}/{r}/{i}",
]  # fmt: skip


@pytest.fixture(scope="module")
def things(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """A server of the document that has everything."""
    with machine(THINGS, folder=tmp_path_factory.mktemp("hostile")) as running:
        yield running
        assert running.process.poll() is None


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """A server of the bundled documents."""
    with machine(folder=tmp_path_factory.mktemp("hostile")) as running:
        yield running
        assert running.process.poll() is None


def bundled_paths() -> list[str]:
    """Return the paths of the bundled documents."""
    from mockserver.document import builder

    return sorted(
        {
            operation.path
            for path in bundled.documents()
            for operation in builder.load(path).operations.values()
        }
    )


def attack(running: Machine, paths: list[str], make: partial[Any]) -> None:
    """Send what Hypothesis thinks of."""

    @repeatable(make)
    @given(requests(paths))
    def run(data: bytes) -> None:
        check(running, data)

    run()


def test_requests_that_are_nearly_right_are_answered_by_every_kind_of_operation(things: Machine) -> None:
    attack(things, THINGS_PATHS, FAST)


def test_requests_that_are_nearly_right_are_answered_by_the_bundled_documents(bundle: Machine) -> None:
    attack(bundle, bundled_paths(), FAST)


@pytest.mark.slow
def test_thousands_of_broken_requests_are_answered_by_every_kind_of_operation(things: Machine) -> None:
    attack(things, THINGS_PATHS, LONG)


@pytest.mark.slow
def test_thousands_of_broken_requests_are_answered_by_the_bundled_documents(bundle: Machine) -> None:
    attack(bundle, bundled_paths(), LONG)
