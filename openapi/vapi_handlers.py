"""What no plan can say about Vapi: a chat is answered, and its session remembers the turns."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

Turns = list[dict[str, Any]]


def createChat(body: dict[str, Any], mock: Any) -> dict[str, Any]:
    """Answer a chat from what was said before it, and add both turns to its session."""
    chats, sessions = mock.resource("chats"), mock.resource("sessions")
    session = sessions.get(body["sessionId"]) if "sessionId" in body else None
    previous = chats.get(body["previousChatId"]) if "previousChatId" in body else None
    if session and _is_expired(session, mock.now):
        mock.refuse(409, f"session {session['id']!r} has expired")

    earlier: Turns = []
    if session:
        earlier = session.get("messages", [])
    elif previous:
        earlier = previous["messages"] + previous["output"]
    asked = _turns(body["input"])
    output = [{"role": "assistant", "content": _reply(asked)}]
    chat: dict[str, Any] = chats.create({**body, "messages": earlier + asked, "output": output})
    if session:
        sessions.update(session["id"], {"messages": earlier + asked + output})
    return chat


def _is_expired(session: dict[str, Any], now: datetime) -> bool:
    return (
        datetime.fromisoformat(session["createdAt"]) + timedelta(seconds=session["expirationSeconds"]) <= now
    )


def _turns(asked: str | Turns) -> Turns:
    return [{"role": "user", "content": asked}] if isinstance(asked, str) else asked


def _reply(asked: Turns) -> str:
    """Return the same answer to the same question: what was asked, in short."""
    last = asked[-1] if asked else {}
    text = next((last[key] for key in ("content", "message") if isinstance(last.get(key), str)), "")
    return f'You said: "{text[:500]}". How else can I help?' if text else "I am listening."
