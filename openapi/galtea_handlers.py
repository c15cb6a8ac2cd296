"""What galtea.plan.yaml cannot say: sessions found by their custom id, and turns made of messages."""

from typing import Any

Object = dict[str, Any]


def createInferenceResult(body: Object, mock: Any) -> tuple[Object, int]:
    """Add a turn to the session that the body names."""
    return mock.resource("inferenceResults").create({**body, "sessionId": _session(body, mock)}), 201


def createInferenceResults(body: Object, mock: Any) -> tuple[list[Object], int]:
    """Add a turn for each question with its answer, and for each message that stands alone."""
    turns: list[Object] = []
    for message in body["conversationTurns"]:
        if message["role"] == "user":
            turns.append({"input": message["content"]})
        elif turns and "actualOutput" not in turns[-1]:
            turns[-1]["actualOutput"] = message["content"]
        else:
            turns.append({"actualOutput": message["content"]})
    session = _session(body, mock)
    simulator = body.get("conversationSimulatorVersion")
    shared = {"sessionId": session, "conversationSimulatorVersion": simulator}
    return [mock.resource("inferenceResults").create({**shared, **turn}) for turn in turns], 201


def _session(body: Object, mock: Any) -> str:
    """Return the id of the session that the body names: by id, or by custom id in its version or product."""
    sessions = mock.resource("sessions")
    if body.get("sessionId"):
        found = [session] if (session := sessions.get(body["sessionId"])) else []
        what = f"session {body['sessionId']!r}"
    else:
        found = sessions.list(customId=body["sessionCustomId"])
        if body.get("versionId"):
            found = [session for session in found if session["versionId"] == body["versionId"]]
        else:
            versions = mock.resource("versions").list(productId=body["productId"])
            known = {version["id"] for version in versions}
            found = [session for session in found if session["versionId"] in known]
        what = f"session with the custom id {body['sessionCustomId']!r}"
    if not found:
        mock.refuse(404, f"There is no {what}.")
    return str(found[-1]["id"])
