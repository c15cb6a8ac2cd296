"""What a store was told of its resources: their unique keys, and where they begin."""

from __future__ import annotations

from mockserver.mocking.store.collection import Collection
from mockserver.mocking.store.interface import Origin, Seeded, UniqueKeys


class Declared:
    """The resources of one store.

    Args:
        origin: Where they begin; None for a store without any.
    """

    def __init__(self, origin: Origin | None) -> None:
        self.origin = origin
        self.unique: dict[str, UniqueKeys] = {}
        self._origins: dict[str, Origin] = {}

    def declare(self, resource: str, unique: UniqueKeys) -> None:
        """Make a resource known."""
        self.unique[resource] = unique
        if self.origin is not None and self.origin.has(resource):
            self._origins[resource] = self.origin

    def has_origin(self, resource: str) -> bool:
        """Return whether a resource begins somewhere."""
        return resource in self._origins

    def seeded(self, resource: str) -> Seeded:
        """Return what a resource begins with: nothing where no origin knows it.

        So it is with a resource that a reload has taken away, for requests that were under way.
        """
        origin = self._origins.get(resource)
        return Collection(resource, ()) if origin is None else origin.collection(resource)

    def adopt(self, origin: Origin) -> None:
        """Go on with another origin, as far as it knows the resources."""
        self.origin = origin
        for name in self.unique:
            if origin.has(name):
                self._origins[name] = origin

    def forget(self) -> None:
        """Forget the resources, and the origins, that are of the past."""
        self._origins = {}
        known, self.unique = self.unique, {}
        for name, unique in known.items():
            if self.origin is None or self.origin.has(name):
                self.declare(name, unique)
