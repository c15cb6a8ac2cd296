"""Texts by format, by name, by pattern and by length."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

from mockserver.errors import Json
from mockserver.mocking import faker_formats, faker_rules
from mockserver.mocking.faker_formats import Rule
from mockserver.mocking.generator.fake import Fake
from mockserver.mocking.generator.names import endings
from mockserver.mocking.generator.patterns import compiled, is_hopeless, text_for
from mockserver.mocking.generator.scene import stage_of

TRIES: Final = 40
LONGEST: Final = 1 << 20
"""Characters of the longest text that is made: nobody who asks for more means it."""
_REPEATED: Final = 4000
"""Characters after which a long text repeats itself."""
_RUN: Final = re.compile(r"[0-9a-f]{6,}|[0-9]+|[0-9A-Za-z]{6,}")
_IS_IDENTIFIER: Final = re.compile(r"[A-Za-z]{0,12}[-_:.]?[0-9A-Za-z_-]*\d[0-9A-Za-z_-]*")
_TIME_WORDS: Final = frozenset({"at", "on", "time", "date", "timestamp"})
_TIMES: Final = frozenset(
    {("created",), ("updated",), ("modified",), ("expires",), ("started",), ("ended",), ("deleted",)}
)
_CONTENTS: Final = {
    "base64": "byte",
    "base64url": "base64url",
    "base16": "hex",
    "text/html": "html",
    "text/markdown": "commonmark",
    "application/json": "json",
}
"""`contentEncoding` or `contentMediaType` -> the format of such a text."""
_DATE: Final = re.compile(r"\d{4}-\d\d(-\d\d)?([T ]|$)|\d\d:\d\d")
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
        if not self.format:
            # What a text holds, where no format says what it is (JSON Schema 2020-12, validation, section 8).
            held = {
                str(s.get(key, "")).lower()
                for s in schemas
                for key in ("contentEncoding", "contentMediaType")
            }
            self.format = next((_CONTENTS[name] for name in _CONTENTS if name in held), "")
        self.description = next(
            (s["description"] for s in schemas if isinstance(s.get("description"), str)), ""
        )
        self.by_format = faker_formats.rule_of(self.format) if self.format else None
        self.is_possible = (
            self.low <= LONGEST
            and (self.high is None or self.low <= self.high)
            and not any(map(is_hopeless, self.patterns))
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
        by_format = self.by_format
        texts = [hint for hint in hints if isinstance(hint, str)]
        rule, varied = self._rule(fake)
        if varied and texts and not (self.format and by_format):
            yield from (reshaped for text in texts if (reshaped := _reshape(text, fake)) is not None)
        if by_format is not None:
            yield str(by_format(fake, schema))
        elif not texts and not varied and self.description and (listed := _quoted(self.description)):
            yield fake.pick(listed)
        if len(texts) > 1:
            # Siblings show the same of their examples, which were written side by side.
            yield texts[fake.scene.turn % len(texts)]
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

    def _rule(self, fake: Fake) -> tuple[Rule | None, bool]:
        """Return the rule for a name, else for a format that is one in all but its table."""
        rule, varied = _rule_of(fake.name)
        described = _described(self.description) if self.description and not varied else None
        if described is not None and (rule is None or described in ("id", "country_code", "hex_color")):
            return _rule_of((described,))
        if (
            rule is None
            and not self.format
            and fake.owner[-1:]
            and fake.owner[-1] in ("urls", "links", "url")
        ):
            return _rule_of(("url",))
        if rule is None and self.format and self.by_format is None:
            return _rule_of(tuple(self.format.split("-")))
        return rule, varied

    def fallbacks(self, fake: Fake, schema: Mapping[str, Any]) -> Iterator[str]:
        """Yield texts made to measure, for schemas with tight limits."""
        if self.by_format is not None:
            for _ in range(5):
                yield str(self.by_format(fake, schema))
            yield faker_formats.SHORTEST.get(self.format, "")
            yield from _lengthened(self.format, self.low)
        for pattern in self.patterns:
            for _ in range(TRIES):
                text = text_for(pattern, self.low, self.high, fake.random)
                if text is None:
                    break
                yield text
        if not self.patterns:
            rule, _ = self._rule(fake)
            yield self._cut(str(rule(fake, schema)) if rule is not None else fake.label(), fake)

    def _cut(self, text: str, fake: Fake) -> str:
        """Return a text made as short or as long as asked for."""
        if self.high is not None and len(text) > self.high:
            short = text[: self.high].rstrip(" .,-_") if " " in text else text[: self.high]
            return short if len(short) >= self.low else text[: self.high]
        while len(text) < self.low:
            if len(text) > _REPEATED:
                return (f"{text} " * (self.low // len(text) + 1))[: self.low]
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


_STANDARDS: Final = tuple(
    (re.compile(pattern, re.IGNORECASE), ending)
    for pattern, ending in (
        (r"\bISO[ -]?4217\b|three-letter.{0,30}currency|\bcurrency code\b", "currency"),
        (r"\bISO[ -]?3166\b|two-letter.{0,10}country|\bcountry code\b", "country_code"),
        (r"\bISO[ -]?8601\b|\bRFC ?3339\b", "timestamp"),
        (r"\bBCP[ -]?47\b|\blanguage tag\b", "locale"),
    )
)
"""Standards that a description names anywhere -> the ending whose rule serves it."""
_DESCRIPTIONS: Final = tuple(
    (re.compile(pattern, re.IGNORECASE), ending)
    for pattern, ending in (
        (r"^(the |a )?(unique |public |internal )*(id|identifier|uuid|guid)\b(?! token)", "id"),
        (r"\bIDs? of (the|an?)\b|\bUUID\b", "id"),
        (r"\be-?mail address\b", "email"),
        (r"\b(phone|telephone|mobile) number\b", "phone"),
        (r"\bhex(adecimal)? colou?r\b|\bcolou?r in hex", "hex_color"),
        (r"\bSHA-?256\b", "hash"),
        (r"\bMD5\b", "md5"),
        (r"\bIP(v4)? address\b", "ip"),
        (r"\b(IANA )?time ?zone\b", "timezone"),
        (r"\b(MIME|media) type\b", "mime_type"),
        (r"\bsem(antic )?ver(sion)?\b", "version"),
        (r"\bcron (expression|schedule)\b", "cron"),
        (r"\b(postal|zip) code\b", "postal_code"),
        (r"\bfirst name\b|\bgiven name\b", "first_name"),
        (r"\blast name\b|\bsurname\b|\bfamily name\b", "last_name"),
        (r"\bfull name\b", "full_name"),
        (r"\b(web|http) address\b|\bUR[LI]\b(?! ?-?(encoded|safe|path))", "url"),
    )
)
"""What a description's first sentence speaks of -> the ending whose rule serves it."""


