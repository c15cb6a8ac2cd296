"""Values made up from schemas: valid, believable, and the same for the same seed.

names, values, nodes, vocabulary    words and values
scene, fake, places                 what a rule of `faker_rules` has at hand; the door to faker
classes, patterns, numbers, strings, leaves   scalars
hints                               `x-faker`
objects, arrays, plans              what schemas ask for, put together and remembered
sizes, choices, fields              how large, which branch, which properties
agreement                           siblings that follow from each other
walk, engine                        one value from the top down; tried again until it validates
"""

from mockserver.mocking.generator.engine import Generator
from mockserver.mocking.generator.values import ABSENT

__all__ = ["ABSENT", "Generator"]
