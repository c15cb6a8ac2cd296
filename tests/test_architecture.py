"""The house has layers, doors and no loops; imports inside functions count too."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "mockserver"
MODULES = sorted(PACKAGE.rglob("*.py"))

MAY_IMPORT = {
    "errors": set(),
    "settings": {"errors"},
    "jsontext": set(),
    "bundled": set(),
    "document": {"errors", "jsontext"},
    "mocking": {"errors", "jsontext", "document"},
    "sources": {"errors", "settings", "jsontext", "bundled", "document"},
    "server": {"errors", "settings", "jsontext", "document", "mocking", "sources"},
    "contract": {"errors", "settings", "jsontext", "document", "mocking", "sources"},
    "cli": {"errors", "settings", "jsontext", "document", "mocking", "sources", "server", "contract"},
    "pytest_plugin": {
        "errors",
        "settings",
        "jsontext",
        "document",
        "mocking",
        "sources",
        "server",
        "contract",
    },
    "__main__": {"cli"},
}
"""Layer -> the layers that it may import, besides itself."""

DOORS = {
    "yaml": {"document/loading/yamltext.py", "document/loading/locator.py"},
    "openapi_spec_validator": {"document/checks/specification.py"},
    "jsonschema_path": {"document/checks/specification.py"},
    "jsonschema_rs": {"document/validation.py"},
    "orjson": {"jsontext.py"},
    "faker": {"mocking/generator", "mocking/faker_rules.py"},
    "connexion": {"server"},
    "flask": {"server"},
    "starlette": {"server"},
    "uvicorn": {"server"},
    "httptools": {"server/protocol.py", "server/proxying/connection.py"},
    "schemathesis": {"contract"},
    "hypothesis": {"contract"},
    "httpx": {
        "sources/fetching.py",
        "cli/remote.py",
        "contract/requests/client.py",
        "pytest_plugin/transports.py",
        "pytest_plugin/remote.py",
        "pytest_plugin/view.py",
    },
    "pytest": {"pytest_plugin"},
    "anyio": {"pytest_plugin/transports.py"},
    "click": {"cli"},
    "jsonpatch": {"mocking/patches.py"},
    "jsonpath_rfc9535": {"document/loading/overlay.py", "contract/recording/choosing.py"},
    "rich": {"contract/reports"},
    "redis": {"server/redis_client.py"},
    "sortedcontainers": {"mocking/store"},
}
"""Third-party package -> the places that may import it."""

IMPURE = {
    "time",
    "random",
    "uuid",
    "secrets",
    "os",
    "socket",
    "threading",
    "subprocess",
    "tempfile",
    "logging",
}
IMPURE_USES = {
    "datetime.now",
    "datetime.utcnow",
    "datetime.today",
    "date.today",
    "uuid.uuid4",
    "uuid.uuid1",
    "os.environ",
}


def name_of(path: Path) -> str:
    """Return the dotted name of a module."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def nodes_of(path: Path) -> tuple[ast.AST, ...]:
    """Return all that a module consists of; each test looks at all modules."""
    return tuple(ast.walk(ast.parse(path.read_text())))


@cache
def imports_of(path: Path) -> tuple[str, ...]:
    """Return the dotted names that a module imports, wherever in it."""
    return tuple(_imports_of(path))


def _imports_of(path: Path) -> Iterator[str]:
    for node in nodes_of(path):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, f"{path}: imports are absolute"
            for alias in node.names:
                full = f"{node.module}.{alias.name}"
                is_module = node.module.startswith("mockserver") and full in KNOWN
                yield full if is_module else node.module


KNOWN = {name_of(path) for path in MODULES}


def layer_of(name: str) -> str | None:
    """Return the layer of one of our modules, None for the package itself."""
    parts = name.split(".")
    return parts[1] if len(parts) > 1 else None


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_module_imports_only_layers_below_its_own(path: Path) -> None:
    own = layer_of(name_of(path))
    for name in imports_of(path):
        layer = layer_of(name) if name.startswith("mockserver.") else None
        if own is not None and layer is not None and layer != own:
            assert layer in MAY_IMPORT[own], f"{path}: {own} must not import {layer} ({name})"


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_third_party_package_has_one_door(path: Path) -> None:
    place = path.relative_to(PACKAGE).as_posix()
    for name in imports_of(path):
        doors = DOORS.get(name.partition(".")[0])
        if doors is not None:
            assert any(place == door or place.startswith(door + "/") for door in doors), (
                f"{place} imports {name}"
            )


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_no_unknown_third_party_package_is_imported(path: Path) -> None:
    for name in imports_of(path):
        top = name.partition(".")[0]
        assert top in sys.stdlib_module_names or top in DOORS or top in ("mockserver", "typing_extensions"), (
            name
        )


def test_imports_have_no_cycle() -> None:
    graph: dict[str, set[str]] = {}
    for path in MODULES:
        own = name_of(path)
        # A package's __init__ that gathers its modules stands for them, not beside them.
        graph[own] = {name for name in imports_of(path) if name in KNOWN and name != own}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


PURE = [path for path in MODULES if layer_of(name_of(path)) in ("document", "mocking", "errors", "jsontext")]


@pytest.mark.parametrize("path", PURE, ids=name_of)
def test_pure_layer_knows_no_clock_no_chance_and_no_environment(path: Path) -> None:
    uses = {ast.unparse(node) for node in nodes_of(path) if isinstance(node, ast.Attribute)}
    assert not uses & IMPURE_USES
    for name in imports_of(path):
        if name == "random":
            continue  # only seeded generators: see the next test
        assert name.partition(".")[0] not in IMPURE - {"uuid"}, f"{path} imports {name}"


@pytest.mark.parametrize("path", PURE, ids=name_of)
def test_pure_layer_uses_only_seeded_randomness(path: Path) -> None:
    for node in nodes_of(path):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "random":
            assert node.attr == "Random", f"{path}:{node.lineno}: random.{node.attr} is seeded by nobody"
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "hash":
            pytest.fail(f"{path}:{node.lineno}: hash() differs from process to process")


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_module_is_small_enough_to_be_read(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= 400


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_no_bundled_api_is_known_by_name(path: Path) -> None:
    names = [document.name.partition(".")[0] for document in (ROOT / "openapi").glob("*.plan.yaml")]
    assert len(names) >= 3
    text = path.read_text().lower()
    assert [name for name in names if name in text] == []
