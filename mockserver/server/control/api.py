"""The Flask application behind the control path, built by Connexion from `openapi.yaml`."""

from __future__ import annotations

import copy
import logging
from collections.abc import AsyncGenerator, Mapping
from pathlib import Path
from typing import Any, Final

from connexion import FlaskApp
from connexion.datastructures import MediaTypeDict
from connexion.exceptions import BadRequestProblem, ProblemException
from connexion.lifecycle import ConnexionRequest, ConnexionResponse
from connexion.middleware.context import ContextMiddleware
from connexion.middleware.exceptions import ExceptionMiddleware
from connexion.middleware.request_validation import RequestValidationMiddleware
from connexion.middleware.routing import RoutingMiddleware
from connexion.middleware.security import SecurityMiddleware
from connexion.validators import JSONRequestBodyValidator, ParameterValidator
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Scope

from mockserver import jsontext
from mockserver.document.loading import loader
from mockserver.errors import Json, Refusal, RefusalKind
from mockserver.mocking.problems import PROBLEM_JSON, problem, undeclared_status
from mockserver.mocking.worlds import Worlds
from mockserver.server.calls import Served
from mockserver.server.control.answers import pretty, segment, visible
from mockserver.server.control.operations import Operations
from mockserver.server.control.reloads import Reload
from mockserver.settings import Settings

logger = logging.getLogger("mockserver")

_FOLDER: Final = Path(__file__).resolve().parent
_DEFAULT_BASE: Final = "url: /__mock__\n"
_DETAIL_LIMIT: Final = 500
# Connexion's own list without its Swagger UI, whose paths are ours, and without what does nothing here.
_MIDDLEWARES: Final = (
    ExceptionMiddleware,
    RoutingMiddleware,
    SecurityMiddleware,
    RequestValidationMiddleware,
    ContextMiddleware,
)


def make_app(
    base: str, documents: list[Served], worlds: Worlds, settings: Settings, reloads: Mapping[str, Reload]
) -> tuple[ASGIApp, dict[str, list[str]]]:
    """Return the application, and the paths that it has with their methods."""
    text = (_FOLDER / "openapi.yaml").read_text("utf-8").replace(_DEFAULT_BASE, f"url: {base}\n", 1)
    root = loader.parse(text.encode(), "openapi.yaml")
    operations = Operations(documents, worlds, settings, reloads, base, text, root)
    app = FlaskApp(
        __name__,
        middlewares=list(_MIDDLEWARES),
        server_args={"static_folder": None, "template_folder": str(_FOLDER)},
        strict_validation=True,
        validator_map={"parameter": Parameters, "body": MediaTypeDict({"*/*json": JsonBody})},
    )
    # A copy: Connexion writes into what it is given.
    app.add_api(copy.deepcopy(root), base_path=base, resolver=operations.named)
    for kind in (Refusal, ProblemException, HTTPException, Exception):
        app.add_error_handler(kind, refused)
    app.app.jinja_env.finalize = visible
    app.app.jinja_env.filters.update(pretty=pretty, segment=segment)
    paths = {base + path: [method.upper() for method in methods] for path, methods in root["paths"].items()}
    return app, paths


async def refused(_request: ConnexionRequest, error: Exception) -> ConnexionResponse:
    """Answer an error with Problem Details; Connexion's own handlers would also write each to the log."""
    if isinstance(error, Refusal):
        refusal = error
    elif isinstance(error, HTTPException):
        kind = RefusalKind.INVALID if error.status_code < 500 else RefusalKind.FAULT
        refusal = Refusal(kind, str(error.detail or error)[:_DETAIL_LIMIT], status=error.status_code)
    else:
        logger.error("the control API failed", exc_info=error)
        refusal = Refusal(RefusalKind.FAULT, f"{type(error).__name__}: {error}")
    status = refusal.status or undeclared_status(refusal.kind)
    content = jsontext.dumps(problem(refusal, status))
    return ConnexionResponse(status, PROBLEM_JSON, body=content, headers=dict(refusal.headers))


class Parameters(ParameterValidator):
    """Connexion's, but its messages name the parameter, and leave out the schema."""

    @staticmethod
    def validate_parameter(
        parameter_type: str, value: Json, param: Mapping[str, Any], param_name: str | None = None
    ) -> str | None:
        """Return what is wrong with a parameter."""
        if param.get("x-checked-later"):
            # By the operation itself, which knows to say it better, and how a path is encoded.
            return None
        error = ParameterValidator.validate_parameter(parameter_type, value, param, param_name)
        return f"{parameter_type} parameter '{param['name']}': {error.splitlines()[0]}" if error else None


class JsonBody(JSONRequestBodyValidator):
    """Connexion's, but an absent body may be absent, and no bytes are too strange for a 400."""

    async def _parse(self, stream: AsyncGenerator[bytes, None], scope: Scope) -> Json:
        data = b"".join([piece async for piece in stream])
        if not data:
            return {}
        try:
            return jsontext.loads(data)
        except jsontext.JsonError as error:
            raise BadRequestProblem(f"the body is not valid JSON: {error}") from error
