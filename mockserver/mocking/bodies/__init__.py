"""Bodies of answers: JSON values as bytes of any media type.

form               what a writer knows, and what it gives back
table              media type -> writer, and the one function that uses it
texts, tables      text and scalars; CSV
forms              urlencoded and multipart
sequences          JSON Lines, JSON text sequences, event streams
samples            small believable files of types that no schema describes
"""

from mockserver.mocking.bodies.form import Form, Written
from mockserver.mocking.bodies.samples import is_file_type, sample
from mockserver.mocking.bodies.sequences import USUAL_COUNT
from mockserver.mocking.bodies.table import write

__all__ = ["USUAL_COUNT", "Form", "Written", "is_file_type", "sample", "write"]
