r"""Unicode properties in patterns (`\p{Lu}`, `\p{Script=Greek}`, `\P{L}`) as ranges of characters.

Names are those of ECMA-262, tables 67 to 69. The ranges cover the Basic Multilingual Plane, which is enough to write
a text; whether a text is valid is for the validator to say.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache
from typing import Final

_LAST: Final = 0xFFFF
_CATEGORIES: Final = {
    "letter": "L", "casedletter": "LC", "uppercaseletter": "Lu", "lowercaseletter": "Ll", "titlecaseletter": "Lt",
    "modifierletter": "Lm", "otherletter": "Lo", "mark": "M", "combiningmark": "M", "nonspacingmark": "Mn",
    "spacingmark": "Mc", "enclosingmark": "Me", "number": "N", "decimalnumber": "Nd", "digit": "Nd",
    "letternumber": "Nl", "othernumber": "No", "punctuation": "P", "punct": "P", "connectorpunctuation": "Pc",
    "dashpunctuation": "Pd", "openpunctuation": "Ps", "closepunctuation": "Pe", "initialpunctuation": "Pi",
    "finalpunctuation": "Pf", "otherpunctuation": "Po", "symbol": "S", "mathsymbol": "Sm", "currencysymbol": "Sc",
    "modifiersymbol": "Sk", "othersymbol": "So", "separator": "Z", "spaceseparator": "Zs", "lineseparator": "Zl",
    "paragraphseparator": "Zp", "other": "C", "control": "Cc", "cntrl": "Cc", "format": "Cf", "privateuse": "Co",
    "unassigned": "Cn",
}  # fmt: skip
"""Long names of general categories, in lower case without `_`."""
_BINARY: Final[dict[str, Callable[[str], bool]]] = {
    "any": lambda char: True,
    "ascii": str.isascii,
    "asciihexdigit": lambda char: char in "0123456789abcdefABCDEF",
    "hexdigit": lambda char: char in "0123456789abcdefABCDEF",
    "alphabetic": str.isalpha,
    "alpha": str.isalpha,
    "lowercase": str.islower,
    "lower": str.islower,
    "uppercase": str.isupper,
    "upper": str.isupper,
    "whitespace": str.isspace,
    "space": str.isspace,
    "idstart": str.isidentifier,
    "xidstart": str.isidentifier,
    "idcontinue": lambda char: f"a{char}".isidentifier(),
    "xidcontinue": lambda char: f"a{char}".isidentifier(),
    "emoji": lambda char: "☀" <= char <= "⛿" or char in "0123456789#*",
    "emojipresentation": lambda char: char in "⌚⌛⏩⏰⏳☔☕♈⚡⚽⛄⛵✅✨❌❓❗➕⭐",
    "extendedpictographic": lambda char: "☀" <= char <= "⛄",
}


@lru_cache(maxsize=256)
def ranges(name: str, *, negated: bool) -> str:
    """Return what stands for a property inside the brackets of a character class; a name nobody knows is a letter."""
    kind, _, value = name.rpartition("=")
    is_member = _test(kind.lower(), value)
    found: list[str] = []
    start: int | None = None
    for code in range(1, _LAST + 2):
        is_surrogate = 0xD800 <= code <= 0xDFFF
        inside = code <= _LAST and not is_surrogate and is_member(chr(code)) != negated
        if inside and start is None:
            start = code
        elif not inside and start is not None:
            first, last = re.escape(chr(start)), re.escape(chr(code - 1))
            found.append(first if start == code - 1 else f"{first}-{last}")
            start = None
    return "".join(found)


def _test(kind: str, value: str) -> Callable[[str], bool]:
    plain = re.sub(r"[\s_-]", "", value).lower()
    if kind in ("script", "sc", "scriptextensions", "script_extensions", "scx"):
        script = value.upper().replace("_", " ")
        # The Unicode database of Python has no scripts, but names begin with them.
        script = {"HAN": "CJK UNIFIED"}.get(script, script)
        return lambda char: char.isalpha() and unicodedata.name(char, "").startswith(script)
    if not kind and plain in _BINARY:
        return _BINARY[plain]
    category = _CATEGORIES.get(plain, value)
    if category == "LC":
        return lambda char: unicodedata.category(char) in ("Lu", "Ll", "Lt")
    if re.fullmatch("[LMNPSZC][a-z]?", category):
        return lambda char: unicodedata.category(char).startswith(category)
    return str.isalpha
