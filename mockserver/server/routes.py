"""Which paths lead to which operations: below the document's name, at the root, with and without its base path.

A document answers below `/<name>`, and at the root unless that is switched off. There, and there, its operations
answer below the paths of their servers (OAS 3.1.1 section 4.8.5) and, as a courtesy, without: people who paste a
path of the document into curl leave them out. A path that is only a courtesy gives way to one that another
document declares; of two courtesies the document that was named first keeps the path.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from typing import Final

from mockserver.document.model import Operation
from mockserver.document.paths import Conditions, Match, Node, PathTrie, as_literal, split_template, targets
from mockserver.errors import UsageError
from mockserver.server.calls import Served, ServedOperation
from mockserver.settings import Settings

logger = logging.getLogger("mockserver")

_AT: Final = "/@"
"""How paths begin that name a world, and some of a few documents."""


class Routes:
    """The operations of all served documents by path.

    Args:
        documents: In the order in which they were named.
        settings: Whether at the root, and with which base paths.

    Raises:
        UsageError: Two documents declare a path of the same form.
    """

    def __init__(self, documents: Sequence[Served], settings: Settings) -> None:
        self.documents = list(documents)
        self._base_path = settings.base_path
        self._trie: PathTrie[ServedOperation] = PathTrie()
        self._at: PathTrie[ServedOperation] | None = None
        self._said: set[tuple[str, str]] = set()
        prefixes = {served.name: [f"/{served.name}"] for served in documents}
        if settings.root:
            for own in prefixes.values():
                own.append("")
        for is_courtesy in (False, True):
            for served in self.documents:
                for target in served.operations.values():
                    for base in self._bases(target.operation, is_courtesy=is_courtesy):
                        for prefix in prefixes[served.name]:
                            template = prefix + base + target.operation.path
                            self._place(template, target, is_courtesy=is_courtesy)

    def find(self, path: str) -> Match[ServedOperation] | None:
        """Return where a raw path leads, None if nowhere."""
        return self._trie.find(path)

    def is_declared(self, path: str) -> bool:
        """Return whether a document itself names the first segment of a path, and does not only match it."""
        return self._trie.is_literal(path.split("/", 2)[1])

    def owns(self, path: str) -> bool:
        """Return whether a document has a path like this one, which begins as if it named a world."""
        return self._at is not None and self._at.find(path) is not None

    def addressee(self, method: str, path: str) -> tuple[Served | None, ServedOperation | None]:
        """Return the document and the operation that a request is meant for, as far as that can be said."""
        match = self.find(path)
        if match is None:
            return self.nearest(path), None
        found = match.node.methods.get(method)
        served = next(iter(match.node.methods.values()))[0].served
        return served, found[0] if found is not None else None

    def nearest(self, path: str) -> Served | None:
        """Return the document that knows most of an unknown path, None if that cannot be said."""
        if len(self.documents) == 1:
            return self.documents[0]
        depth, node = self._trie.depth(path)
        owners = {id(target.served): target.served for target in targets(node)} if depth else {}
        return next(iter(owners.values())) if len(owners) == 1 else None

    def _bases(self, operation: Operation, *, is_courtesy: bool) -> Iterator[str]:
        """Yield the base paths of an operation that are declared, or that are a courtesy."""
        declared = operation.base_paths if self._base_path != "none" else ()
        if not is_courtesy:
            yield from declared or ("",)
        elif declared and "" not in declared and self._base_path == "both":
            yield ""

    def _place(self, template: str, target: ServedOperation, *, is_courtesy: bool) -> None:
        bare, conditions = split_template(template)
        if bare != template:
            self._place_variant(bare, conditions, target)
            template = as_literal(template)
        operation = target.operation
        if template.startswith(_AT):
            self._at = self._at or PathTrie()
            self._at.place(template)[0].methods.setdefault(operation.method, (target, ()))
        node, names = self._trie.place(template)
        other = _stranger(node, target.served)
        if other is not None and is_courtesy:
            return
        if other is not None:
            raise UsageError(
                f"two documents have the path {template}:\n"
                f"  {other.served.name}: {other.operation} ({other.operation.id})\n"
                f"  {target.served.name}: {operation} ({operation.id})\n"
                "Serve them under their names only, with --no-root, or on two ports."
            )
        if operation.method in node.methods:
            other = node.methods[operation.method][0]
            if _is_bare(operation.path) and not _is_bare(other.operation.path):
                # The other is here for requests that say neither its query nor its fragment; this one means them.
                node.methods[operation.method] = (target, names)
                return
            place = (target.served.name, operation.id)
            if not is_courtesy and other.operation is not operation and place not in self._said:
                self._said.add(place)
                logger.warning("%s is not served: %s has the same path", operation, other.operation)
            return
        node.methods[operation.method] = (target, names)

    def _place_variant(self, path: str, conditions: Conditions, target: ServedOperation) -> None:
        """Let an operation whose template has a query answer at its path, where the request has that query."""
        node, names = self._trie.place(path)
        if _stranger(node, target.served) is None:
            method = target.operation.method
            node.add_variant(method, conditions, (target, names))
            node.methods.setdefault(method, (target, names))


def _is_bare(path: str) -> bool:
    return split_template(path)[0] == path


def _stranger(node: Node[ServedOperation], served: Served) -> ServedOperation | None:
    """Return an operation of another document that stands at a node."""
    return next((other for other, _ in node.methods.values() if other.served is not served), None)


def base_urls(served: Served, settings: Settings, origin: str) -> list[str]:
    """Return the URLs below which a document answers, the most telling first.

    With its base path where all its operations have one and the same; else a client has to know better.
    """
    found = {target.operation.base_paths for target in served.operations.values()}
    bases = next(iter(found)) if len(found) == 1 and settings.base_path != "none" else ()
    base = bases[0] if len(bases) == 1 and "{" not in bases[0] else ""
    return [*([origin + base] if settings.root else []), f"{origin}/{served.name}{base}"]
