"""The names of all rules by which faults are found: what each one holds a document against."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Rule:
    """What a rule asks for.

    Attributes:
        text: A sentence.
        family: Faults of one family at one place say the same: only the first is reported.
    """

    text: str
    family: str = ""


RULES: Final[Mapping[str, Rule]] = {
    "specification": Rule("The document follows the OpenAPI Specification.", "shape"),
    "openapi-spec-validator": Rule("openapi-spec-validator has nothing to object to.", "shape"),
    "schema": Rule("Each schema follows the dialect of its document.", "shape"),
    "validator": Rule("openapi-spec-validator can judge each part of the document."),
    "version": Rule("The version of the OpenAPI Specification is written as a text with three numbers."),
    "structure": Rule("Objects, lists and texts stand where they are expected.", "shape"),
    "reference": Rule("Each reference leads to an object of the kind that is expected."),
    "compile": Rule("Each schema can be compiled."),
    "impossible": Rule("Each schema lets some value through."),
    "generate": Rule("A valid answer can be made up for each operation."),
    "example": Rule("Each example is valid for its schema."),
    "default": Rule("Each default is valid for its schema."),
    "enum": Rule("Each value of an enum is valid for the schema around it."),
    "operationId": Rule("Each operation has an operationId of its own."),
    "path": Rule("Each path begins with a slash and has neither query nor fragment."),
    "path-template": Rule("No two path templates mean the same paths."),
    "parameter": Rule(
        "Each parameter has a name and a known place, once; path templates name the same variables."
    ),
    "ignored-header": Rule("No header parameter is called Accept, Content-Type or Authorization."),
    "response": Rule("Responses are declared under status codes, ranges like 4XX, or default."),
    "responses": Rule("Each operation declares a response."),
    "security": Rule("Each security scheme that is asked for is declared."),
    "discriminator": Rule("Each choice of a discriminator has the property that decides."),
    "media-type": Rule("Content is declared under media types or ranges of them."),
    "overlay": Rule("Each action of an overlay selects something, and changes it."),
    "plan": Rule("What the plan says fits the document."),
    "x-faker": Rule("Each x-faker hint is a name of Faker or of faker.js."),
}
"""Rule -> what it asks for. Readers of documents may report rules of their own: those have no family."""


def family_of(rule: str) -> str:
    """Return the name under which faults that say the same meet."""
    known = RULES.get(rule)
    return known.family or rule if known else rule


def text_of(rule: str) -> str:
    """Return what a rule asks for, in a sentence."""
    known = RULES.get(rule)
    return known.text if known else f"The document is sound by the rule '{rule}'."
