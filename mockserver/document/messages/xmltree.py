"""XML text into elements and back (XML 1.0, Namespaces in XML 1.0), without what makes XML dangerous.

The parser is expat. A document type declaration is refused, and with it entities of every kind: neither bombs nor
files of this machine can be asked for.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import chain, count
from typing import Any, Final
from xml.parsers import expat

MAX_DEPTH: Final = 200
"""Levels of nesting that are read, as for JSON."""

MAX_ATTRIBUTES: Final = 1000
"""Attributes of one element that are read."""

XML_NAMESPACE: Final = "http://www.w3.org/XML/1998/namespace"
XSI: Final = "http://www.w3.org/2001/XMLSchema-instance"
"""Namespace of the attribute `nil` (XML Schema part 1, section 2.6.2)."""

_NO_CHARACTER: Final = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What may not stand in a document, not even as a reference (XML 1.0 section 2.2)."""
_START: Final = "A-Z_a-z\xc0-\xd6\xd8-\xf6\xf8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c-\u200d\u2070-\u218f"
_NO_NAME: Final = re.compile(rf"[^{_START}\-.0-9\xb7\u0300-\u036f]")
_NO_NAME_START: Final = re.compile(rf"^(?![{_START}])")


class XmlError(ValueError):
    """Text that is not XML, or XML that is not read.

    Attributes:
        reason: What is wrong.
        line, column: Where, counted from 1; 0 where the whole is meant.
    """

    def __init__(self, reason: str, line: int = 0, column: int = 0) -> None:
        super().__init__(f"{reason} (line {line}, column {column})" if line else reason)
        self.reason = reason
        self.line = line
        self.column = column


@dataclass(slots=True)
class Element:
    """An element.

    Attributes:
        namespace: Its URI, "" for none.
        name: Without prefix.
        attributes: (namespace, name) -> text; declarations of namespaces are left out.
        prefix: As it was or is to be written.
        hints: Namespace -> the prefix that its attributes would like.
    """

    namespace: str
    name: str
    attributes: dict[tuple[str, str], str] = field(default_factory=dict)
    children: list[Element] = field(default_factory=list)
    text: str = ""
    prefix: str = ""
    hints: dict[str, str] = field(default_factory=dict)


def parse(data: bytes, charset: str | None = None) -> Element:
    """Return the root element of a document.

    Args:
        data: The document.
        charset: The encoding that a Content-Type field names; None leaves it to the document.

    Raises:
        XmlError: It is not well-formed, declares a document type, or is nested more than `MAX_DEPTH` levels deep.
    """
    builder = _Builder()
    try:
        parser = expat.ParserCreate(charset)
        parser.buffer_text = True
        parser.StartElementHandler = builder.start
        parser.EndElementHandler = builder.end
        parser.CharacterDataHandler = builder.characters
        parser.StartDoctypeDeclHandler = builder.refuse
        parser.EntityDeclHandler = builder.refuse
        parser.ExternalEntityRefHandler = builder.refuse
        builder.place = lambda: (parser.CurrentLineNumber, parser.CurrentColumnNumber + 1)
        parser.Parse(data, True)
    except expat.ExpatError as error:
        raise XmlError(expat.ErrorString(error.code), error.lineno, error.offset + 1) from error
    except (LookupError, ValueError) as error:
        if isinstance(error, XmlError):
            raise
        raise XmlError(f"the encoding cannot be read: {error}") from error
    assert builder.root is not None  # expat refuses a document without an element
    return builder.root


