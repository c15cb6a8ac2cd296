"""Which operation of a document a request is for, wherever the server is mounted."""

from __future__ import annotations

from dataclasses import dataclass, field

from mockserver.document.model import Document, Operation
from mockserver.document.paths import PathTrie, as_literal, split_template


@dataclass(frozen=True, slots=True)
class Route:
    """Where a request leads.

    Attributes:
        operation: None where the document has none for it.
        values: The raw, still percent-encoded texts of the path's variables by name.
        allow: The methods that the path has, as an `Allow` field; "" where the document has no such path.
    """

    operation: Operation | None
    values: dict[str, str] = field(default_factory=dict)
    allow: str = ""

    @property
    def is_known(self) -> bool:
        """Whether the document has the path, if not this method."""
        return bool(self.allow)


class Router:
    """The operations of one document by method and path.

    Args:
        document: The document.
        prefix: What stands before the document's own paths where its server is mounted, e.g. `/v1`; None for the
            base paths of its servers (OAS 3.1.1 section 4.8.5), with and without.
    """

    def __init__(self, document: Document, prefix: str | None = None) -> None:
        self._trie: PathTrie[Operation] = PathTrie()
        # What is declared comes first: a path that is only a courtesy must not take its place.
        for is_courtesy in (False, True):
            for operation in document.operations.values():
                for base in _bases(operation, prefix, is_courtesy=is_courtesy):
                    self._place(base + operation.path, operation)

    def find(self, method: str, path: str, query: bytes = b"") -> Route:
        """Return where a request leads.

        Args:
            method: In capitals; a HEAD that is not declared is the GET (RFC 9110 section 9.3.2).
            path: As it was sent, without the query.
            query: As it was sent; it tells operations apart whose templates ask for query fields.
        """
        match = self._trie.find(path)
        if match is None:
            return Route(None)
        node = match.node
        found = node.variant(method, query) or node.methods.get(method)
        if found is None and method == "HEAD":
            found = node.methods.get("GET")
        if found is None:
            return Route(None, {}, match.allow)
        operation, names = found
        return Route(operation, dict(zip(names, match.values, strict=True)), match.allow)

    def _place(self, template: str, operation: Operation) -> None:
        bare, conditions = split_template(template)
        if bare != template:
            node, names = self._trie.place(bare)
            node.add_variant(operation.method, conditions, (operation, names))
            node.methods.setdefault(operation.method, (operation, names))
            template = as_literal(template)
        node, names = self._trie.place(template)
        node.methods.setdefault(operation.method, (operation, names))


def _bases(operation: Operation, prefix: str | None, *, is_courtesy: bool) -> tuple[str, ...]:
    if prefix is not None:
        return () if is_courtesy else (prefix,)
    declared = operation.base_paths
    if not is_courtesy:
        return declared or ("",)
    return ("",) if declared and "" not in declared else ()
