"""A proxy in front of a real server: what passes is not changed, and held against a document."""

from mockserver.server.proxying.context import Context, Options, Relayed
from mockserver.server.proxying.relay import Proxy

__all__ = ["Context", "Options", "Proxy", "Relayed"]
