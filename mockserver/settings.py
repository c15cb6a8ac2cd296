"""Everything that a person may choose, in one place; flags and the config file fill it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, fields
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from mockserver.errors import UsageError

DEFAULT_PORT: Final = 4010
STDIN: Final = "-"
MEMORY: Final = "memory"
BASE_PATHS: Final = ("both", "only", "none")


@dataclass(frozen=True, slots=True)
class Source:
    """A document, or a folder of documents.

    Attributes:
        path: A file or a folder; as text, `-` for standard input or an http(s) URL.
        name: The name under which it is served; None for one made of its file or URL.
        locale: Of the values that are made up for it; None for that of the document or the settings.
        plan: Its plan; None for the file beside it, if there is one.
        overlays: Files or URLs of its OpenAPI overlays, in their order.
        handlers: Files or dotted names of modules with its handlers; empty for the file beside it, if there is one.
    """

    path: Path | str
    name: str | None = None
    locale: str | None = None
    plan: Path | None = None
    overlays: tuple[str, ...] = ()
    handlers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Beside:
    """What belongs to one document, and stands apart from it.

    Attributes:
        place: A file, a URL, or the dotted name of a module.
        name: The name of the document; None where there is only one.
    """

    place: str
    name: str | None = None


@dataclass(frozen=True, slots=True)
class ProxySettings:
    """How to stand in front of a real server.

    Attributes:
        upstream: Its URL.
        mock: Patterns of operations that the mock answers.
        real: Patterns of operations that the upstream answers.
        mock_missing: Whether the mock answers for what the upstream does not have.
        preserve_host: Whether `Host` stays as the client sent it.
        rewrite_location: Whether places on the upstream become places on the proxy.
        forwarded: Whether `Via` and `X-Forwarded-*` are added to requests.
        ca: A file with certificates to trust.
        insecure: Whether any certificate is trusted.
        cert: A file with a certificate for the upstream to see.
        cert_key: Its key, where that is in another file.
        upstream_proxy: An HTTP proxy on the way to the upstream.
        timeout: Seconds for the answer to begin, and between two pieces of it; 0 for ever.
        connect_timeout: Seconds for a connection.
        judge_limit: Bytes of a body that are kept to be judged.
    """

    upstream: str = ""
    mock: tuple[str, ...] = ()
    real: tuple[str, ...] = ()
    mock_missing: bool = False
    preserve_host: bool = False
    rewrite_location: bool = False
    forwarded: bool = True
    ca: Path | None = None
    insecure: bool = False
    cert: Path | None = None
    cert_key: Path | None = None
    upstream_proxy: str = ""
    timeout: float = 60.0
    connect_timeout: float = 10.0
    judge_limit: int = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Settings:
    """How to serve.

    Attributes:
        documents: What to serve; empty for the bundled documents.
        fixtures: Folder with one folder of fixtures for each document's name.
        plan: Plans, of one document each.
        overlay: OpenAPI overlays, of one document each, in their order.
        handlers: Modules of handlers, of one document each.
        clock: The instant at which the clock stands; None for the time of the machine.
        root: Whether documents answer at the root and not only under `/<name>`.
        control_path: Where the control API is.
        journal_size: Exchanges that the journal of a world keeps.
        max_worlds: Worlds besides the default one; beyond it those go that have not been asked for longest.
        world_idle: A world that nobody asks for so many seconds goes; 0 for never.
        body_limit_bytes: Larger request bodies are refused with 413.
        target_limit_bytes: Longer paths with their queries are refused with 414.
        head_limit_bytes: Header fields that are longer together are refused with 431.
        head_timeout_seconds: Time for the head of a request, from its first byte; then 408.
        body_timeout_seconds: Time for the body of a request; then 408.
        answer_timeout_seconds: A client that takes nothing of its answer for so long is cut off.
        connection_limit: Connections at once; beyond it those are closed that have waited longest.
        strict: Whether a fault in a document stops the start.
        errors: Whether an answer that breaks the document becomes a 500.
        validate: Whether requests are judged by the document.
        auth: Whether credentials are asked for.
        cors: Whether browsers of other origins are let in (Fetch standard, section 3.2).
        stateless: Whether plans are left alone, and every answer comes from examples or the generator.
        dynamic: Whether answers are generated anew for each request, and examples are left alone.
        base_path: `both`: operations answer with and without the path of their servers; `only` with it, `none` without.
        reload: Whether documents and what belongs to them are read again when they change.
        log: Whether a line is written for each exchange.
        state: Where the state is kept: `memory`, `sqlite:FILE`, or the URL of a Redis server.
        workers: Processes that serve together; more than one needs a state that they share.
        state_prefix: What the names of its keys in Redis begin with.
        record_limit: Records that a world holds in memory; more are refused with 507.
        proxy: How `mockserver proxy` stands in front of a real server.
        journal: File to which each exchange is added as a line of JSON; None for none.
    """

    documents: tuple[Source, ...] = ()
    host: str = "127.0.0.1"
    port: int = DEFAULT_PORT
    seed: int = 0
    locale: str = "en_US"
    fixtures: Path | None = None
    plan: tuple[Beside, ...] = ()
    overlay: tuple[Beside, ...] = ()
    handlers: tuple[Beside, ...] = ()
    clock: datetime | None = None
    root: bool = True
    control_path: str = "/__mock__"
    journal_size: int = 1000
    max_worlds: int = 1000
    world_idle: float = 86400
    body_limit_bytes: int = 20 * 1024 * 1024
    target_limit_bytes: int = 1024 * 1024
    head_limit_bytes: int = 64 * 1024
    head_timeout_seconds: float = 60
    body_timeout_seconds: float = 60
    answer_timeout_seconds: float = 60
    connection_limit: int = 2000
    strict: bool = False
    errors: bool = False
    validate: bool = True
    auth: bool = True
    cors: bool = True
    stateless: bool = False
    dynamic: bool = False
    base_path: str = "both"
    reload: bool = True
    log: bool = True
    state: str = MEMORY
    workers: int = 1
    state_prefix: str = "mockserver"
    record_limit: int = 1_000_000
    journal: Path | None = None
    credentials: dict[str, str] = field(default_factory=dict)
    proxy: ProxySettings = ProxySettings()


DEFAULTS: Final = Settings()
BESIDE: Final = ("plan", "overlay", "handlers")
"""Settings that name what belongs to one document."""
KEYS: Final = {item.name.replace("_", "-"): item.name for item in fields(Settings)}
"""Keys of the config file -> names of settings."""


def from_config(raw: Any, source: Path) -> dict[str, Any]:
    """Return the settings that a config file names, relative paths taken from its folder.

    Raises:
        UsageError: A key is unknown, or a value is of the wrong kind.
    """
    if raw is None:
        return {}
    if not isinstance(raw, dict):
        raise UsageError(f"{source}: a mapping of settings is expected")
    result: dict[str, Any] = {}
    for key, value in raw.items():
        if key not in KEYS:
            raise UsageError(f"{source}: unknown setting {key!r}; known are {', '.join(sorted(KEYS))}")
        result[KEYS[key]] = _setting(key, value, source)
    return result


def _setting(key: str, value: Any, source: Path) -> Any:
    folder = source.parent
    if key == "documents":
        if not isinstance(value, list):
            raise UsageError(f"{source}: documents: a list is expected")
        return tuple(_source(item, folder, source) for item in value)
    if key == "proxy":
        return _proxy(value, source)
    if key in BESIDE:
        texts = value if isinstance(value, list) else [value]
        if not texts or not all(isinstance(text, str) and text for text in texts):
            raise UsageError(f"{source}: {key}: a file or a list of them is expected, not {value!r}")
        return tuple(parse_beside(text, folder) for text in texts)
    if key in ("fixtures", "journal"):
        return folder / str(value)
    if key == "clock":
        return parse_instant(str(value))
    if key == "state" and isinstance(value, str) and value.startswith("sqlite:"):
        return f"sqlite:{folder / value.removeprefix('sqlite:')}"
    expected: tuple[type, ...] = (str,)
    if key in ("port", "seed", "journal-size", "max-worlds", "workers") or key.endswith(
        ("-limit", "-limit-bytes")
    ):
        expected = (int,)
    elif key == "world-idle" or key.endswith("-timeout-seconds"):
        expected = (float, int)
    elif key in (
        "root", "strict", "errors", "log", "validate", "auth", "cors", "stateless", "dynamic", "reload",
    ):  # fmt: skip
        expected = (bool,)
    elif key == "credentials":
        expected = (dict,)
    if key == "base-path" and value not in BASE_PATHS:
        raise UsageError(f"{source}: {key}: {value!r} is none of {', '.join(BASE_PATHS)}")
    if not isinstance(value, expected) or (isinstance(value, bool) and bool not in expected):
        raise UsageError(f"{source}: {key}: {value!r} is not of type {expected[0].__name__}")
    if isinstance(value, int | float) and ("-limit" in key or "-timeout" in key) and value <= 0:
        raise UsageError(f"{source}: {key}: {value!r} is no limit; it must be greater than 0")
    least = {"max-worlds": 1, "workers": 1, "world-idle": 0}.get(key)
    if least is not None and isinstance(value, int | float) and not value >= least:
        raise UsageError(f"{source}: {key}: {value!r} is too small; it must be at least {least}")
    return value


def _proxy(value: Any, source: Path) -> ProxySettings:
    """Return what the mapping under `proxy` says."""
    if not isinstance(value, dict):
        raise UsageError(f"{source}: proxy: a mapping of settings is expected")
    known = {item.name.replace("_", "-"): item for item in fields(ProxySettings)}
    found: dict[str, Any] = {}
    for key, given in value.items():
        if key not in known:
            raise UsageError(
                f"{source}: proxy: unknown setting {key!r}; known are {', '.join(sorted(known))}"
            )
        default: Any = known[key].default
        name, wanted = known[key].name, type(default)
        if wanted is tuple:
            texts = given if isinstance(given, list) else [given]
            if not all(isinstance(text, str) and text for text in texts):
                raise UsageError(f"{source}: proxy: {key}: a list of patterns is expected, not {given!r}")
            found[name] = tuple(texts)
        elif wanted is type(None):
            found[name] = source.parent / str(given)
        elif isinstance(given, bool) == (wanted is bool) and isinstance(given, (wanted, int)):
            if wanted in (int, float) and (given < 0 or (given == 0 and name != "timeout")):
                raise UsageError(f"{source}: proxy: {key}: {given!r} is too small")
            found[name] = given
        else:
            raise UsageError(f"{source}: proxy: {key}: {given!r} is not of type {wanted.__name__}")
    return ProxySettings(**found)


def _source(item: Any, folder: Path, config: Path) -> Source:
    """Return the source that an item of `documents` names: a text, or a mapping with path, name and locale."""
    if isinstance(item, str) and item:
        return parse_source(item, folder)
    if not isinstance(item, dict) or not isinstance(item.get("path"), str):
        raise UsageError(f"{config}: documents: a path or a mapping with 'path' is expected, not {item!r}")
    known = ("path", "name", "locale", *BESIDE)
    unknown = [key for key in item if key not in known]
    if unknown:
        raise UsageError(f"{config}: documents: unknown key {unknown[0]!r}; known are {', '.join(known)}")
    lists: dict[str, tuple[str, ...]] = {}
    for key, value in item.items():
        if key in ("overlay", "handlers") and isinstance(value, list):
            texts = value
        else:
            texts = [value]
        if not all(isinstance(text, str) and text for text in texts):
            raise UsageError(f"{config}: documents: {key}: {value!r} is no text")
        lists[key] = tuple(texts)
    return Source(
        _place(item["path"], folder),
        item.get("name"),
        item.get("locale"),
        folder / item["plan"] if "plan" in item else None,
        tuple(_near(text, folder) for text in lists.get("overlay", ())),
        tuple(_near(text, folder) for text in lists.get("handlers", ())),
    )


def parse_source(text: str, folder: Path = Path()) -> Source:
    """Return the source that `DOC` or `NAME=DOC` names; DOC is a file, a folder, `-` or a URL."""
    name, separator, place = text.partition("=")
    if separator and name and "/" not in name and "." not in name:
        return Source(_place(place, folder), name)
    return Source(_place(text, folder))


def parse_beside(text: str, folder: Path = Path()) -> Beside:
    """Return what `PLACE` or `NAME=PLACE` names; PLACE is a file, a URL, or the dotted name of a module."""
    name, separator, place = text.partition("=")
    if separator and name and "/" not in name and "." not in name:
        return Beside(_near(place, folder), name)
    return Beside(_near(text, folder))


def _near(text: str, folder: Path) -> str:
    """Return a file seen from a folder; a URL, or the dotted name of a module, as it stands."""
    if re.match(r"https?://", text, re.IGNORECASE):
        return text
    is_file = (
        "/" in text or Path(text).suffix in (".py", ".yaml", ".yml", ".json") or (folder / text).exists()
    )
    return str(folder / text) if is_file else text


def _place(text: str, folder: Path) -> Path | str:
    if text == STDIN or re.match(r"https?://", text, re.IGNORECASE):
        return text
    return folder / text


def parse_instant(text: str) -> datetime:
    """Return the instant that an RFC 3339 text names.

    Raises:
        UsageError: It is no such text, or has no offset from UTC.
    """
    instant: datetime | None
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None:
        raise UsageError(f"{text!r} is no instant; write it as 2026-01-02T03:04:05Z")
    return instant
