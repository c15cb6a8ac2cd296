"""The control API of a server that runs, asked over HTTP. A door to httpx."""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import quote

import httpx

from mockserver.errors import UsageError

TIMEOUT_SECONDS: Final = 120


class Remote:
    """A server that runs.

    Args:
        url: Where it listens, maybe with the path below which it is mounted.
        control_path: Where its control API is.

    Raises:
        UsageError: The URL is none.
    """

    def __init__(self, url: str, control_path: str = "/__mock__") -> None:
        self._place = f"{url.rstrip('/')}{control_path.rstrip('/')}"
        try:
            parsed = httpx.URL(self._place)
        except httpx.InvalidURL as error:
            raise UsageError(f"{url!r} is no URL: {error}") from error
        if parsed.scheme not in ("http", "https") or not parsed.host:
            raise UsageError(f"{url!r} is no URL of a server; write it as http://127.0.0.1:4010")
        # Proxies of the environment are not meant for servers on the own machine.
        self._client = httpx.Client(timeout=TIMEOUT_SECONDS, trust_env=False, follow_redirects=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def ask(self, method: str, *path: str, query: Mapping[str, Any] | None = None, body: Any = None) -> Any:
        """Return the JSON value of an answer, None where it has no body.

        Args:
            method: Of the request.
            path: Segments below the control path, as they are read.
            query: Parameters; those that are None are left out.
            body: A JSON value; None for no body.

        Raises:
            UsageError: The server does not answer, or refuses.
        """
        url = "/".join([self._place, *(quote(segment, safe="") for segment in path)])
        given = {name: value for name, value in (query or {}).items() if value is not None}
        try:
            response = self._client.request(
                method, url, params=given, json=body if body is not None else None
            )
        except httpx.HTTPError as error:
            reason = str(error) or type(error).__name__
            raise UsageError(
                f"no mock server answers at {self._place}: {reason}. "
                "Start one with `mockserver serve`, or say by --url where it is."
            ) from error
        return _value(response, self._place)


def _value(response: httpx.Response, place: str) -> Any:
    if response.headers.get("mock-source") != "control":
        raise UsageError(
            f"what answers at {place} is no control API of mockserver; say by --url and --control-path where it is"
        )
    if not response.content:
        return None
    try:
        value = response.json()
    except ValueError as error:
        raise UsageError(f"{place} does not answer in JSON: {error}") from error
    if response.is_error:
        detail = value.get("detail") if isinstance(value, dict) else None
        raise UsageError(str(detail or f"{place} answers {response.status_code}"))
    return value
