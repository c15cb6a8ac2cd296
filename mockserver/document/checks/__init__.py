"""What is wrong with a document: small functions of one signature, in a table.

subject         the document laid out: objects by kind, who uses what
operations      paths, operations, parameters, responses
schemas         discriminators, compilation, and the dialect as it was written
impossible      schemas that let nothing through
examples        values that stand in the document
specification   openapi-spec-validator
summary         few lines of them, for a start
"""

from mockserver.document.checks.summary import counted, summary
from mockserver.document.checks.table import CHECKS, QUICK, check, placed

__all__ = ["CHECKS", "QUICK", "check", "counted", "placed", "summary"]
