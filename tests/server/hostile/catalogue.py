"""The catalogue: requests that nobody should send, and what each is answered with.

An entry is bytes on a socket. What is expected:

GOOD      2xx
REFUSED   4xx from the application, in the shape that `things.yaml` declares
EITHER    one of the two: the standard leaves it open, or calls it a matter of taste
NO_HTTP   4xx from the protocol, as Problem Details: there is no request that could belong to a document
CONTROL   any 2xx or 4xx of the control API, as JSON
SILENCE   the connection ends without an answer: half a request is none
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=cut"
ERROR = {"name": "rex"}


class Expect(StrEnum):
    """What has to come back."""

    GOOD = "good"
    REFUSED = "refused"
    EITHER = "either"
    NO_HTTP = "no-http"
    CONTROL = "control"
    SILENCE = "silence"


@dataclass(frozen=True)
class Entry:
    """One request of the catalogue.

    Attributes:
        status: The status, where exactly one is right.
        half_close: Whether the client closes its side after the last byte.
        seconds: How long the answer may take, on a machine that has other things to do.
        cpu_seconds: How long the server may compute.
    """

    group: str
    name: str
    data: bytes | tuple[bytes, ...]
    expect: Expect
    status: int | None = None
    half_close: bool = False
    seconds: float = 20
    cpu_seconds: float = 3

    def __str__(self) -> str:
        return f"{self.group}: {self.name}"


def request(
    method: str | bytes, target: str | bytes, *fields: str | bytes, body: bytes | None = None
) -> bytes:
    """Return a request with a Host field; Content-Length is added where a body is given."""
    lines = [_bytes(method) + b" " + _bytes(target) + b" HTTP/1.1", b"Host: mock"]
    lines += [_bytes(field) for field in fields]
    if body is not None:
        lines.append(b"Content-Length: %d" % len(body))
    return b"\r\n".join([*lines, b"", b""]) + (body or b"")


def _bytes(text: str | bytes) -> bytes:
    return text if isinstance(text, bytes) else text.encode("utf-8")


def get(target: str | bytes, *fields: str | bytes) -> bytes:
    """Return a GET request."""
    return request("GET", target, *fields)


def post(body: bytes, content_type: str | bytes = JSON, *fields: str | bytes, to: str = "/things") -> bytes:
    """Return a POST request."""
    return request("POST", to, b"Content-Type: " + _bytes(content_type), *fields, body=body)


def chunked(*pieces: bytes, to: str = "/things") -> bytes:
    """Return a chunked POST request with its raw chunks."""
    head = request("POST", to, f"Content-Type: {JSON}", "Transfer-Encoding: chunked")
    return head + b"".join(pieces)


def parts(*texts: bytes, last: bytes = b"--cut--\r\n") -> bytes:
    """Return a multipart body."""
    return b"".join(b"--cut\r\n" + text for text in texts) + last


def part(name: bytes, value: bytes, *fields: bytes) -> bytes:
    """Return one part of a form."""
    lines = [b'Content-Disposition: form-data; name="' + name + b'"', *fields, b"", value, b""]
    return b"\r\n".join(lines)


NAME = part(b"name", b"rex")
GOOD, REFUSED, EITHER = Expect.GOOD, Expect.REFUSED, Expect.EITHER
NO_HTTP, CONTROL, SILENCE = Expect.NO_HTTP, Expect.CONTROL, Expect.SILENCE
Row = tuple[str, bytes | tuple[bytes, ...], Expect] | tuple[str, bytes | tuple[bytes, ...], Expect, int]


def _rows(group: str, rows: Iterable[Row], **more: object) -> Iterator[Entry]:
    for name, data, expect, *status in rows:
        yield Entry(group, name, data, expect, status[0] if status else None, **more)


def paths() -> Iterator[Entry]:
    """Paths: escapes, dots, slashes, strange characters, lengths."""
    yield from _rows("path", [
        ("lone percent sign", get("/any/%"), EITHER),
        ("half an escape", get("/any/%4"), EITHER),
        ("escape of no digits", get("/any/%zz"), EITHER),
        ("escape of a percent sign, twice", get("/any/%25%32%35"), GOOD),
        ("escaped NUL", get("/any/a%00b"), EITHER),
        ("escaped NUL where a pattern forbids it", get("/things/a%00b"), REFUSED),
        ("escaped slash is part of the value", get("/any/a%2Fb"), GOOD),
        ("escaped backslash", get("/any/a%5Cb"), GOOD),
        ("escaped dots", get("/any/%2e%2e"), EITHER),
        ("dots", get("/any/.."), EITHER),
        ("dots out of the root", get("/../../../../etc/passwd"), REFUSED, 404),
        ("escaped dots and slashes out of the root", get("/any/..%2f..%2f..%2fetc%2fpasswd"), GOOD),
        ("one dot", get("/any/."), EITHER),
        ("invalid UTF-8", get("/any/%ff%fe"), EITHER),
        ("overlong UTF-8", get("/any/%c0%af"), EITHER),
        ("escaped lone surrogate", get("/any/%ed%a0%80"), EITHER),
        ("escaped line break: no header is made of it", get("/any/a%0d%0aX-Evil:%20yes"), EITHER),
        ("right-to-left override", get("/any/%e2%80%aetxt.exe"), GOOD),
        ("combining characters", get("/any/e%cc%81"), GOOD),
        ("characters beyond the basic plane", get("/any/%f0%9f%98%80"), GOOD),
        ("SQL", get("/any/1'%20OR%20'1'='1"), GOOD),
        ("format string", get("/any/%25s%25n%7B0.__class__%7D"), GOOD),
        ("template", get("/any/%7B%7B7*7%7D%7D"), GOOD),
        ("name of a prototype", get("/any/__proto__"), GOOD),
        ("name of a constructor", get("/things/constructor"), REFUSED),  # there is no such thing
        ("empty segment", get("/things//"), REFUSED, 404),
        ("slash at the end", get("/things/"), REFUSED, 404),
        ("many slashes", get("/" * 10_000), REFUSED, 404),
        ("segment of 1 kB", get("/any/" + "a" * 1000), GOOD),
        ("segment of 900 kB", get("/any/" + "a" * 900_000), GOOD),
        ("segment of 900 kB, which a pattern forbids", get("/things/" + "a" * 900_000), REFUSED),
        ("segment of 1 MiB", get("/any/" + "a" * 1024 * 1024), NO_HTTP, 414),
        ("segment of 3 MiB", get("/any/" + "a" * 3 * 1024 * 1024), NO_HTTP, 414),
        ("100,000 segments", get("/a" * 100_000), REFUSED, 404),
        ("100,000 segments below a variable", get("/any" + "/a" * 100_000), REFUSED, 404),
        ("separators without end in a segment of several variables", get("/files/" + ".-" * 400_000), REFUSED, 404),
        ("number of 5000 digits", get("/numbers/" + "9" * 5000), EITHER),
        ("number with an exponent", get("/numbers/1e999"), REFUSED),
        ("number in hexadecimal", get("/numbers/0x1F"), REFUSED),
        ("number in Arabic digits", get("/numbers/%d9%a1%d9%a2"), REFUSED),
        ("number with a NUL", get("/numbers/1%00"), REFUSED),
        ("not a number", get("/numbers/NaN"), REFUSED),
        ("negative zero", get("/numbers/-0"), EITHER),
        ("styles without their marks", get("/styles/1,2/a"), EITHER),
        ("styles with only marks", get("/styles/./;"), EITHER),
        ("styles with rubbish", get("/styles/.a.%00.%ff/;=;;a;=b;a=%zz"), REFUSED),
        ("characters that a URL has to escape", get('/any/a|b^c"<d>`{e}'), EITHER),
        ("fragment", get("/things#fragment"), GOOD),
        ("parameters of a segment", get("/any/a;b=c;d"), GOOD),
    ])  # fmt: skip


def targets() -> Iterator[Entry]:
    """Forms of the request target (RFC 9112 section 3.2)."""
    yield from _rows("target", [
        ("absolute form", get("http://other/things"), GOOD),
        ("absolute form in capitals", get("HTTP://OTHER/things"), GOOD),
        ("absolute form without a path", get("http://other"), REFUSED, 404),
        ("absolute form with a query only", get("http://other?limit=1"), REFUSED, 404),
        ("absolute form with a user", get("http://user:pass@other/things"), GOOD),
        ("absolute form without a host", get("http:///things"), NO_HTTP, 400),
        ("absolute form with an impossible port", get("http://other:99999999/things"), EITHER),
        ("absolute form of another scheme", get("ftp://other/things"), NO_HTTP, 400),
        ("file scheme", get("file:///etc/passwd"), NO_HTTP, 400),
        ("authority form", get("mock:80"), NO_HTTP, 400),
        ("authority form of CONNECT", request("CONNECT", "mock:80"), NO_HTTP, 405),
        ("asterisk of OPTIONS", request("OPTIONS", "*"), EITHER),
        ("asterisk of GET", get("*"), REFUSED, 404),
        ("no slash at the beginning", get("things"), NO_HTTP, 400),
        ("nothing but a query", get("?limit=1"), NO_HTTP, 400),
        ("blank in the target", get("/any/a b"), NO_HTTP, 400),
        ("raw UTF-8", get("/any/é"), NO_HTTP, 400),
        ("raw invalid UTF-8", get(b"/any/\xff\xfe"), NO_HTTP, 400),
        ("raw NUL", get(b"/any/a\x00b"), NO_HTTP, 400),
        ("tab", get(b"/any/a\tb"), NO_HTTP, 400),
        ("two slashes at the beginning", get("//things"), REFUSED, 404),
        ("another host in front of the path", get("//other/things"), REFUSED, 404),
    ])  # fmt: skip


def queries() -> Iterator[Entry]:
    """Query strings."""
    many = "&".join(f"p{number}=1" for number in range(100_000))
    yield from _rows("query", [
        ("lone percent sign", get("/things?limit=%"), REFUSED),
        ("half an escape", get("/things?tags=%4"), EITHER),
        ("only separators", get("/things?&&&=&=&&"), EITHER),
        ("question marks", get("/things????"), EITHER),
        ("100,000 parameters", get(f"/things?{many}"), REFUSED),
        ("100,000 times the same", get("/things?" + "limit=1&" * 100_000), REFUSED),
        ("100,000 values of a list", get("/things?" + "tags=a&" * 100_000), REFUSED),
        ("100,000 values of a list, 9,999 of them read", get("/things?" + "tags=a&" * 9_999), EITHER),
        ("500 kB of commas", get("/things?tags=" + "," * 500_000), EITHER),
        ("1 MiB of query", get("/things?tags=" + "a" * 1024 * 1024), NO_HTTP, 414),
        ("invalid UTF-8 in a value", get("/things?limit=%ff"), REFUSED),
        ("invalid UTF-8 in a list", get("/things?tags=%ff"), EITHER),
        ("invalid UTF-8 in a name", get("/things?%ff=1"), EITHER),
        ("NUL in a value", get("/things?limit=1%00"), REFUSED),
        ("line break in a value", get("/things?limit=1%0d%0aX-Evil:1"), REFUSED),
        ("number of 5000 digits", get("/things?limit=" + "9" * 5000), REFUSED),
        ("exponent", get("/things?limit=1e999"), REFUSED),
        ("infinity", get("/things?limit=Infinity"), REFUSED),
        ("the same twice", get("/things?limit=1&limit=2"), REFUSED),
        ("deep object, deeper than it is", get("/things?filter[kind][kind][kind]=a"), EITHER),
        ("deep object, 10,000 levels", get("/things?filter" + "[a]" * 10_000 + "=a"), EITHER),
        ("deep object, brackets open", get("/things?filter[[[[=a&filter]]]]=b&filter[=c&filter[]=d"), EITHER),
        ("deep object with names of prototypes", get("/things?filter[__proto__][x]=1&filter[constructor]=2"), EITHER),
        ("deep object, value and object at once", get("/things?filter[kind]=a&filter[kind][b]=c"), EITHER),
        ("deep object, number that is none", get("/things?filter[age]=old"), REFUSED),
        ("JSON cut short", get("/things?where=%7B%22a%22:"), REFUSED),
        ("JSON of 10,000 levels", get("/things?where=" + "[" * 10_000 + "]" * 10_000), REFUSED),
        ("JSON with a lone surrogate", get("/things?where=%7B%22a%22:%22%5Cud800%22%7D"), EITHER),
        ("code=abc", get("/things?__code=abc"), EITHER),
        ("code=999", get("/things?__code=999"), EITHER),
        ("code=500, which is not declared", get("/things?__code=-1"), EITHER),
        ("example that is not there", get("/things?__example=nothing"), EITHER),
        ("dynamic=maybe", get("/things?__dynamic=maybe"), EITHER),
        ("seed of 5000 digits", get("/things?__seed=" + "9" * 5000), EITHER),
        ("count of 10^9", get("/things?__count=1000000000"), EITHER),
        ("negative count", get("/things?__count=-5"), EITHER),
        ("delay that is none", get("/things?__delay=long"), EITHER),
        ("negative delay", get("/things?__delay=-5"), EITHER),
    ])  # fmt: skip


def headers() -> Iterator[Entry]:
    """Header fields."""
    ranges = ", ".join(f"a{number}/b;q=0.{number}" for number in range(3000))
    yield from _rows("header", [
        ("Accept of semicolons", get("/things", "Accept: ;;;"), EITHER),
        ("Accept of commas", get("/things", "Accept: ,,,,"), EITHER),
        ("Accept with a q that is none", get("/things", "Accept: */*;q=abc"), EITHER),
        ("Accept with q of nan", get("/things", "Accept: */*;q=nan"), EITHER),
        ("Accept with q of infinity", get("/things", "Accept: application/json;q=inf"), EITHER),
        ("Accept of slashes", get("/things", "Accept: ///;/=/"), EITHER),
        ("Accept of 3,000 ranges", get("/things", f"Accept: {ranges}"), EITHER),
        ("Accept of 10,000 ranges", get("/things", "Accept: " + "a/b," * 10_000), EITHER),
        ("Accept of unknown types", get("/things", "Accept: zzz/zzz"), EITHER),
        ("Accept of open quotes", get("/things", 'Accept: application/json;a="b'), EITHER),
        ("Accept of latin-1", get("/things", b"Accept: \xe9/\xe9"), EITHER),
        ("Accept of 60 kB", get("/things", "Accept: " + "a" * 60_000), EITHER),
        ("Accept-Charset that nobody has", get("/things", "Accept-Charset: klingon"), EITHER),
        ("Accept-Encoding of rubbish", get("/things", "Accept-Encoding: ;q=,*;q=-1"), EITHER),
        ("Range of another unit", get("/things", "Range: zeppelins=1-2"), EITHER),
        ("Range backwards", get("/things", "Range: bytes=9-1,-,--,a-b"), EITHER),
        ("Range of 10^30", get("/things", "Range: bytes=" + "9" * 30 + "-"), EITHER),
        ("If-Match of rubbish", get("/things", 'If-Match: "'), EITHER),
        ("If-None-Match of everything", get("/things", "If-None-Match: *"), EITHER),
        ("If-Modified-Since of no day", get("/things", "If-Modified-Since: Yesterday, at noon"), EITHER),
        ("If-Range of rubbish", get("/things", "If-Range: \x7e"), EITHER),
        ("Prefer of rubbish", get("/things", "Prefer: ;;=,code==;,"), EITHER),
        ("Prefer with an open quote", get("/things", 'Prefer: code="200'), EITHER),
        ("Prefer with a code of letters", get("/things", "Prefer: code=abc"), EITHER),
        ("Prefer with a code of 10^30", get("/things", "Prefer: code=" + "9" * 30), EITHER),
        ("Prefer with a code of the protocol", get("/things", "Prefer: code=100"), EITHER),
        ("Prefer 60 kB of them", get("/things", "Prefer: " + "a=b," * 15_000), EITHER),
        ("Prefer a delay of years", get("/things", "Prefer: delay=" + "9" * 15), EITHER),
        ("Prefer a million items", get("/things", "Prefer: count=1000000"), EITHER),
        ("Prefer of blanks before a quote", get("/things", "Prefer: a=" + " " * 60_000 + '"'), EITHER),
        ("Prefer of blanks behind a name", get("/things", "Prefer: a" + " " * 60_000 + '"'), EITHER),
        ("Prefer of blanks behind a value", get("/things", "Prefer: a=b" + " " * 60_000 + '"'), EITHER),
        ("Prefer of parameters before a quote", get("/things", "Prefer: a=b" + ";c " * 20_000 + '"'), EITHER),
        ("Prefer of open quotes", get("/things", "Prefer: " + 'a="\\",' * 8_000), EITHER),
        ("Accept of open quotes, many", get("/things", "Accept: " + 'a/b;c="\\",' * 5_000), EITHER),
        ("Accept of blanks", get("/things", "Accept: a/b" + " ;" * 30_000 + '"'), EITHER),
        ("Cookie of rubbish", get("/things", "Cookie: ;;;=;;a;=b;\"=';"), EITHER),
        ("Cookie of 10,000 pairs", get("/things", "Cookie: " + "a=b;" * 10_000), EITHER),
        ("Cookie of control characters", get("/things", b"Cookie: session=\xff\xfe"), EITHER),
        ("Cookie that is too long for its schema", get("/things", "Cookie: session=" + "a" * 500), REFUSED),
        ("integer that is none", get("/things", "X-Number: one"), REFUSED),
        ("integer of 5000 digits", get("/things", "X-Number: " + "9" * 5000), EITHER),
        ("integer in latin-1", get("/things", b"X-Number: \xb2"), REFUSED),
        ("integer twice", get("/things", "X-Number: 1", "X-Number: 2"), REFUSED),
        ("list of commas", get("/things", "X-List: ,,,,,"), REFUSED),
        ("no value", get("/things", "X-Number:"), EITHER),
        ("Authorization of a scheme only", get("/locked", "Authorization: Basic"), REFUSED, 401),
        ("Authorization of no base64", get("/locked", "Authorization: Basic ?????"), REFUSED, 401),
        ("Authorization of base64 that is no UTF-8", get("/locked", "Authorization: Basic //79"), REFUSED, 401),
        ("Authorization of base64 without a colon", get("/locked", "Authorization: Basic YWJj"), REFUSED, 401),
        ("Authorization of non-ASCII", get("/locked", b"Authorization: Basic \xe9\xe9"), REFUSED, 401),
        ("Authorization of an unknown scheme", get("/locked", "Authorization: Magic wand"), REFUSED, 401),
        ("Authorization, empty", get("/locked", "Authorization:"), REFUSED, 401),
        ("Authorization twice", get("/locked", "Authorization: Bearer a", "Authorization: Basic ?"), EITHER),
        ("Authorization of 60 kB", get("/locked", "Authorization: Bearer " + "a" * 60_000), GOOD),
        ("Authorization of 64 kiB", get("/locked", "Authorization: Bearer " + "a" * 65_536), NO_HTTP, 431),
        ("Authorization of a digest without an end", get("/locked", "Authorization: Digest " + "a" * 60_000), REFUSED, 401),
        ("Authorization of a digest of blanks", get("/locked", "Authorization: Digest a" + " a" * 30_000), REFUSED, 401),
        ("Authorization of a digest of open quotes", get("/locked", "Authorization: Digest " + 'a="\\' * 15_000), REFUSED, 401),
        ("Cookie as a credential, empty", get("/locked", "Cookie: key="), REFUSED, 401),
        ("Origin of rubbish", get("/things", "Origin: javascript:alert(1)"), EITHER),
        ("preflight of rubbish", request("OPTIONS", "/things", "Origin: null", "Access-Control-Request-Method: ;;", "Access-Control-Request-Headers: \x22,,"), EITHER),
        ("Host of rubbish", b"GET /things HTTP/1.1\r\nHost: ../..:abc\r\n\r\n", EITHER),
        ("Host missing", b"GET /things HTTP/1.1\r\n\r\n", NO_HTTP, 400),
        ("Host twice", get("/things", "Host: other"), NO_HTTP, 400),
        ("Host empty", b"GET /things HTTP/1.1\r\nHost:\r\n\r\n", EITHER),
        ("X-Forwarded rubbish", get("/things", "X-Forwarded-For: '; DROP TABLE", "X-Forwarded-Host: \x22", "X-Forwarded-Proto: gopher"), GOOD),
        ("X-HTTP-Method-Override", get("/things", "X-HTTP-Method-Override: DELETE"), GOOD),
        ("5,000 fields", get("/things", *(f"X-{number}: 1" for number in range(5000))), EITHER),
        ("field of 100 kB", get("/things", "X-Long: " + "a" * 100_000), NO_HTTP, 431),
        ("20,000 fields", get("/things", *(f"X-{number}: 1" for number in range(20_000))), NO_HTTP, 431),
        ("fields of 3 MB, which do not end", get("/things", "X-Long: " + "a" * 3_000_000), NO_HTTP, 431),
        ("name without colon", get("/things", "NoColon"), NO_HTTP, 400),
        ("no name", get("/things", ": value"), NO_HTTP, 400),
        ("blank before the colon", get("/things", "X-Blank : value"), NO_HTTP, 400),
        ("folded line", get("/things", "X-Fold: a\r\n b"), NO_HTTP, 400),
        ("NUL in a value", get("/things", b"X-Null: a\x00b"), NO_HTTP, 400),
        ("control character in a value", get("/things", b"X-Bell: a\x07b"), NO_HTTP, 400),
        ("carriage return in a value", get("/things", b"X-Return: a\rb"), NO_HTTP, 400),
        ("line feeds instead of line ends", b"GET /things HTTP/1.1\nHost: mock\n\n", NO_HTTP, 400),
        ("non-ASCII in a name", get("/things", "X-\xe9: a"), NO_HTTP, 400),
        ("latin-1 in a value", get("/things", b"X-Latin: caf\xe9"), GOOD),
    ])  # fmt: skip


def named(name: str) -> bytes:
    """Return the body of a thing that nothing else in the catalogue makes: a name is taken once and for all."""
    return json.dumps({"name": name}).encode()


def media_types() -> Iterator[Entry]:
    """Content-Type, charset and codings."""
    good = b'{"name": "rex"}'
    yield from _rows("media type", [
        ("word", post(good, "zzz"), REFUSED, 415),
        ("semicolon", post(good, ";"), EITHER),
        ("slash", post(good, "/"), REFUSED, 415),
        ("empty", post(good, ""), EITHER),
        ("missing", request("POST", "/things", body=good), EITHER),
        ("non-ASCII", post(good, b"\xff\xfe/\xe9"), REFUSED, 415),
        ("range", post(good, "*/*"), EITHER),
        ("60 kB", post(good, "a/" + "b" * 60_000), REFUSED, 415),
        ("10,000 parameters", post(good, JSON + ";a=b" * 10_000), EITHER),
        ("open quote", post(good, JSON + '; charset="utf-8'), EITHER),
        ("open quote and 60 kB of semicolons", post(good, JSON + ';a="' + ";" * 60_000), EITHER),
        ("open quote and 60 kB of semicolons of a boundary", post(parts(NAME), 'multipart/form-data;a="' + ";" * 60_000), REFUSED),
        ("charset behind 60 kB of semicolons", post(good, JSON + ';a="' + ";" * 60_000 + "charset=utf-8"), EITHER),
        ("60 kB of blanks", post(good, JSON + ";" + " " * 30_000 + "a" + " " * 30_000), EITHER),
        ("twice", post(good, JSON, "Content-Type: text/plain"), EITHER),
        ("unknown charset of JSON", post(good, JSON + "; charset=klingon"), EITHER),
        ("unknown charset of text", post(b"text", "text/plain; charset=klingon"), EITHER),
        ("charset with a NUL escape", post(b"text", "text/plain; charset=\\0"), EITHER),
        ("charset that is a codec of Python but none of texts", post(b"text", "text/plain; charset=zlib_codec"), EITHER),
        ("charset idna", post(b"text" * 1000, "text/plain; charset=idna"), EITHER),
        ("charset unicode_escape", post(b"\\ud800", "text/plain; charset=unicode_escape"), EITHER),
        ("charset raw_unicode_escape", post(b"\\ud800", "text/plain; charset=raw_unicode_escape"), EITHER),
        ("charset UTF-7 with a lone surrogate", post(b"+2AA-", "text/plain; charset=utf-7"), REFUSED),
        ("charset UTF-7 of JSON with a lone surrogate", post(b'+AHs-"name":"+2AA-"+AH0-', JSON + "; charset=utf-7"), EITHER),
        ("charset UTF-16 cut short", post(b"\xff\xfea", "text/plain; charset=utf-16"), REFUSED),
        ("charset of a form", post(b"name=%ff", FORM + "; charset=klingon"), EITHER),
        ("UTF-16 body", post(json.dumps(ERROR).encode("utf-16"), JSON + "; charset=utf-16"), EITHER),
        ("UTF-32 body", post(json.dumps(ERROR).encode("utf-32"), JSON), REFUSED),
        ("unknown coding", post(good, JSON, "Content-Encoding: zebra"), EITHER),
        ("gzip that is none", post(good, JSON, "Content-Encoding: gzip"), EITHER),
        ("gzip of 200 MB", post(_bomb(), JSON, "Content-Encoding: gzip"), REFUSED),
        ("gzip ten times", post(_nested_gzip(good), JSON, "Content-Encoding: " + ", ".join(["gzip"] * 10)), REFUSED),
        ("text that is no UTF-8", post(b"\xff\xfe\xfd", "text/plain"), REFUSED),
        ("text of NULs", post(b"\x00" * 100, "text/plain"), EITHER),
        ("bytes of all kinds", post(bytes(range(256)), "application/octet-stream"), EITHER),
        ("form that is JSON", post(good, FORM), REFUSED),
        ("JSON that is a form", post(b"name=rex", JSON), REFUSED),
        ("multipart that is JSON", post(good, MULTIPART), REFUSED),
    ])  # fmt: skip


def _bomb() -> bytes:
    # A stream of zeros is compressed once and its members are repeated: RFC 1952 allows several in a row.
    return gzip.compress(bytes(1_000_000), 9) * 200


def _nested_gzip(data: bytes) -> bytes:
    for _ in range(10):
        data = gzip.compress(data)
    return data


def json_bodies() -> Iterator[Entry]:
    """JSON texts."""
    yield from _rows("JSON", [
        ("nothing", post(b""), REFUSED),
        ("blanks", post(b"   "), REFUSED),
        ("cut short", post(b"[1,"), REFUSED),
        ("cut short in a text", post(b'{"name": "re'), REFUSED),
        ("cut short in an escape", post(b'{"name": "\\u12'), REFUSED),
        ("rubbish behind it", post(b'{"name": "rex"} {"name": "rex"}'), REFUSED),
        ("comment", post(b'{"name": "rex" /* dog */}'), REFUSED),
        ("comma too many", post(b'{"name": "rex",}'), REFUSED),
        ("single quotes", post(b"{'name': 'rex'}"), REFUSED),
        ("100,000 levels of lists", post(b"[" * 100_000 + b"]" * 100_000), REFUSED),
        ("100,000 levels of lists, open", post(b"[" * 100_000), REFUSED),
        ("100,000 levels of objects", post(b'{"a":' * 100_000 + b"1" + b"}" * 100_000), REFUSED),
        ("150 levels of a recursive schema", post(_tree(75), to="/trees"), EITHER),
        ("5,000 levels of a recursive schema", post(_tree(5000), to="/trees"), REFUSED),
        ("1e999", post(b'{"name": "rex", "size": 1e999}'), REFUSED),
        ("1e999 where a number may stand", post(b'{"name": "rex", "weight": 1e999}'), REFUSED),
        ("-1e-999", post(b'{"name": "rex", "weight": -1e-999}'), EITHER),
        ("5,000 digits", post(b'{"name": "rex", "size": ' + b"9" * 5000 + b"}"), EITHER),
        ("500,000 digits", post(b'{"name": "rex", "size": ' + b"9" * 500_000 + b"}"), EITHER),
        ("fraction of 500,000 digits", post(b'{"name": "rex", "weight": 0.' + b"9" * 500_000 + b"}"), EITHER),
        ("exponent of 5,000 digits", post(b'{"name": "rex", "weight": 1e' + b"9" * 5000 + b"}"), REFUSED),
        ("NaN", post(b'{"name": "rex", "weight": NaN}'), REFUSED),
        ("Infinity", post(b'{"name": "rex", "weight": -Infinity}'), REFUSED),
        ("number with zeros in front", post(b'{"name": "rex", "size": 007}'), REFUSED),
        ("NUL in a text, raw", post(b'{"name": "r\x00x"}'), REFUSED),
        ("NUL in a text, escaped", post(b'{"name": "r\\u0000x"}'), EITHER),
        ("lone surrogate", post(b'{"name": "\\ud800"}'), EITHER),
        ("lone surrogate in a name", post(b'{"name": "rex", "\\udfff": 1}'), REFUSED),
        ("pair of surrogates the wrong way round", post(b'{"name": "\\udc00\\ud800"}'), EITHER),
        ("surrogate in raw UTF-8", post(b'{"name": "\xed\xa0\x80"}'), REFUSED),
        ("invalid UTF-8", post(b'{"name": "\xff"}'), REFUSED),
        ("overlong UTF-8", post(b'{"name": "\xc0\xaf"}'), REFUSED),
        ("byte order mark", post(b'\xef\xbb\xbf{"name": "rex"}'), EITHER),
        ("the same name twice", post(b'{"name": "rex", "name": 7}'), EITHER),
        ("the same name 100,000 times", post(b"{" + b'"name":"a",' * 100_000 + b'"name":"b"}'), EITHER),
        ("100,000 unknown properties", post(json.dumps({"name": "rex"} | {f"p{n}": n for n in range(100_000)}).encode()), REFUSED),
        ("prototype", post(b'{"name": "rex", "__proto__": {"a": 1}, "constructor": {"prototype": 1}}'), REFUSED),
        ("dunder", post(b'{"name": "rex", "__class__": "os.system"}'), REFUSED),
        ("list instead of an object", post(b"[]"), REFUSED),
        ("null", post(b"null"), REFUSED),
        ("true", post(b"true"), REFUSED),
        ("a million wrong items", post(b"[" + b"1," * 999_999 + b"1]", to="/patterns"), REFUSED),
        ("a million items that are the same", post(b'{"name":"rex","tags":[' + b'"a",' * 999_999 + b'"a"]}'), REFUSED),
        ("text of 10 MB", post(b'{"name": "' + b"a" * 10_000_000 + b'"}'), REFUSED),
        ("pattern with nested repetition", post(_pattern("nested"), to="/patterns"), REFUSED),
        ("pattern that looks ahead", post(_pattern("looking"), to="/patterns"), REFUSED),
        ("pattern that looks back", post(_pattern("back"), to="/patterns"), REFUSED),
    ])  # fmt: skip


def _tree(levels: int) -> bytes:
    return b'{"name":"a","children":[' * levels + b"]}" * levels


def _pattern(name: str) -> bytes:
    return json.dumps([{name: "a" * 30_000 + "!"}] * 20).encode()


def form_bodies() -> Iterator[Entry]:
    """Forms, urlencoded and multipart (RFC 7578, RFC 2046)."""
    yield from _rows("form", [
        ("nothing", post(b"", FORM), REFUSED),
        ("lone percent sign", post(b"name=%", FORM), EITHER),
        ("escape of no digits", post(b"name=%zz&size=%q", FORM), REFUSED),
        ("separators", post(b"&&==&&=", FORM), REFUSED),
        ("100,000 fields", post(b"name=a&" * 100_000, FORM), REFUSED),
        ("invalid UTF-8, escaped", post(b"name=%ff%fe", FORM), EITHER),
        ("invalid UTF-8, raw", post(b"name=\xff\xfe", FORM), EITHER),
        ("NUL", post(b"name=a%00b", FORM), EITHER),
        ("prototype", post(b"name=a&__proto__[x]=1", FORM), REFUSED),
        ("number that is none", post(b"name=a&size=big", FORM), REFUSED),
        ("5 MB of value", post(b"name=" + b"a" * 5_000_000, FORM), REFUSED),
    ])  # fmt: skip
    yield from _rows("multipart", [
        ("nothing", post(b"", MULTIPART), REFUSED),
        ("no boundary", post(parts(NAME), "multipart/form-data"), REFUSED),
        ("empty boundary", post(parts(NAME), "multipart/form-data; boundary="), REFUSED),
        ("another boundary", post(parts(NAME), "multipart/form-data; boundary=other"), REFUSED),
        ("boundary of 60 kB", post(parts(NAME), "multipart/form-data; boundary=" + "a" * 60_000), REFUSED),
        ("boundary of special characters", post(parts(NAME), "multipart/form-data; boundary=(.*)+?["), REFUSED),
        ("cut short in the head of a part", post(b"--cut\r\nContent-Dispo", MULTIPART), REFUSED),
        ("cut short before the last boundary", post(parts(NAME, last=b""), MULTIPART), EITHER),
        ("only the last boundary", post(b"--cut--", MULTIPART), REFUSED),
        ("only boundaries", post(b"--cut\r\n" * 10_000, MULTIPART), REFUSED),
        ("1,000 parts", post(parts(*[NAME] * 1000), MULTIPART), EITHER),
        ("10,000 parts", post(parts(*[NAME] * 10_000), MULTIPART), REFUSED),
        ("100,000 parts", post(parts(*[NAME] * 100_000), MULTIPART), REFUSED),
        ("part without a name", post(parts(b"\r\nrex\r\n"), MULTIPART), REFUSED),
        ("part with fields of rubbish", post(parts(NAME, part(b"size", b"1", b"\x00\xff: \xff", b":::")), MULTIPART), EITHER),
        ("part with 10,000 fields", post(parts(NAME, part(b"size", b"1", *[b"X-A: b"] * 10_000)), MULTIPART), EITHER),
        ("name of quotes", post(parts(part(b'\\"";;;name="a', b"1")), MULTIPART), REFUSED),
        ("name in continuations", post(parts(b"Content-Disposition: form-data; name*0*=utf-8''n; name*1=ame; name*x=%ff\r\n\r\na\r\n"), MULTIPART), EITHER),
        ("name behind 500 kB of semicolons", post(parts(b'Content-Disposition: form-data; a="' + b";" * 500_000 + b"; name=name\r\n\r\na\r\n"), MULTIPART), EITHER),
        ("1,000 parts with 8 kB of semicolons", post(parts(*[part(b"name", b"a", b'X: a', b'Content-Type: text/plain; a="' + b";" * 7900)] * 999), MULTIPART), EITHER),
        ("1,000 names behind 8 kB of semicolons", post(parts(*[b'Content-Disposition: form-data; a="' + b";" * 8000 + b"; name=name\r\n\r\na\r\n"] * 999), MULTIPART), EITHER),
        ("type behind 500 kB of semicolons", post(parts(part(b"name", b"rex", b'Content-Type: text/plain; a="' + b";" * 500_000)), MULTIPART), EITHER),
        ("name in an unknown charset", post(parts(b"Content-Disposition: form-data; name*=klingon''%ff%fe\r\n\r\na\r\n"), MULTIPART), REFUSED),
        ("encoded word as a name", post(parts(part(b"=?klingon?b?////?=", b"1")), MULTIPART), REFUSED),
        ("file name with a path", post(parts(NAME, b'Content-Disposition: form-data; name="file"; filename="../../etc/passwd"\r\n\r\nroot\r\n'), MULTIPART), EITHER),
        ("base64 that is none", post(parts(part(b"name", b"?" * 99, b"Content-Transfer-Encoding: base64")), MULTIPART), EITHER),
        ("transfer encoding x-uuencode", post(parts(part(b"name", b"begin 644 a\r\n", b"Content-Transfer-Encoding: x-uuencode")), MULTIPART), EITHER),
        ("part in an unknown charset", post(parts(part(b"name", b"\xff", b"Content-Type: text/plain; charset=klingon")), MULTIPART), EITHER),
        ("part of JSON cut short", post(parts(part(b"name", b"[1,", b"Content-Type: application/json")), MULTIPART), EITHER),
        ("part of deep JSON", post(parts(part(b"name", b"[" * 50_000, b"Content-Type: application/json")), MULTIPART), REFUSED),
        ("multipart in multipart", post(_nested_multipart(300), MULTIPART), REFUSED),
        ("part that is a message", post(parts(part(b"name", b"Subject: a\r\n\r\nb", b"Content-Type: message/rfc822")), MULTIPART), EITHER),
        ("Content-Type of a part, rubbish", post(parts(part(b"name", b"rex", b"Content-Type: ;;;\xff")), MULTIPART), EITHER),
        ("5 MB of file", post(parts(NAME, part(b"file", b"\xff" * 5_000_000)), MULTIPART), EITHER),
    ])  # fmt: skip


def _nested_multipart(levels: int) -> bytes:
    body = NAME
    for level in range(levels):
        boundary = b"b%d" % level
        inner = b"--" + boundary + b"\r\n" + body + b"\r\n--" + boundary + b"--\r\n"
        body = part(b"name", inner, b"Content-Type: multipart/mixed; boundary=" + boundary)
    return parts(body)


def xml_bodies() -> Iterator[Entry]:
    """XML: what a parser must not expand, fetch or follow."""
    laughs = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))
    yield from _rows("XML", [
        ("cut short", post(b"<Thing><name>", "application/xml"), EITHER),
        ("not XML", post(b"name: rex", "application/xml"), EITHER),
        ("entities that multiply", post(f'<!DOCTYPE T [<!ENTITY a0 "ha">{laughs}]><Thing><name>&a11;</name></Thing>'.encode(), "application/xml"), EITHER),
        ("long entity, often", post(b'<!DOCTYPE T [<!ENTITY a "' + b"a" * 100_000 + b'">]><Thing><name>' + b"&a;" * 100_000 + b"</name></Thing>", "application/xml"), EITHER),
        ("external entity", post(b'<!DOCTYPE T [<!ENTITY a SYSTEM "file:///etc/passwd">]><Thing><name>&a;</name></Thing>', "application/xml"), EITHER),
        ("external document type", post(b'<!DOCTYPE T SYSTEM "http://127.0.0.1:9/t.dtd"><Thing/>', "application/xml"), EITHER),
        ("parameter entity", post(b'<!DOCTYPE T [<!ENTITY % a SYSTEM "file:///etc/passwd">%a;]><Thing/>', "application/xml"), EITHER),
        ("50,000 levels", post(b"<a>" * 50_000 + b"</a>" * 50_000, "application/xml"), EITHER),
        ("100,000 attributes", post(b"<Thing " + b"".join(b'a%d="b" ' % n for n in range(100_000)) + b"/>", "application/xml"), EITHER),
        ("encoding that is unknown", post(b'<?xml version="1.0" encoding="klingon"?><Thing/>', "application/xml"), EITHER),
        ("encoding of Python's", post(b'<?xml version="1.0" encoding="unicode_escape"?><Thing/>', "application/xml"), EITHER),
        ("UTF-16 without a mark", post("<Thing><name>rex</name></Thing>".encode("utf-16-le"), "application/xml"), EITHER),
        ("inclusion", post(b'<Thing xmlns:xi="http://www.w3.org/2001/XInclude"><xi:include href="/etc/passwd"/></Thing>', "application/xml"), EITHER),
    ])  # fmt: skip


def messages() -> Iterator[Entry]:
    """The framing of messages (RFC 9112)."""
    body = b'{"name": "rex"}'
    raw = f"Content-Type: {JSON}"
    upgrade = (
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Key: AA==",
        "Sec-WebSocket-Version: 13",
    )
    yield from _rows("message", [
        ("unknown method", request("FOO", "/things"), REFUSED, 405),
        ("method in lower case", request("get", "/things"), REFUSED, 405),
        ("method of 1000 letters", request("A" * 1000, "/things"), REFUSED, 405),
        ("method with signs", request("G!T~", "/things"), REFUSED, 405),
        ("method that is no token", request("G(E)T", "/things"), NO_HTTP, 400),
        ("unknown method on an unknown path", request("FOO", "/nothing"), REFUSED, 404),
        ("method of WebDAV", request("PROPFIND", "/things"), REFUSED, 405),
        ("TRACE", request("TRACE", "/things"), REFUSED, 405),
        ("no method", b" /things HTTP/1.1\r\nHost: mock\r\n\r\n", NO_HTTP, 400),
        ("body of a GET", request("GET", "/things", body=b"[1,"), GOOD),
        ("HTTP/0.9", b"GET /things\r\n\r\n", EITHER),
        ("HTTP/1.0", b"GET /things HTTP/1.0\r\n\r\n", GOOD),
        ("HTTP/1.2", b"GET /things HTTP/1.2\r\nHost: mock\r\n\r\n", NO_HTTP, 400),
        ("HTTP/2.0 on one line", b"GET /things HTTP/2.0\r\nHost: mock\r\n\r\n", EITHER),
        ("HTTP/9.9", b"GET /things HTTP/9.9\r\nHost: mock\r\n\r\n", NO_HTTP, 400),
        ("version of another protocol", b"GET /things RTSP/1.0\r\nHost: mock\r\n\r\n", EITHER),
        ("preface of HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00", NO_HTTP, 400),
        ("hello of TLS", b"\x16\x03\x01\x00\xf1\x01\x00\x00\xed\x03\x03" + bytes(range(230)), NO_HTTP, 400),
        ("hello of SSH", b"SSH-2.0-OpenSSH_9.6\r\n", NO_HTTP, 400),
        ("greeting of mail", b"EHLO mock\r\n", NO_HTTP, 400),
        ("command of Redis", b"*1\r\n$4\r\nPING\r\n", NO_HTTP, 400),
        ("zeros", bytes(1000), NO_HTTP, 400),
        ("line breaks before the request", b"\r\n\r\n\r\n" + get("/things"), GOOD),
        ("upgrade to websocket", get("/things", *upgrade), GOOD),
        ("upgrade to HTTP/2", get("/things", "Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AA"), GOOD),
        ("length longer than the body", request("POST", "/things", raw, "Content-Length: 99") + body, SILENCE),
        ("length shorter than the body", request("POST", "/things", raw, "Content-Length: 5") + body, REFUSED),
        ("negative length", request("POST", "/things", raw, "Content-Length: -1") + body, NO_HTTP, 400),
        ("length of letters", request("POST", "/things", raw, "Content-Length: abc") + body, NO_HTTP, 400),
        ("length with a plus", request("POST", "/things", raw, "Content-Length: +5") + body, NO_HTTP, 400),
        ("length of 10^30", request("POST", "/things", raw, "Content-Length: " + "9" * 30) + body, NO_HTTP, 400),
        ("length of 10^18", request("POST", "/things", raw, "Content-Length: " + "9" * 18) + body, REFUSED, 413),
        ("two different lengths", request("POST", "/things", raw, "Content-Length: 5", "Content-Length: 15") + body, NO_HTTP, 400),
        ("two lengths in a field", request("POST", "/things", raw, "Content-Length: 15, 5") + body, NO_HTTP, 400),
        ("length and chunks", request("POST", "/things", raw, "Content-Length: 5", "Transfer-Encoding: chunked") + b"0\r\n\r\n", NO_HTTP, 400),
        ("unknown transfer coding", request("POST", "/things", raw, "Transfer-Encoding: zebra") + b"0\r\n\r\n", EITHER),
        ("transfer coding that hides", request("POST", "/things", raw, "Transfer-Encoding: chunked, identity") + b"0\r\n\r\n", EITHER),
        ("chunk of no size", chunked(b"zz\r\n{}\r\n0\r\n\r\n"), REFUSED),
        ("chunk of negative size", chunked(b"-1\r\n{}\r\n0\r\n\r\n"), REFUSED),
        ("chunk of 10^40", chunked(b"f" * 40 + b"\r\n{}\r\n0\r\n\r\n"), REFUSED),
        ("chunk longer than it says", chunked(b"2\r\n" + body + b"\r\n0\r\n\r\n"), REFUSED),
        ("chunks with extensions", chunked(b"f;a=b;c\r\n" + body + b"\r\n0;d\r\n\r\n"), EITHER),
        ("chunks with trailers", chunked(b"f\r\n" + body + b"\r\n0\r\nX-Number: one\r\nContent-Length: 3\r\n\r\n"), EITHER),
        ("chunks with 10,000 trailers", chunked(b"f\r\n" + body + b"\r\n0\r\n" + b"X-A: b\r\n" * 10_000 + b"\r\n"), EITHER),
        ("trailers of 3 MB", chunked(b"f\r\n" + body + b"\r\n0\r\nX-A: " + b"b" * 3_000_000), REFUSED),
        ("extension of 3 MB", chunked(b"f;a=" + b"b" * 3_000_000), REFUSED),
        ("chunks of one byte", chunked(*[b"1\r\n%c\r\n" % byte for byte in named("chunk")], b"0\r\n\r\n"), GOOD),
        ("100,000 chunks of one byte", chunked(b"1\r\na\r\n" * 100_000, b"0\r\n\r\n"), REFUSED),
        ("chunk without its end", chunked(b"f\r\n" + body), SILENCE),
        ("Expect: 100-continue", request("POST", "/things", raw, "Expect: 100-continue", body=named("expected")), GOOD),
        ("Expect: 100-continue for too much", request("POST", "/things", raw, "Expect: 100-continue", "Content-Length: 999999999"), REFUSED, 413),
        ("Expect of rubbish", request("POST", "/things", raw, "Expect: 200-ok", body=body), EITHER),
        ("Connection of rubbish", get("/things", "Connection: ,;keep-alive,,close,zebra"), GOOD),
        ("closed after the head of a request with a body", request("POST", "/things", raw, "Content-Length: 15"), SILENCE),
        ("closed in mid-head", b"GET /things HTTP/1.1\r\nHos", SILENCE),
        ("nothing", b"", SILENCE),
    ], half_close=True)  # fmt: skip
    yield from _rows("message", [
        ("byte by byte", tuple(bytes([byte]) for byte in get("/things")), GOOD),
        ("body byte by byte", tuple(bytes([byte]) for byte in post(named("bytes"))), GOOD),
        ("closed one side only, and waiting", get("/things"), GOOD),
    ], half_close=True)  # fmt: skip


def control_api() -> Iterator[Entry]:
    """The control API: it is no document's, and has its own shape."""
    reset = "/__mock__/state/reset"
    yield from _rows("control", [
        ("unknown path", get("/__mock__/nothing"), CONTROL, 404),
        ("unknown method", request("FOO", "/__mock__/health"), CONTROL, 405),
        ("dots", get("/__mock__/../../etc/passwd"), CONTROL, 404),
        ("escaped slashes", get("/__mock__/state/a%2Fb/c%2F..%2F/%00"), CONTROL, 404),
        ("invalid UTF-8", get("/__mock__/state/%ff/%ff/%ff"), CONTROL, 404),
        ("query of rubbish", get("/__mock__/journal?limit=abc&since=%ff&status=1e9&=&&"), CONTROL, 400),
        ("number of 5000 digits", get("/__mock__/journal?since=" + "9" * 5000), CONTROL),
        ("negative numbers", get("/__mock__/journal?limit=-5&since=-5"), CONTROL),
        ("100,000 parameters", get("/__mock__/journal?" + "a=1&" * 100_000), CONTROL),
        ("Host of rubbish", b"GET /__mock__/documents HTTP/1.1\r\nHost: \xff/../@:x\r\n\r\n", CONTROL),
        ("Host missing in HTTP/1.0", b"GET /__mock__/documents HTTP/1.0\r\n\r\n", CONTROL),
        ("page with a Host of rubbish", b"GET /__mock__/ HTTP/1.1\r\nHost: <script>\r\n\r\n", CONTROL),
        ("body cut short", request("POST", reset, f"Content-Type: {JSON}", body=b'{"docu'), CONTROL, 400),
        ("body of a wrong type", request("POST", reset, f"Content-Type: {JSON}", body=b'{"document": 7}'), CONTROL),
        ("body that is a list", request("POST", reset, f"Content-Type: {JSON}", body=b"[]"), CONTROL),
        ("body of 10,000 levels", request("POST", reset, f"Content-Type: {JSON}", body=b"[" * 10_000 + b"]" * 10_000), CONTROL),
        ("body of 100 kB", request("POST", reset, f"Content-Type: {JSON}", body=b" " * 100_000), CONTROL, 413),
        ("body of another type", request("POST", reset, "Content-Type: zzz", body=b"{}"), CONTROL),
        ("body of invalid UTF-8", request("POST", reset, f"Content-Type: {JSON}", body=b'{"document": "\xff"}'), CONTROL),
        ("body with a lone surrogate", request("POST", reset, f"Content-Type: {JSON}", body=b'{"document": "\\ud800"}'), CONTROL),
        ("Content-Type of rubbish", request("POST", reset, b"Content-Type: \xff;;=\x22", body=b"{}"), CONTROL),
        ("Accept of rubbish", get("/__mock__/health", "Accept: ;;;,/,*/*;q=abc"), CONTROL),
        ("Cookie of rubbish", get("/__mock__/health", 'Cookie: ;;=";a'), CONTROL),
        ("Range", get("/__mock__/openapi.yaml", "Range: bytes=9-1", "If-None-Match: \x22"), CONTROL),
        ("path of 900 kB", get("/__mock__/" + "a" * 900_000), CONTROL, 404),
    ])  # fmt: skip


def catalogue() -> list[Entry]:
    """Return all entries."""
    groups = (
        paths, targets, queries, headers, media_types, json_bodies, form_bodies, xml_bodies, messages, control_api,
    )  # fmt: skip
    return [entry for group in groups for entry in group()]
