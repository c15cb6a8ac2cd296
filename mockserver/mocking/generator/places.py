"""Places for a locale, and what belongs to their countries: currency, calling code, the country's own name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from mockserver.mocking.generator.vocabulary import PLACES, Place

_TABLE: Final = """
    AE الإمارات AED +971|AM Հայաստան AMD +374|AR Argentina ARS +54|AT Österreich EUR +43|AU Australia AUD +61
    AZ Azərbaycan AZN +994|BA Bosna_i_Hercegovina BAM +387|BD বাংলাদেশ BDT +880|BE België EUR +32|BG България EUR +359
    BR Brasil BRL +55|CA Canada CAD +1|CH Schweiz CHF +41|CL Chile CLP +56|CN 中国 CNY +86|CO Colombia COP +57
    CZ Česko CZK +420|DE Deutschland EUR +49|DK Danmark DKK +45|EE Eesti EUR +372|EG مصر EGP +20|ES España EUR +34
    FI Suomi EUR +358|FR France EUR +33|GB United_Kingdom GBP +44|GE საქართველო GEL +995|GH Ghana GHS +233
    GR Ελλάδα EUR +30|HR Hrvatska EUR +385|HU Magyarország HUF +36|ID Indonesia IDR +62|IE Ireland EUR +353
    IL ישראל ILS +972|IN India INR +91|IR ایران IRR +98|IS Ísland ISK +354|IT Italia EUR +39|JP 日本 JPY +81
    KR 대한민국 KRW +82|LT Lietuva EUR +370|LU Luxembourg EUR +352|LV Latvija EUR +371|MX México MXN +52
    MT Malta EUR +356|NG Nigeria NGN +234|NL Nederland EUR +31|NO Norge NOK +47|NP नेपाल NPR +977
    NZ New_Zealand NZD +64|PH Philippines PHP +63|PK Pakistan PKR +92|PL Polska PLN +48|PT Portugal EUR +351
    RO România RON +40|RU Россия RUB +7|SA السعودية SAR +966|SE Sverige SEK +46|SG Singapore SGD +65
    SI Slovenija EUR +386|SK Slovensko EUR +421|TH ไทย THB +66|TR Türkiye TRY +90|TW 台灣 TWD +886
    UA Україна UAH +380|US United_States USD +1|VN Việt_Nam VND +84|ZA South_Africa ZAR +27|KE Kenya KES +254
"""
COUNTRIES: Final[Mapping[str, tuple[str, str, str]]] = {
    code: (name.replace("_", " "), currency, dial)
    for code, name, currency, dial in (
        row.split() for row in _TABLE.replace("\n", "|").split("|") if row.strip()
    )
}
"""Code (ISO 3166-1) -> the country's name in its own language, currency (ISO 4217), calling code."""
_COUNT: Final = 24


def draw(faker: Any, locale: str) -> tuple[Place, ...]:
    """Return places of a locale, drawn from a seeded Faker; English of no country has places all over the world."""
    language, _, code = locale.partition("_")
    if locale in ("en", "en_US") or code not in COUNTRIES:
        return PLACES
    known = tuple(place for place in PLACES if place.code == code) if language == "en" else ()
    country, currency, dial = COUNTRIES[code]
    found = []
    for _ in range(_COUNT - len(known)):
        # Real towns with their coordinates, where Faker has some of this country.
        spot = faker.local_latlng(country_code=code)
        latitude, longitude, timezone = (spot[0], spot[1], spot[4]) if spot else ("0", "0", "UTC")
        is_latin = language not in (
            "ja",
            "zh",
            "ko",
            "ar",
            "fa",
            "he",
            "ru",
            "uk",
            "el",
            "th",
            "hi",
            "bn",
            "ka",
            "hy",
        )
        city = spot[2] if spot and is_latin else faker.city()
        region = _called(faker, "state", "administrative_unit", "region", "province") or city
        found.append(
            Place(
                city,
                region,
                country,
                code,
                _called(faker, "postcode") or "",
                round(float(latitude), 4),
                round(float(longitude), 4),
                timezone,
                currency,
                f"{language}-{code}",
                dial,
            )
        )
    return (*known, *found)


def _called(faker: Any, *methods: str) -> str:
    """Return what the first method makes that the locale has."""
    for method in methods:
        # Faker has a method for a locale, has it not, or has it with an error of its own.
        make = getattr(faker, method, None)
        if make is not None:
            return str(make())
    return ""
