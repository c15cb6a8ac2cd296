"""Questions about one id, for stores that find a record whether it is live or not."""

from __future__ import annotations

from mockserver.mocking.store.interface import Key, Record


class ById:
    """Answers them from `_found`."""

    def _found(self, resource: str, id: Key) -> tuple[Record, bool] | None:
        """Return a record, and whether it is live."""
        raise NotImplementedError

    def get(self, resource: str, id: Key) -> Record | None:
        """See `Store`."""
        found = self._found(resource, id)
        return found[0] if found is not None and found[1] else None

    def last(self, resource: str, id: Key) -> Record | None:
        """See `Store`."""
        found = self._found(resource, id)
        return None if found is None else found[0]

    def is_used(self, resource: str, id: Key) -> bool:
        """See `Store`."""
        return self._found(resource, id) is not None
