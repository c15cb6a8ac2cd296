"""Reads the plan out of a document: resources, and what each operation does to them. `docs/plan.md` tells the rules."""

from mockserver.document.inference.infer import infer
from mockserver.document.inference.model import Found, FoundOperation, Inferred, Message
from mockserver.document.inference.view import View

__all__ = ["Found", "FoundOperation", "Inferred", "Message", "View", "infer"]
