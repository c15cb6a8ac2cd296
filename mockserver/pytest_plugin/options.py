"""What a test asks for: by its marker, the ini file, and the command line.

Pytest imports this for each run, so what is costly is imported where it is needed.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, Final

import pytest

from mockserver.errors import UsageError
from mockserver.settings import DEFAULTS, KEYS, STDIN, Settings, Source, from_config, parse_source

OWN: Final = ("world", "allow_unmatched", "allow_invalid", "allow_unused_stubs", "port")
"""Options of the marker that are not settings of the server."""
_JOURNAL_SIZE: Final = 10_000
_MARKER: Final = "@pytest.mark.mockserver"


@dataclass(frozen=True, slots=True)
class Options:
    """How a test wants its mock server.

    Attributes:
        settings: Of the server; two tests with the same settings share one.
        url: Where a server runs that was started elsewhere; None to start one.
        world: The name of the world; None for one of the test's own.
        port: Whether it may be reached by a port, and by which one; `True` for a free one.
        allow_unmatched: Whether calls for no operation are fine.
        allow_invalid: Whether calls that break the document are fine.
        allow_unused_stubs: Whether stubs that answered nothing are fine.
    """

    settings: Settings
    url: str | None = None
    world: str | None = None
    port: bool | int = True
    allow_unmatched: bool = False
    allow_invalid: bool = False
    allow_unused_stubs: bool = False


def add(parser: pytest.Parser) -> None:
    """Add the options to pytest's."""
    group = parser.getgroup("mockserver", "mock servers of OpenAPI documents")
    for name, metavar, text in (
        ("doc", "DOC", "document of the mock server where a test names none; repeatable"),
        ("url", "URL", "ask this server instead of starting one; it is to serve the documents of the tests"),
        ("seed", "N", "seed of all that is generated where a test names none"),
        ("journal", "FILE", "write all calls of the run to this file, one line of JSON each"),
        ("coverage-min", "PERCENT", "fail the run if less of the documents was exercised"),
    ):
        action = "append" if name == "doc" else "store"
        group.addoption(
            f"--mockserver-{name}",
            action=action,
            metavar=metavar,
            default=None,
            dest=f"mockserver_{name.replace('-', '_')}",
            help=text,
        )
        kind: Any = "args" if name == "doc" else "string"
        parser.addini(f"mockserver_{name.replace('-', '_')}", f"the same as --mockserver-{name}", kind)
    parser.addini(
        "mockserver_config", "settings of the mock server in YAML, as mockserver.yaml has them", "string"
    )
    parser.addini("mockserver_coverage", "count what is exercised of the documents", "bool", default=True)
    parser.addini("mockserver_allow_unmatched", "calls for no operation fail no test", "bool", default=False)
    parser.addini(
        "mockserver_allow_invalid", "calls that break the document fail no test", "bool", default=False
    )
    parser.addini(
        "mockserver_allow_unused_stubs", "stubs that answer nothing fail no test", "bool", default=False
    )


def value(config: pytest.Config, name: str) -> str | None:
    """Return an option of the command line, else of the ini file; None where neither has it."""
    given = config.getoption(f"mockserver_{name}")
    return given if given is not None else (config.getini(f"mockserver_{name}") or None)


def number(config: pytest.Config, name: str, kind: type[int] | type[float]) -> Any:
    """Return an option that is a number; None where nobody has said it.

    Raises:
        UsageError: It is none.
    """
    text = value(config, name)
    if text is None:
        return None
    try:
        return kind(text)
    except ValueError:
        raise UsageError(f"--mockserver-{name.replace('_', '-')}: {text!r} is no number") from None


def of_test(config: pytest.Config, node: pytest.Item | pytest.Collector) -> Options:
    """Return what the markers of a test say, the nearest first, over ini file and command line.

    Raises:
        UsageError: An option is unknown or of the wrong kind, or there is no document.
    """
    documents: tuple[str, ...] = ()
    named: dict[str, Any] = {}
    for marker in node.iter_markers("mockserver"):
        documents = documents or marker.args
        named = {**marker.kwargs, **named}
    return chosen(config, node.path.parent, documents, named)


