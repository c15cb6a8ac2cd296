"""Our documents in the form that Connexion's machinery takes.

Connexion's own loading renders files as templates, judges them by the 3.0 meta-schema and inlines references; none
of that happens here: the model was built before, and this class only hands it out.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connexion.operations import OpenAPIOperation
from connexion.resolver import Resolution, Resolver
from connexion.spec import Specification

from mockserver.server.calls import Served


class ServedSpecification(Specification):
    """One served document."""

    operation_cls = OpenAPIOperation

    def __init__(self, served: Served) -> None:  # the parent's would copy, check and inline the document
        self.served = served
        self._base_path = f"/{served.name}"
        document = served.document
        self._paths: dict[str, dict[str, Any]] = {}
        for operation in document.operations.values():
            self._paths.setdefault(operation.path, {})[operation.method.lower()] = {
                "operationId": operation.id,
                "responses": {},
            }
        self._spec = {"openapi": document.version, "paths": self._paths}
        self._raw_spec = document.root

    @classmethod
    def _set_defaults(cls, spec: dict[str, Any]) -> None:
        """Nothing is set: the model knows the defaults."""

    def get_path_params(self, path: str) -> list[Any]:
        """Return none: path-level parameters were merged when the model was built."""
        return []

    def get_operation(self, path: str, method: str) -> dict[str, Any]:
        """Return an operation; a copy, for Connexion changes what it is given."""
        return dict(self._paths[path][method])

    @property
    def security(self) -> None:
        """None: what an operation inherits was merged when the model was built."""
        return None

    @property
    def security_schemes(self) -> Mapping[str, Any]:
        """None: credentials are judged by our own guards."""
        return {}

    @property
    def components(self) -> dict[str, Any]:
        """Nothing: schemas are judged by our validators."""
        return {}

    @property
    def base_path(self) -> str:
        """The path under which Connexion knows the document: its name."""
        return self._base_path

    @base_path.setter
    def base_path(self, value: str) -> None:
        self._base_path = value

    def clone(self) -> ServedSpecification:
        """Return itself: it is not changed by anyone."""
        return self


class PureResolver(Resolver):
    """Resolves nothing: operations are answered by the engine or by the user's handlers."""

    def resolve(self, operation: Any) -> Resolution:
        """Return the operation's id with a function that is never called."""
        return Resolution(_never, operation.operation_id)


def _never() -> None:
    raise AssertionError("operations are answered by the engine")
