"""Which made-up text fits a `format`: a literal table, one line a rule, of the same signature as in `faker_rules`.

The formats are those of JSON Schema 2020-12 (section 7.3 of its validation part), of the OpenAPI format registry, and
names that documents use besides. What a format is judged by is for `document/formats`.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

Rule = Callable[[Any, Mapping[str, Any]], Any]
_CROCKFORD: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def instant(moment: datetime) -> str:
    """Return a time as RFC 3339 writes it, in milliseconds."""
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"


def email(fake: Any) -> str:
    """Return the address of the person that the object is about."""
    return f"{fake.person.handle}@example.com"


def address(fake: Any) -> str:
    """Return a URL; it ends in the slug of a sibling title."""
    return f"https://www.example.com/{fake.slug()}"


def phone(fake: Any) -> str:
    """Return a phone number of the place where the object is, in the form of E.164."""
    # 555-0100 to 555-0199 are set aside for made-up people (North American Numbering Plan).
    if fake.place.dial == "+1" or fake.speaks_english:
        area = fake.integer(201, 989)
        return f"+1{area if area % 100 != 11 else area + 1}55501{fake.integer(0, 99):02d}"
    return f"{fake.place.dial}{fake.figures(9)}"


def company(fake: Any) -> str:
    """Return the name of a company."""
    if not fake.speaks_english:
        return str(fake.company())
    suffix = fake.random.choice(
        ("Labs", "Systems", "Group", "Studio", "Partners", "Works", "Foods", "Logistics")
    )
    return f"{fake.random.choice(fake.words.NOUNS).capitalize()} {suffix}"


def semver(fake: Any) -> str:
    """Return a version."""
    return f"{fake.integer(0, 4)}.{fake.integer(0, 12)}.{fake.integer(0, 20)}"


def amount(fake: Any) -> str:
    """Return an amount of money."""
    return f"{fake.decimal(5, 500):.2f}"


def base64_of(fake: Any) -> str:
    """Return a sentence in Base64 (RFC 4648 section 4)."""
    return base64.b64encode(fake.statement().encode()).decode()


def base64url_of(fake: Any) -> str:
    """Return a sentence in Base64url without padding (RFC 4648 section 5)."""
    return base64.urlsafe_b64encode(fake.statement().encode()).decode().rstrip("=")


def mac(fake: Any) -> str:
    """Return a MAC address."""
    return ":".join(f"{fake.integer(0, 255):02x}" for _ in range(6))


def card_number(fake: Any) -> str:
    """Return the number of a card, with its check digit (ISO/IEC 7812-1, annex B), from a range for tests."""
    digits = f"411111{fake.random.randrange(10**9):09d}"
    total = sum(sum(divmod(int(digit) * (2 - place % 2), 10)) for place, digit in enumerate(digits))
    return f"{digits}{-total % 10}"


def token(fake: Any) -> str:
    """Return what looks like a JSON Web Token (RFC 7519)."""
    head, body = ('{"alg":"HS256","typ":"JWT"}', f'{{"sub":"{fake.figures(8)}"}}')
    parts = [base64.urlsafe_b64encode(part.encode()).decode().rstrip("=") for part in (head, body)]
    return ".".join((*parts, base64.urlsafe_b64encode(fake.random.randbytes(32)).decode().rstrip("=")))


FORMATS: Final[Mapping[str, Rule]] = {
    "alpha-2": lambda fake, schema: fake.place.code,
    "base64": lambda fake, schema: base64_of(fake),
    "base64url": lambda fake, schema: base64url_of(fake),
    "binary": lambda fake, schema: fake.statement(),
    "byte": lambda fake, schema: base64_of(fake),
    "char": lambda fake, schema: fake.random.choice("ABCDEFGHJKLMNPQRSTUVWXYZ"),
    "cidr": lambda fake, schema: f"203.0.113.{fake.pick((0, 64, 128))}/26",
    "color": lambda fake, schema: f"#{fake.hexadecimal(6)}",
    "commonmark": lambda fake, schema: f"**{fake.label()}**: {fake.statement()}",
    "country": lambda fake, schema: fake.place.code,
    "country-code": lambda fake, schema: fake.place.code,
    "credit-card": lambda fake, schema: card_number(fake),
    "cron": lambda fake, schema: f"{fake.integer(0, 59)} {fake.integer(0, 23)} * * *",
    "cuid": lambda fake, schema: f"c{fake.letters(24).lower()}",
    "currency": lambda fake, schema: fake.money,
    "date": lambda fake, schema: f"{fake.moment():%Y-%m-%d}",
    "date-time": lambda fake, schema: instant(fake.moment()),
    "date-time-local": lambda fake, schema: instant(fake.moment())[:-1],
    "date-time-rfc-2822": lambda fake, schema: f"{fake.moment():%a, %d %b %Y %H:%M:%S} +0000",
    "decimal": lambda fake, schema: amount(fake),
    "decimal128": lambda fake, schema: amount(fake),
    "double-int": lambda fake, schema: fake.figures(6),
    "duration": lambda fake, schema: f"PT{fake.integer(1, 90)}M",
    "email": lambda fake, schema: email(fake),
    "hex": lambda fake, schema: fake.hexadecimal(16),
    "hostname": lambda fake, schema: f"{fake.slug()}.example.com",
    "html": lambda fake, schema: f"<p>{fake.statement()}</p>",
    "http-date": lambda fake, schema: f"{fake.moment():%a, %d %b %Y %H:%M:%S} GMT",
    "iban": lambda fake, schema: fake.iban(),
    "idn-email": lambda fake, schema: email(fake),
    "idn-hostname": lambda fake, schema: f"{fake.slug()}.example.com",
    "int32": lambda fake, schema: fake.figures(6),
    "int64": lambda fake, schema: fake.figures(9),
    # Ranges set aside for documentation (RFC 5737, RFC 3849).
    "ipv4": lambda fake, schema: f"203.0.113.{fake.integer(1, 254)}",
    "ipv6": lambda fake, schema: f"2001:db8::{fake.integer(1, 0xFFFE):x}",
    "iri": lambda fake, schema: address(fake),
    "iri-reference": lambda fake, schema: f"/{fake.slug()}",
    "json": lambda fake, schema: f'{{"name":"{fake.label()}","count":{fake.integer(1, 9)}}}',
    "json-pointer": lambda fake, schema: f"/{fake.pick(fake.words.NOUNS)}/{fake.integer(0, 3)}",
    "jwt": lambda fake, schema: token(fake),
    "ksuid": lambda fake, schema: f"2{fake.letters(26)}",
    "locale": lambda fake, schema: fake.place.language,
    "mac": lambda fake, schema: mac(fake),
    "media-range": lambda fake, schema: fake.pick(("application/json", "text/*", "image/*;q=0.8")),
    "mime-type": lambda fake, schema: fake.pick(fake.words.MIME_TYPES),
    "nanoid": lambda fake, schema: fake.letters(21),
    "objectid": lambda fake, schema: fake.hexadecimal(24),
    "password": lambda fake, schema: f"{fake.label().replace(' ', '')}-{fake.figures(4)}",
    "phone": lambda fake, schema: phone(fake),
    "regex": lambda fake, schema: fake.pick((r"^[a-z]+$", r"^\d{4}$", r"^[A-Z]{2,3}-\d+$")),
    "relative-json-pointer": lambda fake, schema: f"{fake.integer(0, 3)}/{fake.pick(fake.words.NOUNS)}",
    "semver": lambda fake, schema: semver(fake),
    # Structured field values (RFC 9651 section 3.3).
    "sf-binary": lambda fake, schema: f":{base64_of(fake)}:",
    "sf-boolean": lambda fake, schema: f"?{fake.number % 2}",
    "sf-decimal": lambda fake, schema: f"{fake.decimal(1, 99)}",
    "sf-integer": lambda fake, schema: fake.figures(3),
    "sf-string": lambda fake, schema: f'"{fake.label()}"',
    "sf-token": lambda fake, schema: fake.pick(fake.words.NOUNS),
    "slug": lambda fake, schema: fake.slug(),
    "time": lambda fake, schema: f"{fake.moment():%H:%M:%S}Z",
    "time-local": lambda fake, schema: f"{fake.moment():%H:%M:%S}",
    "timezone": lambda fake, schema: fake.place.timezone,
    "ulid": lambda fake, schema: "01" + "".join(fake.random.choices(_CROCKFORD, k=24)),
    "unix-time": lambda fake, schema: int(fake.moment().timestamp()),
    "uri": lambda fake, schema: address(fake),
    "uri-reference": lambda fake, schema: f"/{fake.slug()}",
    "uri-template": lambda fake, schema: f"https://www.example.com/{fake.pick(fake.words.NOUNS)}/{{id}}",
    "url": lambda fake, schema: address(fake),
    "uuid": lambda fake, schema: fake.identifier(4),
    "uuid1": lambda fake, schema: fake.identifier(1),
    "uuid3": lambda fake, schema: fake.identifier(3),
    "uuid4": lambda fake, schema: fake.identifier(4),
    "uuid5": lambda fake, schema: fake.identifier(5),
    "year": lambda fake, schema: f"{fake.moment():%Y}",
    "year-month": lambda fake, schema: f"{fake.moment():%Y-%m}",
}
"""`format` -> rule. Names are compared in lower case, with `-` for `_`."""

SAME: Final[Mapping[str, str]] = {
    name: format_name
    for format_name, names in {
        "alpha-2": "iso-3166-alpha-2 iso3166",
        "cidr": "ipv4-cidr ip-cidr ipv4net ipnetwork",
        "color": "colour color-hex hex-color hexcolor",
        "commonmark": "markdown md",
        "credit-card": "creditcard credit-card-number card-number pan",
        "currency": "currency-code iso-4217 iso4217",
        "date": "full-date partial-date iso-date",
        "date-time": "datetime timestamp iso8601 iso-date-time rfc3339",
        "date-time-rfc-2822": "rfc-2822 rfc2822 date-time-rfc2822 rfc-5322 rfc5322",
        "decimal": "money bigdecimal",
        "email": "email-address",
        "hostname": "host fqdn domain",
        "int32": "int16 int8 uint32 uint16 uint8 integer",
        "int64": "uint64 long biginteger bigint snowflake",
        "ipv4": "ip ip-address ipv4-address",
        "ipv6": "ipv6-address",
        "locale": "language language-tag bcp47 bcp-47",
        "mac": "mac-address macaddress",
        "mime-type": "mimetype media-type content-type",
        "objectid": "object-id mongo-id bson-objectid",
        "phone": "phone-number telephone e164 e-164 tel",
        "semver": "version",
        "timezone": "time-zone iana-timezone tz",
        "unix-time": "unixtime unix-timestamp epoch",
        "uri": "link href website",
        "uri-reference": "uriref relative-uri",
        "url": "http-url https-url",
        "uuid": "guid",
    }.items()
    for name in names.split()
}
"""Other names of formats."""


def rule_of(format_name: str) -> Rule | None:
    """Return the rule of a format in lower case with `-` for `_`, None where it is not known."""
    return FORMATS.get(format_name) or FORMATS.get(SAME.get(format_name, ""))


SHORTEST: Final[Mapping[str, str]] = {
    "email": "a@b.io",
    "hostname": "a.io",
    "idn-email": "a@b.io",
    "iri": "a:b",
    "uri": "a:b",
    "uri-reference": "a",
    "ipv6": "::1",
    "duration": "P1D",
}
"""Values for formats under a tight `maxLength`."""

INTEGERS: Final[Mapping[str, tuple[int, int]]] = {
    **{f"int{bits}": (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) for bits in (8, 16, 32, 64)},
    **{f"uint{bits}": (0, 2**bits - 1) for bits in (8, 16, 32, 64)},
    "double-int": (-(2**53) + 1, 2**53 - 1),
    "long": (-(2**63), 2**63 - 1),
    "uint": (0, 2**32 - 1),
}
"""`format` -> least and greatest whole number."""
