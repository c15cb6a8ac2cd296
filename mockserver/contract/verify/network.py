"""Errors of the network, as Schemathesis tells of them, in plain words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

_NAMES: Final = re.compile(
    r"Connection|Timeout|SSL|ChunkedEncoding|ContentDecoding|Proxy|Redirect|InvalidHeader"
)
"""Errors of the network among the names of errors of `requests`."""
_CAUSES: Final = (
    (re.compile(r"BadStatusLine|LineTooLong|got more than", re.IGNORECASE), "what came is not HTTP"),
    (re.compile(r"refused", re.IGNORECASE), "the connection was refused"),
    (
        re.compile(r"reset by peer|aborted", re.IGNORECASE),
        "the connection was closed without an answer",
    ),
    (re.compile(r"IncompleteRead|ended prematurely", re.IGNORECASE), "the answer was cut off"),
    (re.compile(r"certificate verify failed[^()]*", re.IGNORECASE), "the certificate is not trusted"),
    (re.compile(r"name resolution|resolve|not known", re.IGNORECASE), "the name of the host is not known"),
)
"""Pattern in a message -> what happened."""


@dataclass(frozen=True, slots=True)
class NetworkError:
    """Why a request has no answer.

    Attributes:
        kind: Name of the error, as `requests` has it.
        message: Its message.
    """

    kind: str
    message: str

    @property
    def is_of_the_body(self) -> bool:
        """Whether an answer came whose body cannot be read by its coding."""
        return "ContentDecoding" in self.kind

    def told(self, timeout_s: float) -> str:
        """Return what happened, in plain words."""
        if self.is_of_the_body:
            return "the body is not in the coding that Content-Encoding names"
        if "Timeout" in self.kind or "timed out" in self.message:
            return f"no answer in {timeout_s:g} s"
        for pattern, text in _CAUSES:
            if pattern.search(self.message):
                return text
        return self.message[:300] or "no answer came"


def network_error(raw: Mapping[str, Any]) -> NetworkError | None:
    """Return what a `NonFatalError` tells, None where it is not about the network."""
    value = raw.get("value")
    if not isinstance(value, dict) or not _NAMES.search(str(value.get("type"))):
        return None
    return NetworkError(str(value["type"]), str(value.get("message", "")))
