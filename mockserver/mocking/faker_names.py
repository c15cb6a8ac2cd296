"""The names of faker.js, old and new, that `x-faker` understands: one table, a line for what is made.

A target that begins with `=` is a rule for texts of `faker_rules`, with `#` one for numbers, with `~` a format; so a
hinted value agrees with its siblings as an unhinted one does. Any other target is a method of Faker.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

NAMES: Final[Mapping[str, str]] = {
    name: target
    for target, names in {
        # People
        "=first_name": "person.firstName name.firstName",
        "=last_name": "person.lastName name.lastName",
        "=middle_name": "person.middleName name.middleName",
        "=full_name": "person.fullName name.fullName name.findName finance.accountHolder",
        "=gender": "person.sex name.sex person.sexType",
        "=job_title": "person.jobTitle name.jobTitle name.title",
        "prefix": "person.prefix name.prefix",
        "suffix": "person.suffix name.suffix",
        "job": "person.jobType name.jobType person.jobArea name.jobArea person.jobDescriptor name.jobDescriptor",
        "=description": "person.bio commerce.productDescription",
        # The internet
        "=email": "internet.email internet.exampleEmail",
        "=username": "internet.userName internet.username internet.displayName",
        "=password": "internet.password",
        "=url": "internet.url",
        "=host": "internet.domainName",
        "=protocol": "internet.protocol",
        "=method": "internet.httpMethod",
        "#status_code": "internet.httpStatusCode",
        "#port": "internet.port",
        "=ip": "internet.ip internet.ipv4",
        "~ipv6": "internet.ipv6",
        "=mac_address": "internet.mac",
        "=user_agent": "internet.userAgent",
        "~jwt": "internet.jwt",
        "tld": "internet.domainSuffix",
        "domain_word": "internet.domainWord",
        "=avatar": "internet.avatar image.avatar image.avatarGitHub image.avatarLegacy",
        "emoji": "internet.emoji",
        "~color": "internet.color color.rgb",
        # Places
        "=city": "location.city address.city address.cityName",
        "=country": "location.country address.country",
        "=country_code": "location.countryCode address.countryCode",
        "=region": "location.state address.state location.county address.county",
        "state_abbr": "address.stateAbbr location.stateAbbr",
        "=postal_code": "location.zipCode address.zipCode address.zipCodeByState",
        "=street": "location.streetAddress address.streetAddress",
        "street_name": "location.street address.street address.streetName",
        "building_number": "location.buildingNumber address.buildingNumber",
        "=line2": "location.secondaryAddress address.secondaryAddress",
        "#latitude": "location.latitude address.latitude",
        "#longitude": "location.longitude address.longitude",
        "=timezone": "location.timeZone address.timeZone date.timeZone",
        "=locale": "location.language",
        # Money and trade
        "=company": "company.name company.companyName",
        "catch_phrase": "company.catchPhrase",
        "bs": "company.bs company.buzzPhrase",
        "company_suffix": "company.companySuffix",
        "=product": "commerce.productName commerce.product",
        "=color": "commerce.color color.human vehicle.color",
        "=team": "commerce.department",
        "=material": "commerce.productMaterial",
        "=isbn": "commerce.isbn",
        "=currency": "finance.currencyCode",
        "currency_name": "finance.currencyName",
        "currency_symbol": "finance.currencySymbol",
        "=iban": "finance.iban",
        "=bic": "finance.bic",
        "=account_number": "finance.account finance.accountNumber finance.routingNumber",
        "credit_card_number": "finance.creditCardNumber",
        "credit_card_security_code": "finance.creditCardCVV",
        "credit_card_provider": "finance.creditCardIssuer",
        "=transaction_type": "finance.transactionType",
        "=reference": "finance.transactionDescription",
        # Ids and hashes
        "=uuid": "string.uuid datatype.uuid random.uuid",
        "~nanoid": "string.nanoid",
        "~ulid": "string.ulid",
        "~objectid": "database.mongodbObjectId",
        "=commit": "git.commitSha git.shortSha",
        "=branch": "git.branch",
        "=message": "git.commitMessage hacker.phrase",
        # Texts
        "word": "lorem.word word.sample word.noun word.verb word.adjective word.adverb random.word hacker.noun",
        "=slug": "lorem.slug helpers.slugify",
        "sentence": "lorem.sentence lorem.lines",
        "paragraph": "lorem.paragraph",
        "text": "lorem.text lorem.sentences lorem.paragraphs",
        "=title": "music.songName book.title",
        # Systems
        "=file": "system.fileName system.commonFileName",
        "=path": "system.filePath system.directoryPath",
        "=extension": "system.fileExt system.commonFileExt",
        "=mime_type": "system.mimeType",
        "=version": "system.semver",
        "=cron": "system.cron",
        "=phone": "phone.number phone.phoneNumber phone.imei",
        "=image": "image.url image.imageUrl image.image image.urlLoremFlickr image.urlPicsumPhotos",
        "license_plate": "vehicle.vrm",
        "=breed": "animal.dog animal.cat animal.type",
        # Times
        "~date-time": "date.anytime date.recent date.past date.between date.birthdate.iso",
        "=future": "date.future date.soon",
        "=date_of_birth": "date.birthdate",
        "month_name": "date.month",
        "day_of_week": "date.weekday",
    }.items()
    for name in names.split()
}
"""A name of faker.js -> what is made for it; names that take arguments are in `WITH_ARGUMENTS`."""


def _options(args: Sequence[Any]) -> Mapping[str, Any]:
    return args[0] if args and isinstance(args[0], Mapping) else {}


def _bounds(args: Sequence[Any], low: float, high: float) -> tuple[float, float]:
    """Return least and greatest of `(max)`, `(min, max)` or `({min, max})`."""
    options = _options(args)
    numbers = [arg for arg in args if isinstance(arg, int | float) and not isinstance(arg, bool)]
    if len(numbers) >= 2:
        low, high = numbers[0], numbers[1]
    elif numbers:
        high = numbers[0]
    low, high = options.get("min", low), options.get("max", high)
    return (low, high) if low <= high else (low, low)


def _integer(fake: Any, args: Sequence[Any]) -> int:
    low, high = _bounds(args, 0, 1000)
    step = int(_options(args).get("multipleOf", 1)) or 1
    return int(fake.integer(-(-int(low) // step), max(int(high) // step, -(-int(low) // step)))) * step


def _decimal(fake: Any, args: Sequence[Any]) -> float:
    low, high = _bounds(args, 0, 100)
    places = int(_options(args).get("fractionDigits", 2))
    return round(float(fake.random.uniform(low, high)), min(max(places, 0), 12))


def _price(fake: Any, args: Sequence[Any]) -> str:
    low, high = _bounds(args, 1, 1000)
    return f"{fake.random.uniform(low, high):.2f}"


def _length(args: Sequence[Any], usual: int) -> int:
    options = _options(args)
    length = options.get("length", next((arg for arg in args if isinstance(arg, int)), usual))
    if isinstance(length, Mapping):
        length = length.get("max", usual)
    return min(max(int(length), 1), 10_000)


def _text_of(alphabet: str, usual: int) -> Callable[[Any, Sequence[Any]], str]:
    return lambda fake, args: "".join(fake.random.choices(alphabet, k=_length(args, usual)))


def _choices(args: Sequence[Any]) -> list[Any]:
    found = args[0] if args and isinstance(args[0], Mapping | list) else args
    return list(found.values()) if isinstance(found, Mapping) else list(found) or [None]


def _some(fake: Any, args: Sequence[Any]) -> list[Any]:
    choices = _choices(args)
    wanted = args[1] if len(args) > 1 and isinstance(args[1], int) else fake.integer(1, len(choices))
    return list(fake.random.sample(choices, min(max(wanted, 0), len(choices))))


LOWER: Final = "abcdefghijklmnopqrstuvwxyz"
DIGITS: Final = "0123456789"
WITH_ARGUMENTS: Final[Mapping[str, Callable[[Any, Sequence[Any]], Any]]] = {
    name: make
    for names, make in {
        "number.int datatype.number random.number number.bigInt datatype.bigInt": _integer,
        "number.float datatype.float random.float": _decimal,
        "commerce.price finance.amount": _price,
        "datatype.boolean random.boolean": lambda fake, args: bool(fake.number % 2),
        "helpers.arrayElement random.arrayElement helpers.enumValue": lambda fake, args: fake.pick(
            _choices(args)
        ),
        "helpers.arrayElements random.arrayElements helpers.shuffle": _some,
        "helpers.objectValue random.objectElement": lambda fake, args: fake.pick(_choices(args)),
        "string.alpha random.alpha": _text_of(LOWER, 10),
        "string.alphanumeric random.alphaNumeric": _text_of(LOWER + DIGITS, 10),
        "string.numeric random.numeric finance.pin": _text_of(DIGITS, 4),
        "string.hexadecimal datatype.hexadecimal random.hexaDecimal": _text_of(DIGITS + "abcdef", 8),
        "string.sample datatype.string": _text_of(LOWER + LOWER.upper() + DIGITS, 10),
        "lorem.words random.words word.words": lambda fake, args: " ".join(
            str(fake.word()) for _ in range(min(_length(args, 3), 100))
        ),
        "helpers.replaceSymbols helpers.replaceSymbolWithNumber": lambda fake, args: fake.bothify(
            str(args[0]) if args else "###"
        ),
        "helpers.maybe": lambda fake, args: fake.pick([*args, None]),
    }.items()
    for name in names.split()
}
"""Names of faker.js that take arguments: `(fake, arguments) -> value`."""
