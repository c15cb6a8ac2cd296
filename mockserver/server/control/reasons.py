"""Why an answer is what it is, where the answer itself does not say: by its source, and what the plan says."""

from __future__ import annotations

from collections.abc import Mapping

from mockserver.mocking.exchange import Exchange, ResponseSource
from mockserver.server.calls import Served


def reason(seen: Exchange, documents: Mapping[str, Served]) -> str:
    """Return why an exchange was answered so, for a person."""
    detail = seen.answer.detail
    source = seen.answer.source
    if source is ResponseSource.STATE:
        return detail or _by_plan(seen, documents)
    if source in (ResponseSource.EXAMPLE, ResponseSource.FIXTURE):
        name, mark, more = detail.partition("; ")
        what = "canned response" if source is ResponseSource.FIXTURE else "document's example"
        return f"the {what} {name}".rstrip() + mark + more
    return detail or _USUAL.get(source, "")


def _by_plan(seen: Exchange, documents: Mapping[str, Served]) -> str:
    served = documents.get(seen.document or "")
    if served is None or seen.operation is None:
        return ""
    planned = served.plan.operations.get(seen.operation.id)
    if planned is None:
        return ""
    whose = "as is inferred from the document" if planned.inferred else "as the plan says"
    return f"{planned.action.value} of {planned.resource.name}, {whose}"


_USUAL: Mapping[ResponseSource, str] = {
    ResponseSource.GENERATED: "no other source has an answer, so it is made up from the schema",
    ResponseSource.HANDLER: "by the function that has the name of the operation",
    ResponseSource.EMPTY: "the response has no body",
}
