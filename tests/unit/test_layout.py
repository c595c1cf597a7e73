"""The shape of the repository: one namespace, four source roots, and a wheel that holds them all."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCE_ROOTS = ("backend", "proto", "ui", "plugin")


def public_modules() -> list[str]:
    """Dotted names of every module under the source roots."""
    names: list[str] = []
    for root in SOURCE_ROOTS:
        for path in sorted((ROOT / root).glob("mgie*/**/*.py")):
            parts = path.relative_to(ROOT / root).with_suffix("").parts
            names.append(".".join(parts[:-1] if parts[-1] == "__init__" else parts))
    return names


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True)
    return next(folder.glob("*.whl"))


def test_the_namespace_has_no_package_marker() -> None:
    markers = [path for root in SOURCE_ROOTS for path in (ROOT / root).glob("mgie/__init__.py")]
    assert markers == []


def test_every_package_is_marked_as_typed() -> None:
    packages = {path.parent for root in SOURCE_ROOTS for path in (ROOT / root).glob("mgie/*/__init__.py")}
    assert packages
    assert [str(p) for p in sorted(packages) if not (p / "py.typed").exists()] == []


def test_the_wheel_holds_every_file(wheel: Path) -> None:
    """Modules, and what they read: presets, sources of models, the shipped weights, protocol files."""
    held = set(zipfile.ZipFile(wheel).namelist())
    files = [
        path.relative_to(ROOT / root)
        for root in SOURCE_ROOTS
        for path in sorted((ROOT / root).glob("mgie*/**/*"))
        if path.is_file() and "__pycache__" not in path.parts
    ]
    assert {".py", ".yaml", ".toml", ".safetensors", ".proto"} <= {path.suffix for path in files}
    assert [path.as_posix() for path in files if path.as_posix() not in held] == []


def test_every_part_imports_from_the_wheel(wheel: Path, tmp_path: Path) -> None:
    """Unpacked away from the checkout, each top part of the namespace imports from there."""
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path)
    parts = sorted({".".join(name.split(".")[:2]) for name in public_modules() if name.startswith("mgie.")})
    program = (
        "import importlib, sys\n"
        f"sys.path.insert(0, {str(tmp_path)!r})\n"
        "import mgie\n"
        f"mgie.__path__ = [{str(tmp_path / 'mgie')!r}]\n"
        f"for name in {parts!r}:\n"
        "    module = importlib.import_module(name)\n"
        "    place = module.__file__ or module.__path__[0]\n"  # mgie.v1 has no __init__.py
        f"    assert place.startswith({str(tmp_path)!r}), place\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, capture_output=True)