def chosen(
    config: pytest.Config, folder: Path, documents: Iterable[object], named: Mapping[str, Any]
) -> Options:
    """Return what documents and options ask for; paths are seen from a folder, else from the root of the tests.

    Raises:
        UsageError: See `of_test`.
    """
    own = {name: named[name] for name in OWN if name in named}
    settings = _base(config)
    sources = [_source(document, (folder, config.rootpath), _MARKER) for document in documents]
    if not sources:
        sources = list(_default_sources(config)) or list(settings.documents)
    near = next((item.path.parent for item in sources if isinstance(item.path, Path)), folder)
    raw = {name.replace("_", "-"): _raw(item) for name, item in named.items() if name not in OWN}
    settings = replace(settings, **_checked(from_config, raw, near / _MARKER))
    url = value(config, "url")
    if sources:
        settings = replace(settings, documents=tuple(sources))
    elif url is None and not settings.documents:
        raise UsageError(
            "which document? Name it by @pytest.mark.mockserver('api.yaml'), by `mockserver_doc = api.yaml` in the "
            "ini file, or by --mockserver-doc api.yaml"
        )
    return replace(
        Options(
            settings,
            url,
            allow_unmatched=config.getini("mockserver_allow_unmatched"),
            allow_invalid=config.getini("mockserver_allow_invalid"),
            allow_unused_stubs=config.getini("mockserver_allow_unused_stubs"),
        ),
        **{name: _own(name, item) for name, item in own.items()},
    )


def _base(config: pytest.Config) -> Settings:
    """Return the settings that no test has spoken about."""
    settings = replace(DEFAULTS, journal_size=_JOURNAL_SIZE, reload=False, log=False)
    file = config.getini("mockserver_config")
    if file:
        from mockserver.document.loading import loader

        path = _ini_folder(config) / file
        try:
            raw = loader.parse(path.read_bytes(), str(path))
        except OSError as error:
            raise UsageError(f"mockserver_config: cannot read {path}: {error.strerror or error}") from error
        settings = replace(settings, **{**from_config(raw, path), "reload": False, "log": False})
    seed = number(config, "seed", int)
    return settings if seed is None else replace(settings, seed=seed)


def _default_sources(config: pytest.Config) -> Iterable[Source]:
    given = config.getoption("mockserver_doc")
    if given:
        folder = config.invocation_params.dir
        return [_source(document, (folder, config.rootpath), "--mockserver-doc") for document in given]
    return [
        _source(document, (_ini_folder(config), config.rootpath), "mockserver_doc")
        for document in config.getini("mockserver_doc")
    ]


def _ini_folder(config: pytest.Config) -> Path:
    return config.inipath.parent if config.inipath is not None else config.rootpath


def _source(document: object, folders: tuple[Path, ...], what: str) -> Source:
    """Return the source that a text or a path names, in the first of some folders that has it."""
    if not isinstance(document, str | Path) or not str(document) or str(document) == STDIN:
        raise UsageError(f"{what}: a file, a folder or a URL is expected, not {document!r}")
    found = [parse_source(str(document), folder) for folder in dict.fromkeys(folders)]
    for source in found:
        if not isinstance(source.path, Path) or source.path.exists():
            return source
    looked = " and ".join(str(source.path) for source in found)
    raise UsageError(f"{what}: there is no {document}; looked for {looked}")


def _raw(item: Any) -> Any:
    """Return a value as a config file has it."""
    if isinstance(item, Path):
        return str(item)
    return [_raw(part) for part in item] if isinstance(item, list | tuple) else item


def _checked(read: Any, raw: Mapping[str, Any], place: Path) -> dict[str, Any]:
    known = sorted({*OWN, *(field.name for field in fields(Settings))} - {"documents", "host", "workers"})
    for name in raw:
        if name not in KEYS:
            text = name.replace("-", "_")
            raise UsageError(f"{_MARKER}: unknown option {text!r}; known are {', '.join(known)}")
    try:
        found: dict[str, Any] = read(dict(raw), place)
    except UsageError as error:
        raise UsageError(str(error).replace(str(place), _MARKER)) from None
    return found


def _own(name: str, item: Any) -> Any:
    expected: tuple[type, ...] = (bool,)
    if name == "world":
        from mockserver.mocking.worlds import is_name

        if item is not None and (not isinstance(item, str) or not is_name(item)):
            raise UsageError(f"{_MARKER}: world: {item!r} can be no name of a world")
        return item
    if name == "port":
        expected = (bool, int)
    if not isinstance(item, expected):
        raise UsageError(f"{_MARKER}: {name}: {item!r} is not of type {expected[0].__name__}")
    return item


def world_name(node_id: str, run: str = "") -> str:
    """Return the name of the world of a test: one that people recognise, and no other test has.

    Args:
        node_id: The id of the test.
        run: Tells this run from others that ask the same server.
    """
    short = re.sub(r"[^A-Za-z0-9._-]+", "-", node_id.rpartition("::")[2]).strip("-.")[:40]
    digest = hashlib.blake2b(f"{run} {node_id}".encode("utf-8", "surrogateescape"), digest_size=5).hexdigest()
    return f"{short or 'test'}-{digest}"
