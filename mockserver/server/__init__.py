"""HTTP: the Connexion stack that carries the data plane, and the control plane beside it."""

import warnings

with warnings.catch_warnings():
    # Connexion imports Starlette's test client, which asks for another HTTP client: no business of our users.
    warnings.filterwarnings("ignore", message=".*starlette.testclient.*")
    import connexion as _connexion  # noqa: F401
