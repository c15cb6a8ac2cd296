"""XML by schema: a document into a JSON value and back.

Follows the XML Object of OAS 3.1.1 section 4.8.26, and the `nodeType` of 3.2.0 section 4.26.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from mockserver import jsontext
from mockserver.document import pointer as ptr
from mockserver.document.messages.coercion import Coercion
from mockserver.document.messages.xmltree import XSI, Element, XmlError, name_of, parse, serialise
from mockserver.document.validation import Schemas
from mockserver.errors import Json

NIL: Final = (XSI, "nil")
TEXT: Final = "#text"
"""Where the text of an element stands that also has attributes or children, and no property that is its text."""
DEPTH: Final = 400
"""Levels of nesting that are written; JSON values of requests and records have fewer."""


@dataclass(frozen=True, slots=True)
class _Node:
    """How the value of one schema is written.

    Attributes:
        name: The declared name, "" without one.
        kind: `element`, `attribute`, `text` or `none` (the last for lists whose items stand beside each other).
    """

    name: str
    namespace: str
    prefix: str
    kind: str


def _node(coercion: Coercion) -> _Node:
    if coercion.note is None:
        coercion.note = _declared_node(coercion)
    node: _Node = coercion.note
    return node


def _declared_node(coercion: Coercion) -> _Node:
    declared = coercion.own("xml")
    xml: dict[str, Any] = declared if isinstance(declared, dict) else {}
    kind = xml.get("nodeType")
    if kind == "cdata":
        kind = "text"
    if kind not in ("element", "attribute", "text", "none"):
        if xml.get("attribute") is True:
            kind = "attribute"
        else:
            # 3.2.0 section 4.26.2: lists are "none" by default, and `wrapped` stands for "element".
            kind = "none" if coercion.is_array and xml.get("wrapped") is not True else "element"
    name, namespace, prefix = (str(xml.get(key) or "") for key in ("name", "namespace", "prefix"))
    return _Node(name_of(name) if name else "", namespace, name_of(prefix) if prefix else "", kind)


def _component(coercion: Coercion) -> str:
    """Return the name of the component schema that a schema is or refers to by `$ref`, "" for none."""
    tokens = ptr.split(coercion.parts[0][0]) if coercion.parts else []
    return name_of(tokens[-1]) if tokens[-2:-1] == ["schemas"] else ""


def read(data: bytes, schemas: Schemas, pointer: str | None, charset: str | None = None) -> Json:
    """Return the value that a document stands for by the schema at a pointer, see `read_by`."""
    return read_by(data, Coercion.of(schemas, pointer), charset)


def read_by(data: bytes, coercion: Coercion, charset: str | None = None) -> Json:
    """Return the value that a document stands for by a schema; it is not yet judged.

    Elements and attributes that the schema does not know are kept under their own names, so that a judge sees
    them. Texts get the types of the schema; `xsi:nil` is null. A namespace counts where the schema names one: an
    element of another namespace is another element, one of none is taken.

    Args:
        data: The document.
        coercion: Of the schema.
        charset: The encoding that a Content-Type field names.

    Raises:
        XmlError: It is no XML that is read, see `xmltree.parse`, or its root element has not the declared name.
    """
    root = parse(data, charset)
    node = _node(coercion)
    if node.name and not _is_named(root, node.name, node.namespace):
        raise XmlError(f"the root element is <{root.name}>; it should be <{node.name}>")
    if root.children and coercion.kinds == {"string"}:
        return data.decode(charset or "utf-8", "replace")  # the document itself is the text that is meant
    return _value(root, coercion, [_component(coercion.items())])


def write(value: Json, schemas: Schemas, pointer: str | None) -> bytes:
    """Return the document, in UTF-8, that stands for a value by a schema.

    The root element is named by `xml.name`, else by the component schema that is meant, else `root`. Null is an
    element with `xsi:nil`; an attribute or text that is null is left out. Names and characters that XML does not
    know are replaced.

    Raises:
        ValueError: The value is nested more than `DEPTH` levels deep.
    """
    coercion = Coercion.of(schemas, pointer)
    node = _node(coercion)
    root = Element(node.namespace, node.name or _component(coercion) or "root", prefix=node.prefix)
    _fill(root, value, coercion, _component(coercion.items()) or "item", 0)
    return serialise(root)


# Reading.


def _is_named(element: Element, name: str, namespace: str) -> bool:
    return element.name == name and (not namespace or element.namespace in (namespace, ""))


def _value(element: Element, coercion: Coercion, names: Iterable[str] = ()) -> Json:
    """Return the value of an element; `names` are those that items of a list may have if they declare none."""
    if element.attributes.get(NIL) in ("true", "1"):
        return None
    attributes = {key: text for key, text in element.attributes.items() if key[0] != XSI}
    if coercion.is_array and not attributes and not element.text.strip():
        if element.children or not coercion.is_object:
            items = _items(element, coercion, names)
            if items is not None:
                return items
    is_leaf = not element.children and not attributes
    if is_leaf and (coercion.kinds - {"object", "array"} or not coercion.is_object):
        if element.text or not coercion.is_object or "string" in coercion.kinds:
            return _scalar(element.text, coercion)
    return _object(element, attributes, coercion)


def _scalar(text: str, coercion: Coercion) -> Json:
    if "string" not in coercion.kinds and coercion.scalars:
        text = text.strip()  # as XML Schema does with all that is no string (part 2, section 4.3.6)
    return coercion.scalar(text, nulls=False)


def _items(element: Element, coercion: Coercion, names: Iterable[str]) -> list[Json] | None:
    """Return the items of a list that has an element of its own, None where other elements stand in it."""
    node = _node(coercion.items())
    allowed = {node.name} if node.name else {element.name, *names} - {""}
    children = element.children
    if node.name or any(names):
        if not all(child.name in allowed for child in children):
            return None
    elif len({child.name for child in children}) > 1:
        return None
    return [_value(child, coercion.item(index)) for index, child in enumerate(children)]


def _object(element: Element, attributes: dict[tuple[str, str], str], coercion: Coercion) -> dict[str, Json]:
    result: dict[str, Json] = {}
    left = dict(attributes)
    children: dict[str, list[Element]] = {}
    for child in element.children:
        children.setdefault(child.name, []).append(child)
    is_text_taken = False
    declared = coercion.properties()
    for name in declared:
        member = coercion.property(name)
        node = _node(member)
        label = node.name or name_of(name)
        if node.kind == "attribute":
            key = next((key for key in left if key[1] == label and key[0] in (node.namespace, "")), None)
            if key is not None:
                result[name] = _scalar(left.pop(key), member)
        elif node.kind == "text":
            is_text_taken = True
            if element.text or "string" in member.kinds:
                result[name] = _scalar(element.text, member)
        else:
            is_list = node.kind == "none" and member.is_array
            items = _node(member.items()) if is_list else node
            wanted = items.name or label
            mine = _take(children, wanted, items.namespace or node.namespace)
            if mine:
                result[name] = _of(mine, label, member, is_list=is_list)
            elif is_list and coercion.requires(name) and not member.is_mixed:
                result[name] = []  # a list without items leaves no trace
    for label, others in children.items():
        name = label
        if name in declared:  # but not as this element: it is another
            name = f"{{{others[0].namespace}}}{label}" if others[0].namespace else f"<{label}>"
        member = coercion.property(name)
        is_list = member.is_array and _node(member).kind == "none"
        result[name] = _of(others, name, member, is_list=is_list)
    for (_, name), text in left.items():
        result.setdefault(name, _scalar(text, coercion.property(name)))
    if not is_text_taken and element.text.strip():
        result[TEXT] = element.text
    return result


def _take(children: dict[str, list[Element]], name: str, namespace: str) -> list[Element]:
    """Return the elements of a name, and take them out of `children`."""
    found = children.pop(name, [])
    if not namespace:
        return found
    others = [child for child in found if child.namespace not in (namespace, "")]
    if others:
        children[name] = others
    return [child for child in found if child.namespace in (namespace, "")]


def _of(elements: list[Element], label: str, member: Coercion, *, is_list: bool) -> Json:
    """Return the value of the elements that one property has."""
    if is_list:
        if len(elements) == 1 and elements[0].attributes.get(NIL) and "null" in member.kinds:
            return None
        if len(elements) > 1 or not member.is_mixed:
            return [_value(child, member.item(index)) for index, child in enumerate(elements)]
        return _of_one(elements[0], member)
    if len(elements) == 1:
        return _value(elements[0], member, [label])
    # Where no list is declared the judge says that it is none.
    return [_value(child, member) for child in elements]


def _of_one(element: Element, member: Coercion) -> Json:
    """Return the value of one element where a list of one may be meant, or the value itself."""
    listed = [_value(element, member.item(0))]
    if member.kinds <= {"array", "null"} or member.is_valid(listed):
        return listed
    alone = _value(element, member)
    return alone if member.is_valid(alone) else listed


# Writing.


def _fill(element: Element, value: Json, coercion: Coercion, label: str, depth: int) -> None:
    """Put a value into an element; `label` names the items of a list that declare no name."""
    if depth > DEPTH:
        raise ValueError(f"nested more than {DEPTH} levels deep")
    if value is None:
        element.attributes[NIL] = "true"
    elif isinstance(value, list):
        for index, item in enumerate(value):
            inner = coercion.item(index)
            node = _node(inner)
            _add(element, node.name or label, node.namespace, node.prefix, item, inner, depth)
    elif isinstance(value, dict):
        for name, item in value.items():
            _member(element, name, item, coercion, depth)
    else:
        element.text = _text(value)


def _member(element: Element, name: str, value: Json, owner: Coercion, depth: int) -> None:
    if name == TEXT and isinstance(value, str):
        element.text = value
        return
    coercion = owner.property(name)
    # Where names are data, as in a map, what is declared for all of them can name none.
    is_declared = name in owner.properties()
    node = _node(coercion)
    label = node.name if node.name and is_declared else name_of(name)
    if node.kind in ("attribute", "text"):
        if value is not None:
            text = _text(value) if not isinstance(value, dict | list) else jsontext.dumps(value).decode()
            if node.kind == "text":
                element.text = text
            else:
                element.attributes[node.namespace, label] = text
                if node.prefix:
                    element.hints[node.namespace] = node.prefix
        return
    if isinstance(value, list) and (node.kind == "none" or not coercion.is_array):
        for index, item in enumerate(value):
            inner = coercion.item(index)
            own = _node(inner)
            _add(
                element, own.name if own.name and is_declared else label, own.namespace or node.namespace,
                own.prefix or node.prefix, item, inner, depth,
            )  # fmt: skip
    else:
        _add(element, label, node.namespace, node.prefix, value, coercion, depth)


def _add(
    element: Element, name: str, namespace: str, prefix: str, value: Json, coercion: Coercion, depth: int
) -> None:
    child = Element(namespace, name, prefix=prefix)
    element.children.append(child)
    _fill(child, value, coercion, name, depth + 1)


def _text(value: Json) -> str:
    if isinstance(value, str):
        return value
    return jsontext.dumps(value).decode()
