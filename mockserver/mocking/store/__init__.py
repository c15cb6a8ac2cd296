"""Where records live: one interface, several backends."""

from mockserver.mocking.store.backend import Backend, Log, Note
from mockserver.mocking.store.interface import (
    Condition,
    Dump,
    Interrupted,
    Order,
    Origin,
    Position,
    Query,
    Record,
    Selection,
    Store,
    atomically,
)
from mockserver.mocking.store.memory import MemoryBackend, MemoryStore

__all__ = [
    "Backend",
    "Condition",
    "Dump",
    "Interrupted",
    "Log",
    "MemoryBackend",
    "MemoryStore",
    "Note",
    "Order",
    "Origin",
    "Position",
    "Query",
    "Record",
    "Selection",
    "Store",
    "atomically",
]
