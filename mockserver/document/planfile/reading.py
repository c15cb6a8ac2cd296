"""What every part of a plan file is read with: checks of types and names, errors that say where and what instead."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

from mockserver.document import pointer as ptr
from mockserver.document.durations import EXPECTED, duration
from mockserver.document.messages.coercion import Coercion
from mockserver.document.model import Document, Fault, Severity
from mockserver.errors import Json, PlanError, PlanMisfit

_Part = TypeVar("_Part")


class Reading:
    """A plan file that is being read.

    Args:
        misfits: Takes what does not fit the document, and the entry around it alone is left out; None to raise.
    """

    def __init__(self, document: Document, source: Path, misfits: list[Fault] | None = None) -> None:
        self.document = document
        self.source = source
        self._misfits = misfits

    def error(self, pointer: str, message: str) -> PlanError:
        """Return the error for what does not have the format."""
        return PlanError(f"{self.source}: at {pointer or '/'}: {message}", pointer, message)

    def misfit(self, pointer: str, message: str) -> PlanMisfit:
        """Return the error for what has the format, and does not fit the document."""
        return PlanMisfit(self.source, pointer, message)

    def tell(self, misfit: PlanMisfit, effect: str = "it is ignored") -> None:
        """Note what does not fit, or raise it.

        Raises:
            PlanMisfit: Nobody takes notes.
        """
        if self._misfits is None:
            raise misfit
        fault = Fault(misfit.pointer or "", "plan", misfit.reason, effect, Severity.WARNING, str(self.source))
        self._misfits.append(fault)

    def object(self, raw: Json, pointer: str, allowed: Iterable[str] | None = None) -> dict[str, Any]:
        """Return a mapping with known keys; nothing is an empty one."""
        if raw is None:
            return {}
        if not isinstance(raw, dict):
            raise self.error(pointer, f"a mapping is expected, not {raw!r}")
        if allowed is not None:
            names = list(allowed)
            for key in raw:
                if key not in names:
                    raise self.error(
                        pointer,
                        f"unknown key {key!r}{hint(key, names)}; known are {', '.join(sorted(names))}",
                    )
        return raw

    def entries(
        self, raw: Json, pointer: str, read: Callable[[str, Json, str], _Part]
    ) -> Iterator[tuple[str, _Part]]:
        """Yield the entries of a mapping, each read with its name and place, but for those that do not fit."""
        for name, value in self.object(raw, pointer).items():
            if not isinstance(name, str):
                raise self.error(pointer, f"a name is expected, not {name!r}; write it in quotes")
            try:
                part = read(name, value, ptr.join(pointer, name))
            except PlanMisfit as misfit:
                self.tell(misfit)
                continue
            yield name, part

    def known(self, name: Json, names: Iterable[str], kind: str, pointer: str) -> str:
        """Return one of the words of the format."""
        names = list(names)
        if name not in names:
            raise self.error(pointer, f"there is no {kind} {name!r}{hint(str(name), names)}")
        return str(name)

    def there(self, name: Json, names: Iterable[str], kind: str, pointer: str) -> str:
        """Return a name that the document, or another part of the plan, has to know."""
        if not isinstance(name, str):
            raise self.error(pointer, f"the name of a {kind} is expected, not {name!r}")
        names = list(names)
        if name not in names:
            raise self.misfit(pointer, f"there is no {kind} {name!r}{hint(name, names)}")
        return name

    def declared(self, names: Iterable[Json], schema: str, pointer: str) -> None:
        """Refuse a property that records would drop, because their schema does not declare it."""
        coercion = Coercion(self.document.response_schemas, schema)
        properties = coercion.properties()
        if not properties or coercion.is_open:
            return
        for name in names:
            if name not in properties:
                raise self.misfit(
                    pointer, f"the schema declares no property {name!r}{hint(str(name), properties)}"
                )

    def integer(self, raw: Json, pointer: str, *, least: int = 0) -> int:
        """Return a whole number."""
        if not isinstance(raw, int) or isinstance(raw, bool) or raw < least:
            raise self.error(pointer, f"a whole number is expected, not {raw!r}")
        return raw

    def text(self, raw: Json, pointer: str) -> str | None:
        """Return a text that is not empty, or None."""
        if raw is not None and (not isinstance(raw, str) or not raw):
            raise self.error(pointer, f"a text is expected, not {raw!r}")
        return raw

    def flag(self, raw: Json, pointer: str) -> bool:
        """Return true or false; nothing is false."""
        if raw is not None and not isinstance(raw, bool):
            raise self.error(pointer, f"true or false is expected, not {raw!r}")
        return bool(raw)

    def milliseconds(self, raw: Json, pointer: str) -> int:
        """Return a span of time: seconds, or a text such as `500ms`, `5s`, `2m`, `1h`, `1d`."""
        length = duration(raw)
        if length is None:
            raise self.error(pointer, f"{EXPECTED} are expected, not {raw!r}")
        return length // timedelta(milliseconds=1)


def hint(name: str, names: Iterable[str]) -> str:
    """Return the near miss among known names, as a question in brackets; "" without one."""
    near = difflib.get_close_matches(name, list(names), n=1)
    return f" (did you mean {str(near[0])!r}?)" if near else ""
