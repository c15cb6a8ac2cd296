"""Which made-up value fits a format or a property's name: literal tables, one line a rule.

A rule is `(fake, schema) -> value`. `fake` is a `generator.fake.Fake`: what a value is made from
(`fake.person`, `fake.place`, `fake.moment()`, `fake.pick(...)`, the word lists `fake.words`), and any
method of faker besides: `fake.iban()`. `schema` is the part of the document that the value is for. A value
that does not fit the schema is not used, so rules need not look at limits.

A rule for `email` serves each name that ends in it: `email`, `customerEmail`, `billing_email`; the longest
ending wins. Texts are made from STRINGS, numbers from NUMBERS. To add a rule, add its line, and a row to
its test.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from mockserver.mocking.faker_formats import Rule, address, amount, company, email, instant, phone, semver


def _epoch(fake: Any, schema: Mapping[str, Any]) -> int:
    moment = int(fake.moment().timestamp())
    return (
        moment * 1000
        if schema.get("format") == "int64" and fake.name[-1:] in (("ms",), ("millis",))
        else moment
    )


def _nickname(fake: Any) -> str:
    is_person = not fake.owner or fake.words.PEOPLE.intersection(fake.owner)
    return str(fake.person.first if is_person else fake.label())


def _street(fake: Any) -> str:
    if not fake.speaks_english:
        return str(fake.street_address())
    return f"{fake.integer(1, 180)} {fake.random.choice(fake.words.NOUNS).capitalize()} Street"


def _method(fake: Any) -> str:
    before = fake.name[-2] if len(fake.name) > 1 else "http"
    known = {
        "payment": ("card", "bank_transfer", "wallet"),
        "shipping": ("standard", "express", "pickup"),
        "delivery": ("standard", "express", "pickup"),
        "contact": ("email", "phone", "sms"),
    }
    return str(fake.pick(known.get(before, ("GET", "POST", "PUT", "DELETE"))))


def _currency(fake: Any, schema: Mapping[str, Any]) -> str:
    is_small = "lowercase" in str(schema.get("description", "")).lower()
    return str(fake.money.lower() if is_small else fake.money)


_SMALLEST: Final = re.compile(
    r"\b(in cents|minor units?|smallest (currency )?unit|in pence)\b", re.IGNORECASE
)


def _money(fake: Any, schema: Mapping[str, Any], share: float = 1.0) -> float:
    """Return a share of what the object costs; in the smallest unit of the currency where the number is whole."""
    kinds = schema.get("type")
    value = float(fake.scene.price) * share
    is_whole = "integer" in (kinds if isinstance(kinds, list) else [kinds])
    is_small = "currency" in fake.siblings or _SMALLEST.search(str(schema.get("description", "")))
    return round(value * 100) if is_whole and is_small else round(value, 2)


def _total(fake: Any, schema: Mapping[str, Any]) -> float:
    if not fake.siblings & {"subtotal", "tax", "currency", "amount", "amount_subtotal", "sub_total"}:
        return float(fake.integer(1, 60))
    return _money(fake, schema, 1.2 if fake.siblings & {"tax", "tax_amount", "amount_tax"} else 1)


def _birthday(fake: Any) -> str:
    return f"{1955 + fake.integer(0, 48)}-{fake.integer(1, 12):02d}-{fake.integer(1, 28):02d}"


def _state(fake: Any) -> str:
    around = {"country", "country_code", "city", "postal_code", "zip", "zip_code", "postcode", "street"}
    if set(fake.owner) & {"address", "location", "place", "billing", "shipping"} or fake.siblings & around:
        return str(fake.place.region)
    return str(fake.pick(("active", "pending", "completed")))


THINGS: Final[Mapping[str, Rule]] = {
    "artist": lambda fake, schema: fake.person.full,
    "bank": lambda fake, schema: f"{fake.label()} Bank",
    "city": lambda fake, schema: fake.place.city,
    "country": lambda fake, schema: fake.place.country,
    "item": lambda fake, schema: fake.pick(fake.words.PRODUCTS),
    "label": lambda fake, schema: fake.pick(fake.words.TAGS),
    "model": lambda fake, schema: f"{fake.pick(fake.words.NOUNS)}-{fake.integer(1, 5)}",
    "pet": lambda fake, schema: fake.pick(fake.words.PETS),
    "product": lambda fake, schema: fake.pick(fake.words.PRODUCTS),
    "project": lambda fake, schema: fake.pick(fake.words.PROJECTS),
    "role": lambda fake, schema: fake.pick(("admin", "editor", "viewer")),
    "tag": lambda fake, schema: fake.pick(fake.words.TAGS),
    "version": lambda fake, schema: f"v{semver(fake)}",
    **dict.fromkeys(
        ("brand", "company", "org", "organisation", "organization", "vendor", "workspace"),
        lambda fake, schema: company(fake),
    ),
    **dict.fromkeys(("agent", "assistant", "bot"), lambda fake, schema: fake.pick(fake.words.ASSISTANTS)),
    **dict.fromkeys(("attachment", "document", "file"), lambda fake, schema: fake.pick(fake.words.FILES)),
    **dict.fromkeys(
        ("category", "department", "team"), lambda fake, schema: fake.pick(fake.words.DEPARTMENTS)
    ),
    **dict.fromkeys(("branch", "bucket", "repository"), lambda fake, schema: fake.slug()),
}
"""What a thing is called, by a word of its owner."""


def _name(fake: Any, schema: Mapping[str, Any]) -> Any:
    """Return a person's name or a thing's, by what it belongs to: `userName`, or `name` in a User."""
    for word in (*reversed(fake.name[:-1]), *reversed(fake.owner)):
        if word in THINGS:
            return THINGS[word](fake, schema)
        if word in fake.words.PEOPLE:
            return fake.person.full
    return fake.label()


STRINGS: Final[Mapping[str, Rule]] = {
    "account_number": lambda fake, schema: fake.figures(10),
    "algorithm": lambda fake, schema: "sha256",
    "amount": lambda fake, schema: amount(fake),
    "amount_decimal": lambda fake, schema: str(round(fake.scene.price * 100)),
    "api_key": lambda fake, schema: f"key_{fake.letters(24)}",
    "avatar": lambda fake, schema: f"https://www.example.com/avatars/{fake.slug()}.png",
    "bic": lambda fake, schema: f"{fake.random.choice(fake.words.NOUNS)[:4].upper()}{fake.place.code}2X",
    "branch": lambda fake, schema: f"feature/{fake.slug()}",
    "breed": lambda fake, schema: fake.pick(("Beagle", "Border Collie", "Siamese", "Maine Coon", "Poodle")),
    "browser": lambda fake, schema: fake.pick(("Firefox", "Chrome", "Safari", "Edge")),
    "callback": lambda fake, schema: f"https://hooks.example.com/{fake.slug()}",
    "category": lambda fake, schema: fake.pick(fake.words.DEPARTMENTS).lower(),
    "channel": lambda fake, schema: fake.pick(("email", "chat", "phone", "web")),
    "city": lambda fake, schema: fake.place.city,
    "code": lambda fake, schema: f"{fake.random.choice(fake.words.NOUNS)[:3].upper()}-{fake.figures(3)}",
    "color": lambda fake, schema: fake.pick(fake.words.COLOURS),
    "commit": lambda fake, schema: fake.hexadecimal(40),
    "company": lambda fake, schema: company(fake),
    "country": lambda fake, schema: fake.place.country,
    "country_code": lambda fake, schema: fake.place.code,
    "cron": lambda fake, schema: f"{fake.integer(0, 59)} {fake.integer(0, 23)} * * *",
    "currency": _currency,
    "cursor": lambda fake, schema: fake.letters(20),
    "date": lambda fake, schema: f"{fake.moment():%Y-%m-%d}",
    "date_of_birth": lambda fake, schema: _birthday(fake),
    "description": lambda fake, schema: fake.statement(),
    "digest": lambda fake, schema: f"sha256:{fake.hexadecimal(64)}",
    "disabled": lambda fake, schema: "false",
    "email": lambda fake, schema: email(fake),
    "enabled": lambda fake, schema: "true",
    "endpoint": lambda fake, schema: address(fake),
    "environment": lambda fake, schema: fake.pick(("production", "staging", "development")),
    "error": lambda fake, schema: "The request could not be completed",
    "etag": lambda fake, schema: f'"{fake.hexadecimal(16)}"',
    "event": lambda fake, schema: fake.pick(("created", "updated", "completed")),
    "extension": lambda fake, schema: fake.pick(("pdf", "png", "csv", "txt")),
    "file": lambda fake, schema: fake.pick(fake.words.FILES),
    "first_message": lambda fake, schema: "Hello, how can I help you today?",
    "first_name": lambda fake, schema: fake.person.first,
    "font": lambda fake, schema: fake.pick(("Arial", "Georgia", "Helvetica", "Verdana")),
    "full_name": lambda fake, schema: fake.person.full,
    "future": lambda fake, schema: instant(fake.ahead()),
    "future_date": lambda fake, schema: f"{fake.ahead():%Y-%m-%d}",
    "gender": lambda fake, schema: fake.pick(("female", "male", "other")),
    "hash": lambda fake, schema: fake.hexadecimal(64),
    "hex_color": lambda fake, schema: f"#{fake.hexadecimal(6)}",
    "host": lambda fake, schema: f"{fake.slug()}.example.com",
    "iban": lambda fake, schema: fake.iban(),
    "icon": lambda fake, schema: f"https://www.example.com/icons/{fake.slug()}.svg",
    "image": lambda fake, schema: f"https://www.example.com/images/{fake.slug()}.png",
    "instructions": lambda fake, schema: fake.text(fake.words.INSTRUCTIONS),
    "interval": lambda fake, schema: fake.pick(("day", "week", "month")),
    "ip": lambda fake, schema: f"203.0.113.{fake.integer(1, 254)}",
    "isbn": lambda fake, schema: fake.isbn13(separator=""),
    "job_title": lambda fake, schema: fake.pick(fake.words.JOBS) if fake.speaks_english else fake.job(),
    "kind": lambda fake, schema: fake.pick(("standard", "custom", "default")),
    "language": lambda fake, schema: fake.place.language.partition("-")[0],
    "last_name": lambda fake, schema: fake.person.last,
    "latitude": lambda fake, schema: f"{fake.place.latitude}",
    "level": lambda fake, schema: fake.pick(("low", "medium", "high")),
    "line2": lambda fake, schema: f"Floor {fake.integer(1, 12)}",
    "locale": lambda fake, schema: fake.place.language,
    "location": lambda fake, schema: f"{fake.place.city}, {fake.place.country}",
    "logo": lambda fake, schema: f"https://www.example.com/logos/{fake.slug()}.svg",
    "longitude": lambda fake, schema: f"{fake.place.longitude}",
    "mac_address": lambda fake, schema: ":".join(f"{fake.integer(0, 255):02x}" for _ in range(6)),
    "material": lambda fake, schema: fake.pick(("Cotton", "Steel", "Wood", "Wool", "Glass")),
    "md5": lambda fake, schema: fake.hexadecimal(32),
    "message": lambda fake, schema: fake.text(fake.words.MESSAGES),
    "method": lambda fake, schema: _method(fake),
    "middle_name": lambda fake, schema: fake.random.choice("ABCDEFGHJKLMNPRSTW") + ".",
    "mime_type": lambda fake, schema: fake.pick(fake.words.MIME_TYPES),
    "model": lambda fake, schema: f"{fake.pick(fake.words.NOUNS)}-{fake.integer(1, 5)}",
    "name": _name,
    "namespace": lambda fake, schema: fake.slug(),
    "nickname": lambda fake, schema: _nickname(fake),
    "number": lambda fake, schema: fake.figures(6),
    "os": lambda fake, schema: fake.pick(("Linux", "macOS", "Windows", "Android", "iOS")),
    "password": lambda fake, schema: f"{fake.label().replace(' ', '')}-{fake.figures(4)}",
    "path": lambda fake, schema: f"/{'/'.join(fake.pair())}",
    "phone": lambda fake, schema: phone(fake),
    "platform": lambda fake, schema: fake.pick(("web", "ios", "android")),
    "postal_code": lambda fake, schema: fake.place.postcode,
    "priority": lambda fake, schema: fake.pick(("low", "normal", "high")),
    "product": lambda fake, schema: fake.pick(fake.words.PRODUCTS),
    "protocol": lambda fake, schema: "https",
    "query": lambda fake, schema: " ".join(fake.pair()),
    "question": lambda fake, schema: fake.text(fake.words.QUESTIONS),
    "reason": lambda fake, schema: fake.text(fake.words.REASONS),
    "reference": lambda fake, schema: f"{fake.random.choice(fake.words.NOUNS)[:3].upper()}-{fake.figures(6)}",
    "region": lambda fake, schema: fake.place.region,
    "role": lambda fake, schema: fake.pick(("admin", "editor", "viewer")),
    "scope": lambda fake, schema: fake.pick(("read", "write", "admin")),
    "secret": lambda fake, schema: f"secret_{fake.letters(24)}",
    "size": lambda fake, schema: fake.pick(("small", "medium", "large")),
    "sku": lambda fake, schema: f"{fake.random.choice(fake.words.NOUNS)[:3].upper()}-{fake.figures(5)}",
    "slug": lambda fake, schema: fake.slug(),
    "state": lambda fake, schema: _state(fake),
    "status": lambda fake, schema: fake.pick(("active", "pending", "completed")),
    "street": lambda fake, schema: _street(fake),
    "tag": lambda fake, schema: fake.pick(fake.words.TAGS),
    "team": lambda fake, schema: fake.pick(fake.words.DEPARTMENTS),
    "thumbnail": lambda fake, schema: f"https://www.example.com/images/{fake.slug()}-small.png",
    "timestamp": lambda fake, schema: instant(fake.moment()),
    "timezone": lambda fake, schema: fake.place.timezone,
    "title": lambda fake, schema: fake.text(fake.words.TITLES),
    "token": lambda fake, schema: fake.letters(32),
    "transaction_type": lambda fake, schema: fake.pick(("payment", "deposit", "withdrawal", "invoice")),
    "type": lambda fake, schema: fake.pick(("standard", "custom", "default")),
    "unit": lambda fake, schema: fake.pick(("piece", "kg", "hour")),
    "url": lambda fake, schema: address(fake),
    "user_agent": lambda fake, schema: fake.pick(fake.words.BROWSERS),
    "username": lambda fake, schema: fake.person.handle,
    "uuid": lambda fake, schema: fake.identifier(4),
    "vat": lambda fake, schema: f"{fake.place.code}{fake.figures(9)}",
    "version": lambda fake, schema: semver(fake),
    "visibility": lambda fake, schema: fake.pick(("public", "private", "internal")),
    "webhook": lambda fake, schema: f"https://hooks.example.com/{fake.slug()}",
    "website": lambda fake, schema: f"https://{fake.slug()}.example.com",
    "zone": lambda fake, schema: fake.pick(("eu-west-1a", "us-east-1b", "ap-south-1c")),
}
"""Ending of a property's name -> rule for its text."""

