"""The base paths that an operation's servers give it (OAS 3.1.1 sections 4.8.5 and 4.8.6)."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from mockserver.errors import Json

_VARIABLE: Final = re.compile(r"\{([^{}]+)\}")
_MOST: Final = 16
"""Base paths of one server: more come only from variables with long enums."""


def base_paths(*levels: Json) -> tuple[str, ...]:
    """Return the paths of the servers of the innermost level that names any, e.g. `/v1`.

    Args:
        levels: The `servers` of operation, path and document.

    A variable with an enum gives a path for each value, one without has its default. A variable of which nothing
    is known stays a variable of the path. The empty path is among them only beside others.
    """
    servers = next((level for level in levels if isinstance(level, list) and level), [])
    found: dict[str, None] = {}
    for server in servers:
        if isinstance(server, dict) and isinstance(server.get("url"), str):
            variables = server.get("variables")
            for path in _paths(server["url"], variables if isinstance(variables, dict) else {}):
                found[path] = None
    return () if list(found) == [""] else tuple(found)


def _paths(url: str, variables: Mapping[str, Any]) -> Iterator[str]:
    names = list(dict.fromkeys(_VARIABLE.findall(url)))
    choices = [_values(variables.get(name), name) for name in names]
    for values in itertools.islice(itertools.product(*choices), _MOST):
        chosen = dict(zip(names, values, strict=True))
        yield _path_of(_VARIABLE.sub(_from(chosen), url))


def _from(chosen: Mapping[str, str]) -> Callable[[re.Match[str]], str]:
    return lambda match: chosen[match[1]]


def _values(variable: Json, name: str) -> list[str]:
    if not isinstance(variable, dict):
        return [f"{{{name}}}"]
    enum = variable.get("enum")
    default = variable.get("default")
    values = [str(value) for value in enum if isinstance(value, str | int)] if isinstance(enum, list) else []
    if isinstance(default, str | int):
        values = [str(default), *(value for value in values if value != str(default))]
    return values or [f"{{{name}}}"]


def _path_of(url: str) -> str:
    try:
        path = urlsplit(url).path
    except ValueError:
        return ""
    path = re.sub("/{2,}", "/", path).rstrip("/")
    return path if not path or path.startswith("/") else f"/{path.removeprefix('./')}"
