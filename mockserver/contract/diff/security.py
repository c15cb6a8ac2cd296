"""Rules about credentials: requirements are alternatives, the schemes and scopes of one are all needed.

A client goes on if all that one of the new alternatives asks for is what one of the old ones did, or less.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from mockserver.contract.diff.differences import At, quoted, raw
from mockserver.contract.diff.ground import Ground, OperationRule, Told, local
from mockserver.contract.diff.verdicts import Effect, Verdict
from mockserver.document import pointer as ptr
from mockserver.document.model import Document, Operation

Need = Mapping[str, tuple[str, ...]]


def requirements(old: Operation, new: Operation, ground: Ground) -> Iterator[Told]:
    """What an operation asks for."""
    before, after = old.security or ({},), new.security or ({},)
    is_own = any("security" in raw(doc, op.pointer) for doc, op in ((ground.old, old), (ground.new, new)))
    prefix = "api-security" if is_own else "api-global-security"
    at = At(*(_place(document, operation) for document, operation in ((ground.old, old), (ground.new, new))))
    for need in before:
        if any(_is_met(wanted, need, ground) for wanted in after):
            continue
        if not need:
            text = f"credentials are needed now: {_shown(after)}"
            yield local("api-security-became-required", Effect.NARROWS, text, at)
            continue
        yield from _unmet(need, after, ground, prefix, at)
    for wanted in after:
        if not any(_is_met(wanted, need, ground) and _is_met_back(need, wanted, ground) for need in before):
            yield from _offered(wanted, before, ground, prefix, at)


def _unmet(need: Need, after: tuple[Need, ...], ground: Ground, prefix: str, at: At) -> Iterator[Told]:
    alike = [
        wanted
        for wanted in after
        if {_id(ground.new, n) for n in wanted} <= {_id(ground.old, n) for n in need}
    ]
    scopes = {
        (name, scope)
        for wanted in alike
        for name, listed in wanted.items()
        for scope in listed
        if scope not in _scopes(need, name, ground)
    }
    for name, scope in sorted(scopes):
        text = f"{quoted(name)} needs the scope {quoted(scope)} now"
        yield local(f"{prefix}-scope-added", Effect.NARROWS, text, at, name=scope)
    if not scopes:
        text = f"{_shown((need,))} is not enough any more; what is: {_shown(after)}"
        yield local(f"{prefix}-removed", Effect.NARROWS, text, at, name=_shown((need,)))


def _offered(wanted: Need, before: tuple[Need, ...], ground: Ground, prefix: str, at: At) -> Iterator[Told]:
    weaker = [need for need in before if need and _is_met(wanted, need, ground)]
    for need in weaker[:1]:
        for name, listed in need.items():
            for scope in listed:
                if all(scope not in scopes for scopes in wanted.values()) and wanted:
                    text = f"{quoted(name)} does not need the scope {quoted(scope)} any more"
                    yield local(f"{prefix}-scope-removed", Effect.WIDENS, text, at, name=scope)
    if not wanted:
        yield local("api-security-became-optional", Effect.WIDENS, "no credentials are needed any more", at)
    elif all(before) and not weaker and not any({*need} == {*wanted} for need in before):
        text = f"{_shown((wanted,))} is enough, too"
        yield local(f"{prefix}-added", Effect.WIDENS, text, at, name=_shown((wanted,)))


def _is_met(wanted: Need, have: Need, ground: Ground) -> bool:
    """Return whether who has what an old alternative asks for has what a new one does."""
    known = {_id(ground.old, name): {*scopes} for name, scopes in have.items()}
    return all(
        _id(ground.new, name) in known and {*scopes} <= known[_id(ground.new, name)]
        for name, scopes in wanted.items()
    )


def _is_met_back(need: Need, wanted: Need, ground: Ground) -> bool:
    known = {_id(ground.new, name): {*scopes} for name, scopes in wanted.items()}
    return all(
        _id(ground.old, name) in known and {*scopes} <= known[_id(ground.old, name)]
        for name, scopes in need.items()
    )


def _scopes(need: Need, name: str, ground: Ground) -> set[str]:
    wanted = _id(ground.new, name)
    return {scope for own, listed in need.items() if _id(ground.old, own) == wanted for scope in listed}


def _id(document: Document, name: str) -> str:
    """Return what a scheme is, whatever it is called: how credentials are sent."""
    scheme = document.security_schemes.get(name)
    if scheme is None:
        return name
    if scheme.type == "openIdConnect":
        return f"oauth2 {name}"
    if scheme.type == "oauth2":
        return f"oauth2 {name}"
    if scheme.type == "apiKey" and scheme.place == "header":
        return f"apiKey header {scheme.parameter.lower()}"
    return " ".join((scheme.type, scheme.place, scheme.parameter, scheme.scheme)).strip()


def _place(document: Document, operation: Operation) -> str:
    return (
        ptr.join(operation.pointer, "security")
        if "security" in raw(document, operation.pointer)
        else "/security"
    )


def _shown(needs: tuple[Need, ...]) -> str:
    return ", or ".join(" with ".join(need) or "nothing" for need in needs)


def schemes(ground: Ground) -> Iterator[Told]:
    """Security schemes as such: where tokens come from, and which scopes there are."""
    before, after = _flows(ground.old), _flows(ground.new)
    for name in before.keys() & after.keys():
        for flow in before[name].keys() & after[name].keys():
            yield from _flow(name, flow, before[name][flow], after[name][flow])


def _flow(name: str, flow: str, before: dict[str, Any], after: dict[str, Any]) -> Iterator[Told]:
    place = ptr.join("/components/securitySchemes", name, "flows", flow)
    at = At(place, place)
    for field, kind in (("authorizationUrl", "oauth-url"), ("tokenUrl", "oauth-token-url")):
        was, now = before.get(field), after.get(field)
        if was != now and was:
            text = f"{field} of {quoted(name)} was {was} and is {now or 'gone'} now"
            reason = "A client that has it in its settings asks for tokens at the old place."
            yield local(
                f"api-security-component-{kind}-changed", Effect.UNKNOWN, text, at, verdict=Verdict.DANGEROUS,
                reason=reason,
            )  # fmt: skip
    scopes = [[*found] if isinstance(found := node.get("scopes"), dict) else [] for node in (before, after)]
    for scope in scopes[0]:
        if scope not in scopes[1]:
            text = f"{quoted(name)} has no scope {quoted(scope)} any more"
            reason = "A client that asks for it may be refused."
            yield local(
                "api-security-component-oauth-scope-removed",
                Effect.UNKNOWN,
                text,
                at,
                reason=reason,
                name=scope,
            )
    for scope in scopes[1]:
        if scope not in scopes[0]:
            text = f"{quoted(name)} has the scope {quoted(scope)}, too"
            yield local("api-security-component-oauth-scope-added", Effect.WIDENS, text, at, name=scope)


def _flows(document: Document) -> dict[str, dict[str, dict[str, Any]]]:
    found = {}
    for name in document.security_schemes:
        flows = raw(document, ptr.join("/components/securitySchemes", name)).get("flows")
        if isinstance(flows, dict):
            found[name] = {flow: node for flow, node in flows.items() if isinstance(node, dict)}
    return found


RULES: Final[tuple[OperationRule, ...]] = (requirements,)
