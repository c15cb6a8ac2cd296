"""The built wheel works in an empty folder, bundled documents and fixtures included."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import sysconfig
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout."""
    folder = tmp_path_factory.mktemp("dist")
    command = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-deps",
        "--no-build-isolation",
        "-w",
        str(folder),
        str(ROOT),
    ]
    subprocess.run(command, check=True)
    (found,) = folder.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Python that has the wheel installed, and the packages that it needs from the environment of the tests."""
    folder = tmp_path_factory.mktemp("venv")
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    python = folder / "bin" / "python"
    install = [str(python), "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", str(wheel)]
    subprocess.run(install, check=True)
    (site_packages,) = folder.glob("lib/python*/site-packages")
    (site_packages / "packages_of_the_tests.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return python


@pytest.fixture
def serving(python: Path, tmp_path: Path) -> Iterator[str]:
    """The banner of `mockserver serve`, run in an empty folder."""
    command = [str(python.with_name("mockserver")), "serve", "--port", "0"]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, cwd=tmp_path, env=environment
    ) as process:
        try:
            assert process.stdout is not None
            text = ""
            while "Stop with" not in text:
                line = process.stdout.readline()
                assert line, text
                text += line
            yield text
        finally:
            process.terminate()


def test_installed_package_is_that_of_the_wheel(python: Path, tmp_path: Path) -> None:
    command = [str(python), "-c", "import mockserver; print(mockserver.__file__)"]
    where = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path).stdout

    assert str(python.parent.parent) in where


def test_wheel_serves_the_bundled_documents_with_their_fixtures(serving: str) -> None:
    origin = re.search(r"(http://\S+)/__mock__", serving)
    assert origin is not None
    command = [
        "curl",
        "-s",
        "--fail",
        "-H",
        "Authorization: Bearer <token>",
        f"{origin[1]}/versions?ids=ver_123",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert len(re.findall(r"[1-9]\d* operations, [1-9]\d* with state, [1-9]\d* seeded items", serving)) == 3
    assert '"ver_123"' in done.stdout


def test_wheel_serves_the_control_page(serving: str) -> None:
    origin = re.search(r"(http://\S+/__mock__)", serving)
    assert origin is not None
    done = subprocess.run(
        ["curl", "-s", "--fail", f"{origin[1]}/"], capture_output=True, text=True, check=False
    )

    assert "<html" in done.stdout


def test_pytest_finds_the_plugin_of_the_wheel(python: Path, tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(
        "def test_it(mock_server):\n    assert mock_server.client.get('/sessions').status_code == 401\n"
        "    mock_server.allow_invalid()\n"
    )
    document = ROOT / "openapi" / "galtea.yaml"
    done = subprocess.run(
        [str(python), "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--mockserver-doc={document}"],
        capture_output=True, text=True, check=False, cwd=tmp_path,
    )  # fmt: skip

    assert "1 passed" in done.stdout, done.stdout + done.stderr


def test_wheel_holds_no_tests_and_no_benchmarks(wheel: Path) -> None:
    tops = {name.split("/")[0] for name in zipfile.ZipFile(wheel).namelist()}

    assert {top for top in tops if not top.endswith(".dist-info")} == {"mockserver"}
