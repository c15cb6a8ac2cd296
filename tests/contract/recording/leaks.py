"""Looks for a secret in whatever was written, in all encodings; knows nothing of the code that took it out."""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Callable
from urllib.parse import quote, quote_plus, unquote, unquote_plus


def encodings(secret: str) -> set[str]:
    """Return the texts of which none may be in the output."""
    data = secret.encode()
    return {
        secret,
        quote(secret, safe=""),
        quote_plus(secret),
        quote(quote(secret, safe=""), safe=""),
        "".join(f"%{byte:02x}" for byte in data),
        "".join(f"%{byte:02X}" for byte in data),
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        html.escape(secret),
        data.hex(),
    }


def leaks(secret: str, text: str) -> list[str]:
    """Return the encodings of a secret that are in a text, or in what the text says when it is decoded."""
    texts = {text, unquote(text), unquote_plus(text), unquote(unquote(text)), html.unescape(text)}
    for run in re.findall(r"[A-Za-z0-9+/_-]{8,}={0,2}", text):
        for start in range(4):
            plain = run[start:].rstrip("=").replace("-", "+").replace("_", "/")
            plain = plain[: len(plain) - (len(plain) % 4 == 1)]
            texts.add(base64.b64decode(plain + "=" * (-len(plain) % 4)).decode("latin-1"))
    lower = secret.lower()
    found = [coded for coded in encodings(secret) if coded in text]
    return found + [lower for decoded in texts if lower in decoded.lower()]


WRITINGS: dict[str, Callable[[str], str]] = {
    "as it is": lambda secret: secret,
    "in a word": lambda secret: f"abc{secret}def",
    "in capitals": str.upper,
    "percent-encoded": lambda secret: f"https://x.example/?a={quote(secret, safe='')}&b=1",
    "as a form": lambda secret: f"a={quote_plus(secret)}",
    "twice percent-encoded": lambda secret: quote(quote(secret, safe=""), safe=""),
    "all of it percent-encoded": lambda secret: "".join(f"%{byte:02x}" for byte in secret.encode()),
    "as JSON": lambda secret: json.dumps({"a": secret}),
    "as JSON in JSON": lambda secret: json.dumps(json.dumps({"a": secret})),
    "as HTML": lambda secret: f"<p>{html.escape(secret)}</p>",
    "in base64": lambda secret: base64.b64encode(secret.encode()).decode(),
    "behind a name in base64": lambda secret: base64.b64encode(f"ann:{secret}".encode()).decode(),
    "amid a text in base64": lambda secret: base64.b64encode(
        f"{{'a': '{secret}', 'b': 1}}".encode()
    ).decode(),
    "in base64 without padding": lambda secret: (
        base64.urlsafe_b64encode(f"a{secret}".encode()).decode().rstrip("=")
    ),
    "in base64 in a path": lambda secret: (
        "/in/" + base64.urlsafe_b64encode(f"ab{secret}".encode()).decode() + "/x"
    ),
    "percent-encoded in base64": lambda secret: base64.b64encode(f"a={quote(secret)}&b".encode()).decode(),
    "in base64, percent-encoded": lambda secret: quote(
        base64.b64encode(f"u:{secret}".encode()).decode(), safe=""
    ),
    "in base64 in base64": lambda secret: base64.b64encode(
        base64.b64encode(f"xy{secret}z".encode())
    ).decode(),
    "in hexadecimal": lambda secret: secret.encode().hex(),
}
"""Ways in which a text may be written into another."""