ALIASES: Final[Mapping[str, str]] = {
    alias: name
    for name, aliases in {
        "amount": "balance price",
        "avatar": "avatar_url",
        "channel": "source",
        "city": "town",
        "color": "colour",
        "commit": "sha",
        "company": "brand organisation organization",
        "description": "about bio capabilities detail details goal policies scenario strategy summary",
        "file": "file_name filename",
        "first_name": "given_name",
        "hash": "checksum sha256 signature",
        "host": "domain hostname",
        "icon": "icon_url",
        "image": "photo picture image_url photo_url picture_url photo_uri cover cover_url",
        "instructions": "prompt",
        "ip": "ip_address",
        "language": "language_code",
        "last_name": "family_name surname",
        "level": "severity",
        "locale": "accept_language",
        "logo": "logo_url",
        "md5": "fingerprint",
        "message": "answer body comment content feedback input note notes output text transcript",
        "mime_type": "content_type media_type",
        "name": "display_name",
        "phone": "mobile phone_number telephone",
        "postal_code": "postcode zip zip_code",
        "region": "county province",
        "slug": "bucket key repository",
        "street": "address line1",
        "tag": "label",
        "team": "department",
        "thumbnail": "thumbnail_url",
        "timestamp": "time",
        "timezone": "time_zone",
        "title": "headline subject",
        "url": "homepage href link next uri",
        "username": "handle login user_name",
        "uuid": "guid id",
    }.items()
    for alias in aliases.split()
}
"""Endings that are served by another ending's rule."""

