"""Header fields on their way through: what belongs to one connection stays there, all else goes on as it is."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from mockserver.server.proxying.target import Address

Fields = list[tuple[bytes, bytes]]

_OF_CONNECTION: Final = frozenset(
    {
        b"connection",
        b"keep-alive",
        b"proxy-authenticate",
        b"proxy-authorization",
        b"proxy-connection",
        b"te",
        b"transfer-encoding",
        b"upgrade",
    }
)
"""Fields of one connection (RFC 9110 section 7.6.1), and those for the next proxy alone (section 11.7)."""

_PLACES: Final = frozenset({b"location", b"content-location"})

VIA: Final = b"1.1 mockserver"


def named_by_connection(fields: Iterable[tuple[bytes, bytes]]) -> frozenset[bytes]:
    """Return the names of fields, in lower case, that `Connection` says are of one connection only."""
    found = _OF_CONNECTION
    for name, value in fields:
        if name.lower() == b"connection":
            options = (option.strip().lower() for option in value.split(b","))
            # These are about the message, whoever says something else.
            found |= {option for option in options if option not in (b"host", b"content-length", b"")}
    return found


def through(fields: Fields) -> Fields:
    """Return the fields that go on, in their order."""
    leaves_out = named_by_connection(fields)
    return [field for field in fields if field[0].lower() not in leaves_out]


def value_of(fields: Iterable[tuple[bytes, bytes]], name: bytes) -> bytes:
    """Return the values of a field by its name in lower case, joined (RFC 9110 section 5.3); b"" without one."""
    return b", ".join(value for key, value in fields if key.lower() == name)


def inbound(
    fields: Fields,
    *,
    host: bytes | None,
    client: str | None,
    scheme: str,
    is_chunked: bool,
    tells_way: bool,
) -> Fields:
    """Return the fields of a request as they are sent to the upstream.

    Args:
        fields: As the client sent them.
        host: What `Host` becomes, None to leave it.
        client: The client's address, None where it has none.
        scheme: How the client has reached us.
        is_chunked: Whether the body is sent in chunks.
        tells_way: Whether `Via` and `X-Forwarded-*` are added.
    """
    result = through(fields)
    seen_host = value_of(fields, b"host")
    if host is not None:
        result = [(name, host) if name.lower() == b"host" else (name, value) for name, value in result]
        if not seen_host:
            result.insert(0, (b"Host", host))
    if b"trailers" in value_of(fields, b"te").lower():
        result += [(b"TE", b"trailers"), (b"Connection", b"TE")]
    if is_chunked:
        # Both would be two answers to one question (RFC 9112 section 6.2).
        result = [field for field in result if field[0].lower() != b"content-length"]
        result.append((b"Transfer-Encoding", b"chunked"))
    if tells_way:
        _tell_way(result, seen_host, client, scheme)
    return result


def _tell_way(fields: Fields, host: bytes, client: str | None, scheme: str) -> None:
    names = {name.lower() for name, _ in fields}
    fields.append((b"Via", VIA))
    if client is not None:
        before = value_of(fields, b"x-forwarded-for")
        if before:
            fields[:] = [field for field in fields if field[0].lower() != b"x-forwarded-for"]
        whole = b"%s, %s" % (before, client.encode()) if before else client.encode()
        fields.append((b"X-Forwarded-For", whole))
    # Who stands before us has seen what the client wanted; we only see what was made of it.
    if b"x-forwarded-host" not in names and host:
        fields.append((b"X-Forwarded-Host", host))
    if b"x-forwarded-proto" not in names:
        fields.append((b"X-Forwarded-Proto", scheme.encode()))


def written(start: bytes, fields: Fields) -> bytes:
    """Return the head of a message: its first line, its fields, and the empty line."""
    return b"".join([start, b"\r\n", *(b"%s: %s\r\n" % field for field in fields), b"\r\n"])


def relocated(fields: Fields, upstream: Address, origin: bytes) -> Fields:
    """Return the fields of an answer with places on the upstream as places on the proxy.

    Args:
        fields: Of the answer.
        upstream: Where the proxy leads to; its base path is not there on the proxy.
        origin: Scheme and authority of the proxy, as the client sees it.
    """
    return [
        (name, _relocated(value, upstream, origin) if name.lower() in _PLACES else value)
        for name, value in fields
    ]


def _relocated(value: bytes, upstream: Address, origin: bytes) -> bytes:
    before, base = upstream.origin.encode(), upstream.base.encode()
    is_absolute = value.startswith((before + b"/", before + b"?")) or value == before
    path = value[len(before) :] if is_absolute else value
    if base and (path == base or path.startswith((base + b"/", base + b"?"))):
        path = path[len(base) :] or b"/"
    elif base:
        return value  # outside of what the proxy leads to
    return origin + path if is_absolute else path