class _Builder:
    def __init__(self) -> None:
        self.root: Element | None = None
        self.place: Callable[[], tuple[int, int]] = lambda: (0, 0)
        self._open: list[Element] = []
        self._texts: list[list[str]] = []
        self._scopes: list[dict[str, str]] = [{"xml": XML_NAMESPACE}]

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if len(self._open) >= MAX_DEPTH:
            raise XmlError(f"nested more than {MAX_DEPTH} levels deep", *self.place())
        if len(attributes) > MAX_ATTRIBUTES:
            raise XmlError(f"an element has more than {MAX_ATTRIBUTES} attributes", *self.place())
        scope = self._scopes[-1]
        declared = {
            key.partition(":")[2]: uri
            for key, uri in attributes.items()
            if key == "xmlns" or key.startswith("xmlns:")
        }
        if declared:
            scope = {**scope, **declared}
        self._scopes.append(scope)
        prefix, _, local = name.rpartition(":")
        # A prefix that nobody declared is the author's shorthand: documents leave out `namespace` as often as not.
        element = Element(scope.get(prefix, ""), local, prefix=prefix)
        for key, value in attributes.items():
            if key != "xmlns" and not key.startswith("xmlns:"):
                prefix, _, local = key.rpartition(":")
                element.attributes[scope.get(prefix, "") if prefix else "", local] = value
        if self._open:
            self._open[-1].children.append(element)
        else:
            self.root = element
        self._open.append(element)
        self._texts.append([])

    def end(self, _name: str) -> None:
        self._scopes.pop()
        self._open.pop().text = "".join(self._texts.pop())

    def characters(self, text: str) -> None:
        self._texts[-1].append(text)

    def refuse(self, *_arguments: Any) -> int:
        raise XmlError("document types and entities are not taken", *self.place())


def name_of(text: str) -> str:
    """Return a name that may stand in XML; what may not stand in one becomes `_`."""
    return _NO_NAME_START.sub("_", _NO_NAME.sub("_", text))


def serialise(root: Element) -> bytes:
    """Return a document in UTF-8; characters that XML does not know become U+FFFD."""
    out = ['<?xml version="1.0" encoding="UTF-8"?>\n']
    _write(root, {"": "", "xml": XML_NAMESPACE}, out)
    return "".join(out).encode("utf-8")


def _write(element: Element, scope: Mapping[str, str], out: list[str]) -> None:
    declared: dict[str, str] = {}
    prefix = element.prefix
    if element.namespace:
        if scope.get(prefix) != element.namespace:
            declared[prefix] = element.namespace
    elif prefix not in scope or not prefix:
        # Namespaces in XML section 5: a prefix has to be declared; without a namespace there is nothing to declare.
        prefix = ""
        if scope.get(""):
            declared[""] = ""
    attributes: list[tuple[str, str]] = []
    for (namespace, name), value in element.attributes.items():
        label = name
        if namespace:
            known = {**scope, **declared}
            short = next((key for key, uri in known.items() if key and uri == namespace), "")
            if not short:
                wanted = "xsi" if namespace == XSI else element.hints.get(namespace, "n")
                others = (f"{wanted}{number}" for number in count(1))
                short = next(item for item in chain([wanted], others) if item not in known)
                declared[short] = namespace
            label = f"{short}:{name}"
        attributes.append((label, value))
    attributes += [(f"xmlns:{key}" if key else "xmlns", uri) for key, uri in declared.items()]
    tag = f"{prefix}:{element.name}" if prefix else element.name
    out.append(f"<{tag}")
    out += [f' {name}="{_attribute(value)}"' for name, value in attributes]
    if not element.children and not element.text:
        out.append("/>")
        return
    out.append(f">{_escape(element.text)}")
    inner = {**scope, **declared} if declared else scope
    for child in element.children:
        _write(child, inner, out)
    out.append(f"</{tag}>")


def _escape(text: str) -> str:
    text = _NO_CHARACTER.sub("\ufffd", text)
    # A carriage return would be read as a line feed (XML 1.0 section 2.11).
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\r", "&#13;")


def _attribute(text: str) -> str:
    # White space would be read as blanks (XML 1.0 section 3.3.3).
    return _escape(text).replace('"', "&quot;").replace("\n", "&#10;").replace("\t", "&#9;")
