"""What galileo.plan.yaml cannot say: tokens, a log stream's own project, traces with ids and spans."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import uuid
from typing import Any, Final

Object = dict[str, Any]

EXPIRES: Final = 4_102_444_800
"""2100-01-01T00:00:00Z; a client that has less than five minutes left logs in again."""

RUNS: Final = ("log_stream_id", "experiment_id", "metrics_testing_id")
"""What a session or trace can be logged to; the first that is sent counts."""

OF_SERVER: Final = ("session_id", "spans", "num_spans")
"""What a client does not decide about a trace, though it may send it."""


def login_api_key_login_api_key_post(mock: Any) -> Object:
    """Answer a token that decodes; the same seed gives the same token."""
    claims = {"sub": mock.principal["id"], "email": mock.principal["email"], "exp": EXPIRES}
    signed = f"{_json_part({'alg': 'HS256', 'typ': 'JWT'})}.{_json_part(claims)}"
    signature = hmac.digest(f"mockserver {mock.seed}".encode(), signed.encode(), "sha256")
    return {"access_token": f"{signed}.{_base64url(signature)}", "token_type": "bearer"}


def create_session_projects__project_id__sessions_post(project_id: str, body: Object, mock: Any) -> Any:
    """Create a session, if its log stream is one of the project's."""
    _check_log_stream(project_id, body, mock)
    return mock.proceed()


def log_traces_projects__project_id__traces_post(project_id: str, body: Object, mock: Any) -> Object:
    """Keep traces under the client's ids, with every span told where it belongs."""
    project = _project(project_id, mock)
    _check_log_stream(project_id, body, mock)
    traces = mock.resource("traces")
    for item in body["traces"]:
        known = traces.get(item["id"]) if item.get("id") else None
        if known and known["project_id"] != project_id:
            mock.refuse(409, f"Trace {item['id']} belongs to another project.")
    run_id = next(filter(None, map(body.get, RUNS)), project_id)
    session_id = _session({"project_id": project_id, "run_id": run_id}, body, mock)
    ids: list[str] = []
    span_count = 0
    for item in body["traces"]:
        data = {name: value for name, value in item.items() if value is not None and name not in OF_SERVER}
        data |= {"project_id": project_id, "run_id": run_id}
        data["is_complete"] = body.get("is_complete") is not False
        if session_id:
            data["session_id"] = session_id
        known = traces.get(data["id"]) if "id" in data else None
        trace = traces.update(data["id"], data) if known else traces.create(data)
        spans, count = _placed(item.get("spans") or [], trace)
        traces.update(trace["id"], {"spans": spans, "num_spans": count})
        ids.append(trace["id"])
        span_count += count
    return {
        "project_id": project_id,
        "project_name": project["name"],
        "session_id": session_id,
        **{name: body.get(name) for name in RUNS},
        "records_count": len(ids) + span_count,
        "traces_count": len(ids),
        "spans_count": span_count,
        "trace_ids": ids if body.get("include_trace_ids") else None,
    }


def update_trace_projects__project_id__traces__trace_id__patch(
    project_id: str, trace_id: str, body: Object, mock: Any
) -> Object:
    """Change a trace: null leaves things as they are, tags are added, the duration goes into the metrics."""
    project = _project(project_id, mock)
    trace = mock.resource("traces").get(trace_id)
    if not trace or trace["project_id"] != project_id:
        mock.refuse(404, f"There is no trace {trace_id} in project {project_id}.")
    changes: Object = {
        name: body[name]
        for name in ("input", "output", "status_code", "is_complete")
        if body.get(name) is not None
    }
    changes["tags"] = list(dict.fromkeys([*trace["tags"], *(body.get("tags") or [])]))
    if body.get("duration_ns") is not None:
        changes["metrics"] = {**trace["metrics"], "duration_ns": body["duration_ns"]}
    mock.resource("traces").update(trace_id, changes)
    return {
        "project_id": project_id,
        "project_name": project["name"],
        "session_id": trace["session_id"],
        "trace_id": trace_id,
        **{name: body.get(name) for name in RUNS},
        "records_count": 1,
    }


login_email_login_post = login_api_key_login_api_key_post
create_session_v2_projects__project_id__sessions_post = create_session_projects__project_id__sessions_post
log_traces_v2_projects__project_id__traces_post = log_traces_projects__project_id__traces_post
update_trace_v2_projects__project_id__traces__trace_id__patch = (
    update_trace_projects__project_id__traces__trace_id__patch
)


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _json_part(value: Object) -> str:
    return _base64url(json.dumps(value, separators=(",", ":")).encode())


def _project(project_id: str, mock: Any) -> Any:
    project = mock.resource("projects").get(project_id)
    if not project:
        mock.refuse(404, f"There is no project {project_id}.")
    return project


def _check_log_stream(project_id: str, body: Object, mock: Any) -> None:
    log_stream_id = body.get("log_stream_id")
    if not log_stream_id:
        return
    log_stream = mock.resource("log_streams").get(log_stream_id)
    if not log_stream or log_stream["project_id"] != project_id:
        mock.refuse(404, f"There is no log stream {log_stream_id} in project {project_id}.")


def _session(place: Object, body: Object, mock: Any) -> str | None:
    """Return the id of the session that a request names, if any; by external id it is opened if need be."""
    sessions = mock.resource("sessions")
    session_id: str | None = body.get("session_id")
    if session_id:
        session = sessions.get(session_id)
        if not session or session["project_id"] != place["project_id"]:
            mock.refuse(404, f"There is no session {session_id} in project {place['project_id']}.")
        return session_id
    external_id = body.get("session_external_id")
    if not external_id:
        return None
    named = place | {"external_id": external_id}
    found = sessions.list(**named) or [sessions.create(named)]
    return str(found[0]["id"])


def _placed(spans: list[Object], trace: Object) -> tuple[list[Object], int]:
    """Return copies of spans, at every depth with an id, a parent and an owner, and how many there are."""
    owner = {name: trace[name] for name in ("session_id", "trace_id", "project_id", "run_id")}
    top: list[Object] = []
    count = 0
    todo = [(trace["id"], spans, top)]
    while todo:  # not by recursion: it is the client who decides how deep spans are nested
        parent_id, sources, targets = todo.pop()
        for index, span in enumerate(sources):
            count += 1
            digest = hashlib.sha256(f"{parent_id}/{index}".encode()).digest()
            span_id = span.get("id") or str(uuid.UUID(bytes=digest[:16], version=4))
            children: list[Object] = []
            targets.append({**span, **owner, "id": span_id, "parent_id": parent_id, "spans": children})
            todo.append((span_id, span.get("spans") or [], children))
    return top, count
