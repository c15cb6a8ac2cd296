"""Requests of our own to the upstream, for paths that it cannot have."""

from __future__ import annotations

from mockserver.server.proxying.context import Context
from mockserver.server.proxying.failures import UpstreamError
from mockserver.server.proxying.fields import Fields, inbound, written
from mockserver.server.proxying.holding import content_type
from mockserver.server.proxying.missing import BODY_LIMIT, Said

_OF_A_BODY = (b"content-", b"transfer-encoding", b"expect", b"if-", b"range")


async def probe(context: Context, fields: Fields, path: str) -> Said | None:
    """Ask the upstream for a path, with the credentials of a client; None where it does not answer."""
    way = context.way
    kept = [field for field in fields if not field[0].lower().startswith(_OF_A_BODY)]
    host = None if context.options.preserve_host else way.address.authority.encode()
    sent = inbound(kept, host=host, client=None, scheme="http", is_chunked=False, tells_way=False)
    head = written(b"GET %s HTTP/1.1" % way.target(path.encode()), way.signed(sent))
    try:
        connection = await context.pool.take(can_repeat=True)
        connection.patience = way.patience_seconds
        try:
            connection.begin("GET", head, is_all=True)
            answer = await connection.head()
            body = b""
            while piece := await connection.read():
                body += piece
                if len(body) > BODY_LIMIT:
                    break
        finally:
            context.pool.give(connection)
    except UpstreamError:
        return None
    return Said(path, answer.status, content_type(answer.fields), body[:BODY_LIMIT])
