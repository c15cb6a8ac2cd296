"""What of a document was exercised by the exchanges that were seen: pure counting, for server and contract alike.

items       what can be exercised, item by item
nodes       schemas as coverage sees them
reaching    what schemas ask for
asking      what a document asks for
walking     what a value shows of its schema
counting    exchange by exchange
naming      what people call it
reporting   figures and lists
"""

from mockserver.mocking.coverage.counting import Coverage
from mockserver.mocking.coverage.items import Dimension, Item
from mockserver.mocking.coverage.reporting import Figure, Missing, Report, Row, SchemaRow, floored, report

__all__ = [
    "Coverage",
    "Dimension",
    "Figure",
    "Item",
    "Missing",
    "Report",
    "Row",
    "SchemaRow",
    "floored",
    "report",
]
