"""What is inferred for the documents here, as text; run as a program (`make golden`), it renews the golden files.

Whoever renews them reads what has changed: each file is the plan that a person would want for its document.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from mockserver.document.builder import load
from mockserver.document.inference import infer

HERE = Path(__file__).parent
DOCUMENTS = sorted((HERE / "documents").glob("*.yaml"))
HEADER = "# What is inferred for documents/{name}. Renewed by `make golden`: read what changes.\n"


def golden_file(document: Path) -> Path:
    return HERE / "golden" / f"{document.stem}.plan.yaml"


def inferred(document: Path) -> dict[str, Any]:
    return infer(load(document)).raw


class _Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        return True


def as_text(plan: Any, *, in_order: bool = False) -> str:
    """Return a plan as YAML: small mappings on one line, names sorted unless they shall stay in their order."""
    return yaml.dump(plan, Dumper=_Dumper, sort_keys=not in_order, default_flow_style=None, width=110)


def renew() -> None:
    for document in DOCUMENTS:
        text = HEADER.format(name=document.name) + as_text(inferred(document), in_order=True)
        golden_file(document).write_text(text)


if __name__ == "__main__":
    renew()
