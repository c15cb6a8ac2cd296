"""Stories on real documents: what a user of that API would do, one request after the other.

One file for each document, `stories/<document>.yaml`, told like those of `tests/scenarios`:

    story: One sentence.
    headers: {Authorization: Bearer x}         # with each request
    steps:
      - request: POST /pets
        body: {name: Rex}                      # JSON; or `form: {name: Rex}`, or `text`; `headers` of its own
        expect:
          status: 201
          headers: {Location: "~ /pets/"}      # `~ ` before a regular expression that is contained
          body: {name: Rex}                    # of an object these members, of a list all items
          without: [secret]                    # names that the body does not have
          has: {/data: {id: <id>}}             # the list at a pointer holds an item like this; "" is the body
          lacks: {/data: {id: <id>}}           # it holds none
          count: {/data: 2}                    # it has so many items
        capture: {id: /id}                     # `<id>` stands for it from then on

Beyond that each answer is judged by the document.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

import yaml
from processes import BenchError

from corpus.cases import Case
from corpus.client import Answer
from corpus.reading import Op

FOLDER: Final = Path(__file__).with_name("stories")
KEYS: Final = ("story", "headers", "steps")
STEP_KEYS: Final = ("request", "headers", "body", "form", "text", "expect", "capture")
EXPECT_KEYS: Final = ("status", "headers", "body", "without", "has", "lacks", "count")
FORM: Final = "application/x-www-form-urlencoded"


class Untold(Exception):
    """A step needs what no earlier one gave."""


def told(folder: Path = FOLDER) -> dict[str, Path]:
    """Return the files of stories by the name of their document."""
    return {path.stem: path for path in sorted(folder.glob("*.yaml"))}


def read(path: Path) -> dict[str, Any]:
    """Read a story.

    Raises:
        BenchError: It does not have the format.
    """
    try:
        raw = yaml.safe_load(path.read_text())
    except yaml.YAMLError as error:
        raise BenchError(f"{path} is no YAML: {error}") from None
    _known(raw, KEYS, str(path))
    steps = raw.get("steps")
    if not isinstance(steps, list) or not steps:
        raise BenchError(f"{path}: a list of `steps` is expected")
    for number, step in enumerate(steps, 1):
        where = f"{path}: step {number}"
        _known(step, STEP_KEYS, where)
        _known(step.get("expect"), EXPECT_KEYS, f"{where}: expect")
        if " " not in str(step.get("request", "")) or "status" not in step["expect"]:
            raise BenchError(f"{where}: `request: METHOD /path` and `expect: {{status: ...}}` are needed")
    return dict(raw)


def _known(raw: Any, keys: Sequence[str], where: str) -> None:
    if not isinstance(raw, dict) or set(raw) - set(keys):
        raise BenchError(f"{where}: a mapping of {', '.join(keys)} is expected")


def filled(value: Any, captured: dict[str, Any]) -> Any:
    """Put what was captured in the place of its name.

    Raises:
        Untold: There is nothing of a name.
    """
    if isinstance(value, dict):
        return {filled(key, captured): filled(member, captured) for key, member in value.items()}
    if isinstance(value, list):
        return [filled(member, captured) for member in value]
    if not isinstance(value, str):
        return value
    names = re.findall(r"<(\w+)>", value)
    if missing := [name for name in names if name not in captured]:
        raise Untold(f"no step gave <{missing[0]}>")
    if names and value == f"<{names[0]}>":
        return captured[names[0]]
    return re.sub(r"<(\w+)>", lambda match: str(captured[match[1]]), value)


def request(
    step: dict[str, Any], headers: dict[str, str], captured: dict[str, Any], operations: Sequence[Op]
) -> Case:
    """Return the request of a step.

    Raises:
        Untold: See `filled`.
    """
    method, target = filled(step["request"], captured).split(" ", 1)
    sent = {str(key): str(text) for key, text in {**headers, **step.get("headers", {})}.items()}
    body: bytes | None = None
    if "body" in step:
        body = json.dumps(filled(step["body"], captured)).encode()
        sent.setdefault("Content-Type", "application/json")
    elif "form" in step:
        body = urlencode(filled(step["form"], captured), doseq=True).encode()
        sent.setdefault("Content-Type", FORM)
    elif "text" in step:
        body = str(step["text"]).encode()
    op = operation_of(method, target, operations) or Op(method, target.partition("?")[0])
    return Case(op, "valid-story", str(step["request"]), target, tuple(sent.items()), body)


def operation_of(method: str, target: str, operations: Sequence[Op]) -> Op | None:
    """Return the operation that a request means: of several, the one with the most literal text in its path."""
    path, best, most = target.partition("?")[0], None, -1
    for op in operations:
        pattern = re.sub(r"\\\{[^{}]*\\\}", "[^/]+", re.escape(op.path))
        literal = len(re.sub(r"\{[^{}]*\}", "", op.path))
        fits = any(re.fullmatch(re.escape(base) + pattern, path) for base in {"", op.base_path})
        if op.method == method and fits and literal > most:
            best, most = op, literal
    return best


def faults(answer: Answer, expected: dict[str, Any]) -> Iterator[str]:
    """Yield what is not as a step expects it."""
    if answer.problem:
        yield answer.problem
        return
    if answer.status != expected["status"]:
        yield f"the status is {answer.status}, not {expected['status']}"
        return
    for name, value in expected.get("headers", {}).items():
        if not matches(answer.header(name), value):
            yield f"the header {name} is {answer.header(name)!r}, not {value!r}"
    if not any(key in expected for key in ("body", "without", "has", "lacks", "count")):
        return
    try:
        body = json.loads(answer.body)
    except ValueError:
        yield "the body is no JSON"
        return
    if "body" in expected and not matches(body, expected["body"]):
        yield f"the body is not like {expected['body']}"
    yield from (f"{name} is there" for name in expected.get("without", ()) if name in body)
    yield from _lists(body, expected)


def _lists(body: Any, expected: dict[str, Any]) -> Iterator[str]:
    for key in ("has", "lacks", "count"):
        for pointer, wanted in expected.get(key, {}).items():
            place = pointer or "the body"
            items = at(body, pointer)
            if not isinstance(items, list):
                yield f"{place} is no list"
            elif key == "count":
                if len(items) != wanted:
                    yield f"{place} has {len(items)} items, not {wanted}"
            elif any(matches(item, wanted) for item in items) != (key == "has"):
                yield f"{place} {'has no' if key == 'has' else 'still has an'} item like {wanted}"


def at(value: Any, pointer: str) -> Any:
    """Return what is at a JSON pointer, None where nothing is."""
    for token in pointer.split("/")[1:]:
        name = token.replace("~1", "/").replace("~0", "~")
        if isinstance(value, list) and name.isdigit():
            value = value[int(name)] if int(name) < len(value) else None
        else:
            value = value.get(name) if isinstance(value, dict) else None
    return value


def matches(value: Any, expected: Any) -> bool:
    """Return whether a value is what is expected, or more than that."""
    if isinstance(expected, dict):
        return isinstance(value, dict) and all(
            name in value and matches(value[name], member) for name, member in expected.items()
        )
    if isinstance(expected, list):
        return (
            isinstance(value, list)
            and len(value) == len(expected)
            and all(matches(item, member) for item, member in zip(value, expected, strict=True))
        )
    if isinstance(expected, str) and expected.startswith("~ "):
        return isinstance(value, str) and re.search(expected[2:], value) is not None
    return bool(value == expected) and isinstance(value, bool) == isinstance(expected, bool)