NUMBERS: Final[Mapping[str, Rule]] = {
    "age": lambda fake, schema: fake.integer(18, 84),
    "amount": _money,
    "amount_captured": _money,
    "amount_discount": lambda fake, schema: 0,
    "amount_due": _money,
    "amount_paid": _money,
    "amount_received": _money,
    "amount_refunded": lambda fake, schema: 0,
    "amount_remaining": lambda fake, schema: 0,
    "amount_shipping": lambda fake, schema: 0,
    "amount_subtotal": _money,
    "amount_tax": lambda fake, schema: _money(fake, schema, 0.2),
    "amount_total": _total,
    "attempt_count": lambda fake, schema: fake.integer(1, 3),
    "attempts": lambda fake, schema: fake.integer(1, 3),
    "balance": lambda fake, schema: fake.decimal(0, 5000),
    "bytes": lambda fake, schema: fake.integer(800, 900_000),
    "confidence": lambda fake, schema: fake.decimal(0.5, 1),
    "cost": lambda fake, schema: fake.decimal(0.01, 80),
    "count": lambda fake, schema: fake.integer(0, 25),
    "day": lambda fake, schema: fake.integer(1, 28),
    "discount": lambda fake, schema: fake.integer(0, 30),
    "distance": lambda fake, schema: fake.decimal(0.5, 40, 1),
    "duration": lambda fake, schema: fake.integer(5, 900),
    "fee": lambda fake, schema: _money(fake, schema, 0.03),
    "fee_amount": lambda fake, schema: _money(fake, schema, 0.03),
    "height": lambda fake, schema: fake.pick((480, 720, 1080)),
    "hour": lambda fake, schema: fake.integer(0, 23),
    "index": lambda fake, schema: fake.integer(0, 9),
    "interval_count": lambda fake, schema: fake.integer(1, 3),
    "lat": lambda fake, schema: fake.place.latitude,
    "latency": lambda fake, schema: fake.integer(40, 900),
    "latitude": lambda fake, schema: fake.place.latitude,
    "length": lambda fake, schema: fake.integer(1, 200),
    "limit": lambda fake, schema: fake.pick((10, 20, 50, 100)),
    "lng": lambda fake, schema: fake.place.longitude,
    "lon": lambda fake, schema: fake.place.longitude,
    "longitude": lambda fake, schema: fake.place.longitude,
    "millis": lambda fake, schema: fake.integer(40, 900),
    "minute": lambda fake, schema: fake.integer(0, 59),
    "minutes": lambda fake, schema: fake.integer(1, 90),
    "month": lambda fake, schema: fake.integer(1, 12),
    "ms": lambda fake, schema: fake.integer(40, 900),
    "net": lambda fake, schema: _money(fake, schema, 0.97),
    "number": lambda fake, schema: fake.integer(1, 20),
    "offset": lambda fake, schema: 0,
    "page": lambda fake, schema: 1,
    "percent": lambda fake, schema: fake.integer(1, 99),
    "percentage": lambda fake, schema: fake.integer(1, 99),
    "port": lambda fake, schema: fake.pick((443, 5432, 8080, 8443)),
    "position": lambda fake, schema: fake.integer(1, 10),
    "price": _money,
    "priority": lambda fake, schema: fake.integer(1, 5),
    "probability": lambda fake, schema: fake.decimal(0, 1),
    "quantity": lambda fake, schema: fake.integer(1, 12),
    "rank": lambda fake, schema: fake.integer(1, 20),
    "rate": lambda fake, schema: fake.decimal(0, 1),
    "rating": lambda fake, schema: fake.decimal(3, 5, 1),
    "ratio": lambda fake, schema: fake.decimal(0, 1),
    "score": lambda fake, schema: fake.decimal(0.4, 1),
    "second": lambda fake, schema: fake.integer(0, 59),
    "seconds": lambda fake, schema: fake.integer(1, 600),
    "size": lambda fake, schema: fake.integer(1, 500),
    "status": lambda fake, schema: 200,
    "status_code": lambda fake, schema: 200,
    "subtotal": _money,
    "tax": lambda fake, schema: _money(fake, schema, 0.2),
    "tax_amount": lambda fake, schema: _money(fake, schema, 0.2),
    "tax_rate": lambda fake, schema: fake.pick((5, 10, 19, 20)),
    "temperature": lambda fake, schema: fake.decimal(0, 1, 1),
    "timeout": lambda fake, schema: fake.pick((10, 20, 30, 60)),
    "tokens": lambda fake, schema: fake.integer(40, 2000),
    "total": _total,
    "total_amount": _total,
    "total_price": _total,
    "version": lambda fake, schema: fake.integer(1, 9),
    "volume": lambda fake, schema: fake.integer(1, 90),
    "weight": lambda fake, schema: fake.decimal(0.2, 30, 1),
    "width": lambda fake, schema: fake.pick((640, 1280, 1920)),
    "year": lambda fake, schema: fake.integer(2015, 2025),
}
"""Ending of a property's name -> rule for its number; an integer is rounded from it."""

EPOCH: Final[Rule] = _epoch
"""The rule for numbers whose name tells of a time: `created`, `expires_at`."""

VARIED: Final = frozenset(
    {
        "id", "uuid", "guid", "email", "first_name", "last_name", "full_name", "given_name",
        "family_name", "surname", "username", "login", "handle", "phone", "phone_number", "mobile",
        "timestamp", "date", "time", "token", "slug", "secret", "api_key", "hash", "sha", "sha256", "md5",
        "checksum", "digest", "etag", "signature",
    }
)  # fmt: skip
"""Endings of names whose values differ from record to record, so that one example is not enough."""
