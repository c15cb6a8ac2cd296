"""Asks openapi-spec-validator, part by part, so that one odd part keeps nothing about the others back.

The door to openapi-spec-validator. It is asked for what the schema of the OpenAPI version does not say; that is judged
by `metaschema`, which explains more and costs less.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from mockserver.document import pointer as ptr
from mockserver.document import words
from mockserver.document.checks.subject import Subject
from mockserver.document.loading import loader
from mockserver.document.model import Fault, Severity

_SCHEMES: Final = ("<all_urls>", "http", "https", "file", "")
_KINDS: Final = {
    "DuplicateOperationIDError": "operationId",
    "UnresolvableParameterError": "parameter",
    "ParameterDuplicateError": "parameter",
}
"""What we have rules of our own for."""


def specification(subject: Subject) -> Iterator[Fault]:
    """What openapi-spec-validator finds, and where it fails itself."""
    validator = _validator(subject)
    spec, registry = validator.schema_path, validator.keyword_validators_registry
    parts: list[tuple[str, Callable[[], Iterable[Any]]]] = []
    root = subject.written
    if isinstance(root.get("tags"), list):
        parts.append(("/tags", lambda: registry["tags"](spec / "tags")))
    components = root.get("components")
    home = ("components", "schemas") if "openapi" in root else ("definitions",)
    schemas = components.get("schemas") if isinstance(components, dict) else root.get("definitions")
    # Before the paths: it looks at each schema once, and here it is clear which one that is.
    parts += [
        (ptr.join("", *home, name), partial(_schema, registry, spec, (*home, name)))
        for name in (schemas if isinstance(schemas, dict) else ())
    ]
    paths = root.get("paths")
    parts += [
        (ptr.join("/paths", name), partial(_path, registry, spec, name))
        for name in (paths if isinstance(paths, dict) else ())
        if not name.startswith("x-")
    ]
    for pointer, judge in parts:
        yield from _judged(subject, pointer, judge)


def _schema(registry: Any, spec: Any, names: tuple[str, ...]) -> Iterable[Any]:
    for name in names:
        spec = spec / name
    found: Iterable[Any] = registry["schema"](spec)
    return found


def _path(registry: Any, spec: Any, name: str) -> Iterable[Any]:
    found: Iterable[Any] = registry["path"](name, spec / "paths" / name)
    return found


def _judged(subject: Subject, pointer: str, judge: Callable[[], Iterable[Any]]) -> Iterator[Fault]:
    try:
        for error in judge():
            if type(error).__name__ == "ValidationError":
                continue  # A default that is not valid: `examples` looks at all of them, and says where each stands.
            rule = _KINDS.get(type(error).__name__, "openapi-spec-validator")
            yield Fault(_place(subject, pointer, error.message), rule, _message(error))
    except Exception as error:
        # It is a guest here, and meets what it was not made for; its failure is one more thing to report.
        yield Fault(
            pointer,
            "validator",
            f"openapi-spec-validator cannot judge this: {words.shorten(_cause(error))}",
            severity=Severity.WARNING,
        )


def _cause(error: BaseException) -> str:
    text = str(error).strip()
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _place(subject: Subject, pointer: str, message: str) -> str:
    """Return the operation that a message speaks of, else the part that was judged."""
    found = re.search(r"for '(\w+)' (?:operation )?in '", message)
    if found:
        place = ptr.join(pointer, found[1])
        if place in subject.labels:
            return place
    return pointer


def _message(error: Any) -> str:
    """Return what an error says without the dump of the value with which it begins."""
    text = str(error.message)
    path = [str(part) for part in error.absolute_path]
    where = f"at {'.'.join(path)}: " if path else ""
    seen, is_not, expected = text.partition(" is not of type ")
    if is_not and expected == "'object', 'boolean'":
        return f"{where}{words.shorten(seen, 40)} stands where a schema should"
    found = re.search(
        r" (is not (of type|valid|one of|a|nullable)|for not nullable|does not match|has non-unique)", text
    )
    if found and found.start() > 40:
        text = words.shorten(text[: found.start()], 40) + text[found.start() :]
    return words.shorten(f"{where}{text}")


def _validator(subject: Subject) -> Any:
    """Return the validator of the document's version; it reads nothing but the document."""
    # Imported here: it costs half a second, and only `check` asks it.
    import openapi_spec_validator as package
    from jsonschema_path.paths import SchemaPath

    document = subject.document
    version = document.version
    lines = {"2": "V2", "3.0": "V30", "3.1": "V31"}
    name = next((name for start, name in lines.items() if version.startswith(start)), "V32")
    spec = SchemaPath.from_dict(
        subject.written,
        separator="\0",  # its own is "#", which stands in paths of real documents
        base_uri=document.source.absolute().as_uri(),
        handlers=dict.fromkeys(_SCHEMES, partial(_read, frozenset(document.files))),
        resolved_cache_maxsize=4096,
    )
    validator = getattr(package, f"OpenAPI{name}SpecValidator")(spec)
    schemas = validator.keyword_validators_registry["schema"]
    # It remembers in lists, through which it looks for each schema; and what `metaschema` has judged by
    # compiled code, it need not judge again.
    schemas.visited_schema_ids = _Ids()
    schemas.meta_checked_schema_ids = _All()
    return validator


class _Ids(set[int]):
    """A set that is filled like a list."""

    def append(self, item: int) -> None:
        """Put an item in."""
        self.add(item)


class _All(list[int]):
    """A list in which everything is."""

    def __contains__(self, _item: object) -> bool:
        return True


def _read(files: frozenset[str], uri: str) -> Any:
    """Return what is in a file of the document; nothing else is read, and nothing from the net."""
    path = Path(unquote(urlsplit(uri).path))
    for file in files:
        if Path(file).absolute() == path:
            return loader.read(path)
    raise OSError(f"{uri} is not read")
