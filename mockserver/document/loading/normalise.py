"""From what was read to what the model is built of: one form, one document, references that lead somewhere."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from mockserver.document.loading import circles, metaschema
from mockserver.document.loading.bundling import Bundler
from mockserver.document.loading.files import Files
from mockserver.document.loading.origins import Origins
from mockserver.document.loading.swagger import upgrade
from mockserver.document.model import Fault, Severity
from mockserver.errors import DocumentError, Json

KNOWN: Final = ("2.0", "3.0", "3.1", "3.2")


@dataclass(frozen=True, slots=True)
class Normalised:
    """A document that every later step can rely on.

    Attributes:
        root: The document in the form of OpenAPI 3; every `$ref` is a pointer that leads to an object of its kind.
        version: As declared, `2.0` or `3.x`.
        shape: What in it, as it was written, breaks the schema of its version.
        origins: Pointer into `root` -> file ("" for the document's own) and pointer as they were written.
        files: Locations of all that was read, or was to be read.
        overlaid: Pointer into the document with its overlays -> file and pointer as written; None without any.
    """

    root: dict[str, Json]
    version: str
    faults: tuple[Fault, ...]
    shape: tuple[Fault, ...]
    origins: Callable[[str], tuple[str, str]]
    files: tuple[str, ...]
    overlaid: Callable[[str], tuple[str, str]] | None = None


def normalise(root: Json, location: str, library: Files) -> Normalised:
    """Normalise a document, which is changed in place.

    Raises:
        DocumentError: It is no OpenAPI document of a version that is known.
    """
    version, note = version_of(root, location)
    is_old = version.startswith("2")
    # Before anything is changed.
    shape = tuple(metaschema.document_shape(root, version))
    bundle = Bundler(root, location, library, is_old=is_old).run()
    for pointer in circles.cut(bundle.root) if bundle.origins else ():
        file, origin = bundle.origins.of(pointer)
        message = "what stands here holds itself, by way of references"
        bundle.faults.append(
            Fault(origin, "reference", message, "it is taken as empty", Severity.ERROR, file)
        )
    if note:
        bundle.faults.insert(
            0, Fault("/openapi", "version", note, f"it is read as {version}", Severity.WARNING)
        )
    upgraded = Origins()
    if is_old:

        def report(pointer: str, message: str, effect: str) -> None:
            file, origin = bundle.origins.of(pointer)
            bundle.faults.append(Fault(origin, "schema", message, effect, Severity.ERROR, file))

        bundle.root = upgrade(bundle.root, upgraded, report)

    def origins(pointer: str) -> tuple[str, str]:
        return bundle.origins.of(upgraded.of(pointer)[1])

    return Normalised(bundle.root, version, tuple(bundle.faults), shape, origins, library.locations)


def version_of(root: Json, location: str) -> tuple[str, str]:
    """Return the version of a document, and what is odd about how it is said.

    Raises:
        DocumentError: It is no OpenAPI document of a version that is known.
    """
    if not isinstance(root, dict):
        raise DocumentError(f"{location} is no OpenAPI document: its top level is not an object")
    declared = root.get("openapi")
    field = "openapi"
    if declared is None and root.get("swagger") is not None:
        declared, field = root["swagger"], "swagger"
    expected = "it should be 2.0, 3.0.x, 3.1.x or 3.2.x"
    if declared is None:
        raise DocumentError(
            f"{location} is no OpenAPI document: the field 'openapi' is missing (or 'swagger', of OpenAPI 2.0)"
        )
    text = str(declared).strip() if isinstance(declared, str | int | float) else ""
    if text in ("2", "3"):
        return f"{text}.0", f"{declared!r} is no version"
    if text.startswith(KNOWN) and text[3:4] in ("", ".", "-"):
        return text, "" if isinstance(declared, str) else f"{declared!r} is a number, not a text"
    if text.startswith("3."):
        return text, f"version {text} is not known here"
    raise DocumentError(f"{location} is no OpenAPI document: the field {field!r} is {declared!r}; {expected}")
