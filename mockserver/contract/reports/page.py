"""One HTML file with everything in it: no other resource is asked for, and none could be (content security policy).

For reports and for other pages that shall look like them. Bodies are HTML of our own making; what strangers wrote goes
through `escaped`. The policy lets no `style` attributes work: classes of page.css are there for what is needed, and
`<meter>` for bars.
"""

from __future__ import annotations

import base64
import hashlib
import html
from functools import cache
from pathlib import Path

from mockserver import __version__
from mockserver.contract.reports import texts

_HERE = Path(__file__).parent


def page(title: str, body: str, *, lead: str = "", script: bool = True) -> str:
    """Return a page.

    Args:
        title: Text; its heading, too.
        body: HTML of the main part.
        lead: HTML below the heading.
        script: Whether the script of reports is wanted: filters over `details.finding`, buttons that copy.
    """
    style = _asset("page.css")
    code = _asset("page.js") if script else ""
    policy = f"default-src 'none'; img-src data:; style-src {_hash(style)}; script-src {_hash(code)}"
    policy += "; base-uri 'none'; form-action 'none'"
    return f"""\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>{escaped(title)}</title>
<link rel="icon" href="data:,">
<style>{style}</style>
</head>
<body>
<header class="top"><div class="wide"><h1>{escaped(title)}</h1>{lead}</div></header>
<main>
{body}
</main>
<footer><div class="wide">mockserver {escaped(__version__)}</div></footer>
{f"<script>{code}</script>" if code else ""}
</body>
</html>
"""


def escaped(text: str) -> str:
    """Return a text of anybody as HTML, fit for elements and for attributes in quotes."""
    return html.escape(texts.visible(text))


@cache
def _asset(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")


@cache
def _hash(text: str) -> str:
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return f"'sha256-{digest}'"
