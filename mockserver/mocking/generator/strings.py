"""Texts by format, by name, by pattern and by length."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

from mockserver.errors import Json
from mockserver.mocking import faker_rules
from mockserver.mocking.faker_rules import Rule
from mockserver.mocking.generator.fake import Fake
from mockserver.mocking.generator.names import endings
from mockserver.mocking.generator.patterns import compiled, is_hopeless, text_for
from mockserver.mocking.generator.scene import stage_of

TRIES: Final = 40
_RUN: Final = re.compile(r"[0-9a-f]{6,}|[0-9]+|[0-9A-Za-z]{6,}")
_IS_IDENTIFIER: Final = re.compile(r"[A-Za-z]{0,12}[-_:.]?[0-9A-Za-z_-]*\d[0-9A-Za-z_-]*")
_TIME_WORDS: Final = frozenset({"at", "on", "time", "date", "timestamp"})
_TIMES: Final = frozenset(
    {("created",), ("updated",), ("modified",), ("expires",), ("started",), ("ended",), ("deleted",)}
)
_UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class StringPlan:
    """What the schemas say about a text.

    Attributes:
        low: The least length.
        high: The greatest length, or None.
        patterns: Regular expressions that must be found in it.
        format: The first format, in lower case and with `-` for `_`, or "".
    """

    def __init__(self, schemas: Sequence[Mapping[str, Any]]) -> None:
        self.low = max((int(s["minLength"]) for s in schemas if "minLength" in s), default=0)
        self.high = min((int(s["maxLength"]) for s in schemas if "maxLength" in s), default=None)
        self.patterns = list(
            dict.fromkeys(s["pattern"] for s in schemas if isinstance(s.get("pattern"), str))
        )
        self.searches = [
            found.search for pattern in self.patterns if (found := compiled(pattern)) is not None
        ]
        formats = [s["format"] for s in schemas if isinstance(s.get("format"), str)]
        self.format = formats[0].lower().replace("_", "-") if formats else ""
        self.is_possible = (self.high is None or self.low <= self.high) and not any(
            map(is_hopeless, self.patterns)
        )

    def admits(self, value: str) -> bool:
        """Say whether a text keeps to lengths and patterns; formats are judged by the validator."""
        if len(value) < self.low or (self.high is not None and len(value) > self.high):
            return False
        return all(search(value) for search in self.searches)

    def candidates(
        self, fake: Fake, schema: Mapping[str, Any], hints: Sequence[Json], default: Json
    ) -> Iterator[str]:
        """Yield texts, the most believable first; most documents are served by the first."""
        by_format = faker_rules.FORMATS.get(self.format) if self.format else None
        texts = [hint for hint in hints if isinstance(hint, str)]
        rule, varied = _rule_of(fake.name)
        if varied and texts and not (self.format and by_format):
            yield from (reshaped for text in texts if (reshaped := _reshape(text, fake)) is not None)
        if by_format is not None:
            yield str(by_format(fake, schema))
        if len(texts) > 1:
            yield fake.pick(texts)
        if varied and rule is not None:
            yield str(rule(fake, schema))
        yield from texts
        if isinstance(default, str) and (default or rule is None):
            yield default
        if by_format is None:
            if rule is not None:
                yield str(rule(fake, schema))
            yield fake.label()
            yield from (fake.slug(), fake.pick(fake.words.NOUNS), "_".join(fake.pair()).upper())

    def fallbacks(self, fake: Fake, schema: Mapping[str, Any]) -> Iterator[str]:
        """Yield texts made to measure, for schemas with tight limits."""
        if self.format in faker_rules.FORMATS:
            for _ in range(5):
                yield str(faker_rules.FORMATS[self.format](fake, schema))
            yield faker_rules.SHORTEST.get(self.format, "")
            yield from _lengthened(self.format, self.low)
        for pattern in self.patterns:
            for _ in range(TRIES):
                text = text_for(pattern, self.low, self.high, fake.random)
                if text is None:
                    break
                yield text
        if not self.patterns:
            rule, _ = _rule_of(fake.name)
            yield self._cut(str(rule(fake, schema)) if rule is not None else fake.label(), fake)

    def _cut(self, text: str, fake: Fake) -> str:
        """Return a text made as short or as long as asked for."""
        if self.high is not None and len(text) > self.high:
            short = text[: self.high].rstrip(" .,-_") if " " in text else text[: self.high]
            return short if len(short) >= self.low else text[: self.high]
        while len(text) < self.low:
            text = (
                f"{text} {fake.statement()}" if self.low > 40 else text + fake.random.choice(fake.words.NOUNS)
            )
        return text if self.high is None else text[: self.high]


def _lengthened(format_name: str, low: int) -> Iterator[str]:
    if format_name in ("uri", "url", "iri"):
        yield "https://www.example.com/" + "a" * max(0, low - 24)
    elif format_name in ("email", "idn-email"):
        yield "mail@" + ".".join(["a" * 50] * max(1, (low - 20) // 51 + 1)) + ".example.com"
    else:
        yield "a" * low


@lru_cache(maxsize=4096)
def _rule_of(name: tuple[str, ...]) -> tuple[Rule | None, bool]:
    """Return the rule for a name, and whether its values differ from record to record."""
    if name and (name[-1] in _TIME_WORDS or name in _TIMES) and stage_of(name) is not None:
        return faker_rules.FORMATS["date" if name[-1] in ("on", "date") else "date-time"], True
    for ending in endings(name):
        rule = faker_rules.STRINGS.get(faker_rules.ALIASES.get(ending, ending))
        if rule is not None:
            return rule, ending in faker_rules.VARIED
    return None, False


def _reshape(example: str, fake: Fake) -> str | None:
    """Return an identifier of the same shape as an example: `pet_12ab` -> `pet_97cd`."""
    if _UUID.fullmatch(example):
        return fake.identifier(4)
    if len(example) > 120 or not _IS_IDENTIFIER.fullmatch(example):
        return None

    def redraw(run: re.Match[str]) -> str:
        text = run.group()
        if not any(char.isdigit() for char in text):
            return text
        digits, letters = (
            "0123456789",
            "abcdef" if re.fullmatch("[0-9a-f]+", text) else "abcdefghijklmnopqrstuvwxyz",
        )
        return "".join(
            fake.random.choice(digits if c.isdigit() else letters if c.islower() else letters.upper())
            for c in text
        )

    return _RUN.sub(redraw, example)
