"""What can go wrong between the proxy and the server behind it."""

from __future__ import annotations


class UpstreamError(Exception):
    """The upstream gave no answer, or not all of one; the text is a sentence for the client.

    Attributes:
        status: What the client is answered, if nothing was sent to it yet (RFC 9110 sections 15.6.3 and 15.6.5).
    """

    status = 502


class Unreachable(UpstreamError):
    """There is no connection to it."""


class Broken(UpstreamError):
    """It broke the rules of HTTP, or off."""


class Stale(Broken):
    """It closed a connection that was kept alive, before it answered: another connection may do."""


class TimedOut(UpstreamError):
    """It took too long."""

    status = 504


class Aborted(UpstreamError):
    """The client has gone, so nobody waits for the answer any more."""
