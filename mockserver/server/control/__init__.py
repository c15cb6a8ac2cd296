"""The control plane: what people and tests ask of the mock itself, below the control path.

plane       ASGI: finds the operation, minds methods and sizes, and wakes the rest at the first request
api         the Flask application that Connexion builds from `openapi.yaml`
views       documents, state and journal as JSON values
coverage    what of the documents was exercised
reloads     how the last reload of a document ended
loops       from Flask's threads to the thread of the state
"""

from mockserver.server.control.plane import ControlPlane
from mockserver.server.control.reloads import Reload

__all__ = ["ControlPlane", "Reload"]
