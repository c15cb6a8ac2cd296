"""HTTP: the Connexion stack that carries the data plane, and the control plane beside it."""

import warnings

with warnings.catch_warnings():
    # What Connexion imports is deprecated here and there (Starlette's test client, jsonschema's RefResolver):
    # no business of our users.
    warnings.simplefilter("ignore", DeprecationWarning)
    warnings.filterwarnings("ignore", message=".*starlette.testclient.*")
    import connexion as _connexion  # noqa: F401
