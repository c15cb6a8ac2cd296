"""What verbs do to states: `cancel` leads to `canceled`, `finish` to `completed`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from mockserver.document.inference.spellings import known
from mockserver.document.naming import word, words

_STATES: Final[Mapping[str, tuple[str, ...]]] = {
    "cancel": ("cancelled", "canceled", "aborted", "cancelling", "canceling"),
    "abort": ("aborted", "cancelled", "canceled"),
    "finish": ("finished", "completed", "complete", "done", "ended", "closed", "succeeded"),
    "complete": ("completed", "complete", "done", "finished", "closed", "succeeded"),
    "end": ("ended", "finished", "completed", "done", "closed"),
    "close": ("closed", "close", "completed", "done", "resolved"),
    "start": (
        "started",
        "running",
        "inprogress",
        "active",
        "ongoing",
        "processing",
        "live",
        "on",
        "starting",
        "booting",
    ),
    "run": ("running", "started", "inprogress", "queued", "pending"),
    "begin": ("begun", "started", "running", "inprogress"),
    "launch": ("launched", "running", "active", "live", "started"),
    "execute": ("executing", "running", "executed", "inprogress"),
    "stop": ("stopped", "stopping", "inactive", "off", "ended", "exited", "terminated"),
    "terminate": ("terminated", "stopped", "ended", "inactive"),
    "shutdown": ("off", "stopped", "shutdown", "terminated"),
    "kill": ("killed", "dead", "exited", "terminated", "stopped"),
    "pause": ("paused", "onhold", "suspended"),
    "resume": ("resumed", "active", "running", "inprogress", "open", "enabled"),
    "unpause": ("active", "running", "inprogress", "enabled"),
    "continue": ("active", "running", "inprogress"),
    "restart": ("running", "started", "active", "restarting", "inprogress"),
    "retry": ("pending", "queued", "retrying", "running", "inprogress"),
    "rerun": ("pending", "queued", "running"),
    "hold": ("held", "onhold", "paused"),
    "release": ("released", "active", "available"),
    "suspend": ("suspended", "inactive", "disabled", "paused"),
    "unsuspend": ("active", "enabled"),
    "reinstate": ("active", "enabled", "reinstated"),
    "reactivate": ("active", "reactivated", "enabled"),
    "activate": ("active", "activated", "enabled", "live"),
    "deactivate": ("inactive", "deactivated", "disabled"),
    "enable": ("enabled", "active", "on"),
    "disable": ("disabled", "inactive", "off", "deactivated"),
    "archive": ("archived",),
    "unarchive": ("active", "unarchived", "open", "draft", "published", "inactive"),
    "restore": ("active", "restored", "open", "available", "draft"),
    "undelete": ("active", "restored", "open"),
    "reopen": ("reopened", "open", "opened", "active", "inprogress"),
    "open": ("open", "opened", "active"),
    "approve": ("approved", "accepted", "active", "verified"),
    "unapprove": ("pending", "unapproved", "draft"),
    "accept": ("accepted", "approved", "active", "confirmed"),
    "reject": ("rejected", "declined", "denied", "refused"),
    "decline": ("declined", "rejected", "denied", "refused"),
    "deny": ("denied", "rejected", "declined"),
    "refuse": ("refused", "rejected", "declined"),
    "dismiss": ("dismissed", "closed", "ignored"),
    "ignore": ("ignored", "dismissed"),
    "resolve": ("resolved", "closed", "done", "fixed"),
    "unresolve": ("unresolved", "open"),
    "acknowledge": ("acknowledged", "acked"),
    "ack": ("acknowledged", "acked"),
    "assign": ("assigned",),
    "unassign": ("unassigned", "open"),
    "publish": ("published", "public", "live", "active"),
    "unpublish": ("unpublished", "draft", "private", "inactive"),
    "submit": ("submitted", "pending", "inreview", "underreview", "review"),
    "send": ("sent", "sending", "queued", "open"),
    "resend": ("sent", "resent", "pending"),
    "deliver": ("delivered",),
    "ship": ("shipped", "intransit"),
    "fulfill": ("fulfilled", "completed"),
    "pay": ("paid", "settled", "completed", "complete"),
    "refund": ("refunded",),
    "capture": ("captured", "succeeded", "paid", "completed"),
    "authorize": ("authorized", "authorised"),
    "void": ("void", "voided"),
    "charge": ("charged", "paid"),
    "settle": ("settled",),
    "confirm": ("confirmed", "succeeded", "processing", "active"),
    "finalize": ("finalized", "finalised", "open", "final", "completed"),
    "verify": ("verified", "approved"),
    "unverify": ("unverified",),
    "validate": ("validated", "valid"),
    "revoke": ("revoked", "inactive"),
    "expire": ("expired", "ended"),
    "extend": ("extended",),
    "renew": ("renewed", "active"),
    "schedule": ("scheduled",),
    "unschedule": ("unscheduled", "draft", "cancelled", "canceled"),
    "queue": ("queued", "pending"),
    "lock": ("locked",),
    "unlock": ("unlocked", "open", "active"),
    "freeze": ("frozen",),
    "unfreeze": ("active", "unfrozen"),
    "block": ("blocked", "banned"),
    "unblock": ("unblocked", "active"),
    "ban": ("banned", "blocked"),
    "unban": ("active", "unbanned"),
    "mute": ("muted",),
    "unmute": ("unmuted", "active"),
    "fail": ("failed", "error", "errored"),
    "skip": ("skipped",),
    "merge": ("merged", "closed"),
    "promote": ("promoted", "active", "live"),
    "deploy": ("deployed", "deploying", "live", "running"),
    "claim": ("claimed",),
    "redeem": ("redeemed", "used"),
    "join": ("joined",),
    "leave": ("left",),
    "read": ("read",),
    "escalate": ("escalated",),
    "return": ("returned",),
    "checkin": ("checkedin",),
    "checkout": ("checkedout", "completed"),
}
_OPPOSITES: Final[Mapping[str, tuple[str, ...]]] = {
    "reopen": ("close",), "open": ("close",), "restore": ("archive", "trash", "delete"), "undelete": ("delete",),
    "disable": ("enable",), "deactivate": ("activate",), "reactivate": ("deactivate",), "resume": ("pause",),
    "continue": ("pause",), "reinstate": ("suspend",), "pause": ("play", "run"), "stop": ("play", "run", "start"),
    "decline": ("approve", "accept"), "reject": ("approve", "accept"), "deny": ("approve",), "disapprove": ("approve",),
    "dismiss": ("accept",), "close": ("open",), "release": ("hold", "lock"), "exclude": ("include",),
}  # fmt: skip
"""Verb -> those that it undoes, as far as flags and times tell; `un...` undoes what follows."""
_DOUBLED: Final = known(
    "cancel ban ship stop drop plan tag pin flag submit commit skip log swap transfer defer enrol"
)
_IRREGULAR: Final[Mapping[str, str]] = {
    "send": "sent", "pay": "paid", "hold": "held", "freeze": "frozen", "begin": "begun", "read": "read",
    "hide": "hidden",
    "win": "won", "lose": "lost", "withdraw": "withdrawn", "take": "taken", "give": "given", "build": "built",
    "make": "made", "put": "put", "set": "set", "leave": "left", "resend": "resent", "find": "found",
    "choose": "chosen",
}  # fmt: skip


def states(verb: str) -> list[str]:
    """Return the states that a verb may lead to, folded (`naming.word`), the likeliest first."""
    known = _STATES.get(word(verb), ())
    split = words(verb)
    if not known and split and split[0] in ("mark", "set", "make", "move") and len(split) > 1:
        rest = "".join(split[2:] if split[1] in ("as", "to") else split[1:])
        return [rest, *participles(rest)]
    found = [*participles("".join(split)), *known] if len(split) == 1 else list(known)
    return list(dict.fromkeys(found))


def undone(verb: str) -> tuple[str, ...]:
    """Return the verbs that this one undoes: `unlock` undoes `lock`."""
    folded = word(verb)
    if folded in _OPPOSITES:
        return _OPPOSITES[folded]
    return (folded.removeprefix("un"),) if folded.startswith("un") and len(folded) > 5 else ()


def marks(verb: str) -> set[str]:
    """Return how a flag or a time may be called that a verb sets: `followed`, `following`."""
    folded = word(verb)
    return {*participles(folded), f"{folded.removesuffix('e')}ing"} if folded else set()


def participles(verb: str) -> Iterator[str]:
    """Yield how the past participle of a verb is spelled."""
    folded = word(verb)
    if not folded:
        return
    if folded in _IRREGULAR:
        yield _IRREGULAR[folded]
        return
    if folded in _DOUBLED:
        yield folded + folded[-1] + "ed"
    if folded.endswith("e"):
        yield folded + "d"
        if folded.endswith("ize"):
            yield folded[:-3] + "ised"
    elif folded.endswith("y") and folded[-2:-1] not in "aeiou":
        yield folded[:-1] + "ied"
    else:
        yield folded + "ed"
