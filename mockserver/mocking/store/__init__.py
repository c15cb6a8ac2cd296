"""Where records live: one interface, several backends."""

from mockserver.mocking.store.interface import Condition, Order, Position, Query, Record, Selection, Store
from mockserver.mocking.store.memory import MemoryStore

__all__ = ["Condition", "MemoryStore", "Order", "Position", "Query", "Record", "Selection", "Store"]