_LINK: Final = re.compile(r"\[([^\]]*)\]\([^)]*\)")
"""A link of Markdown."""
_LISTED: Final = re.compile(
    r"\b(one of|either|can be|allowed|valid|possible|always|object type|values?|set to|equal to|must be)\b",
    re.IGNORECASE,
)
_QUOTED: Final = re.compile(r"(?<![\w=])([\"`'])([A-Za-z][\w.-]{0,30})\1")


@lru_cache(maxsize=4096)
def _quoted(description: str) -> tuple[str, ...]:
    """Return the values that a description lists, as in "either `open` or `closed`"."""
    if not _LISTED.search(description):
        return ()
    found = dict.fromkeys(match[2] for match in _QUOTED.finditer(description[:600]))
    return tuple(value for value in found if value.lower() not in ("null", "true", "false"))


@lru_cache(maxsize=4096)
def _described(description: str) -> str | None:
    description = _LINK.sub(r"\1", description)
    first = re.split(r"[.\n](?=\s|$)", description.strip(), maxsplit=1)[0][:160]
    found = next((ending for pattern, ending in _DESCRIPTIONS if pattern.search(first)), None)
    if found is None:
        found = next((ending for pattern, ending in _STANDARDS if pattern.search(description[:400])), None)
    return found


@lru_cache(maxsize=4096)
def _rule_of(name: tuple[str, ...]) -> tuple[Rule | None, bool]:
    """Return the rule for a name, and whether its values differ from record to record."""
    if name and (name[-1] in _TIME_WORDS or name in _TIMES) and stage_of(name) is not None:
        return faker_formats.FORMATS["date" if name[-1] in ("on", "date") else "date-time"], True
    for ending in endings(name):
        rule = faker_rules.STRINGS.get(faker_rules.ALIASES.get(ending, ending))
        if rule is not None:
            return rule, ending in faker_rules.VARIED
    if name and name[0] in ("num", "number"):
        return faker_rules.NUMBERS["count"], False
    # A number may be written as a text: "width": "640".
    return next(
        (faker_rules.NUMBERS[ending] for ending in endings(name) if ending in faker_rules.NUMBERS), None
    ), False


def _reshape(example: str, fake: Fake) -> str | None:
    """Return an identifier of the same shape as an example: `pet_12ab` -> `pet_97cd`."""
    if _UUID.fullmatch(example):
        return fake.identifier(4)
    if _DATE.match(example):
        return None
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
