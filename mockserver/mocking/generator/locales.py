"""The locales that Faker knows."""

from __future__ import annotations

import difflib
from typing import Final

from mockserver.errors import Json, UsageError

DEFAULT: Final = "en_US"


def known_locale(locale: Json, owner: str) -> str:
    """Return a locale as Faker writes it: `de-DE` -> `de_DE`.

    Args:
        locale: What was chosen.
        owner: The document that it is chosen for, for the message.

    Raises:
        UsageError: Faker has no such locale.
    """
    if locale == DEFAULT:
        return DEFAULT
    # Imported here: it takes 0.2 s, and most people choose none.
    from faker.config import AVAILABLE_LOCALES

    names = {name.lower(): name for name in AVAILABLE_LOCALES}
    found = names.get(locale.replace("-", "_").lower()) if isinstance(locale, str) else None
    if found is None:
        wanted = str(locale).replace("-", "_")
        kin = [
            name for name in sorted(AVAILABLE_LOCALES) if name.partition("_")[0] == wanted.partition("_")[0]
        ]
        near = kin or difflib.get_close_matches(wanted, sorted(AVAILABLE_LOCALES), n=3)
        hint = f"did you mean {' or '.join(near)}?" if near else "they look like en_US, de_DE or ja_JP"
        raise UsageError(f"{owner}: there is no locale {locale!r}; {hint}")
    return found
