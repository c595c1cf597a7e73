"""Help is answered without loading what an edit needs."""

from __future__ import annotations

import subprocess
import sys

import pytest

from mgie.cli.main import COMMANDS

_HEAVY = ("torch", "transformers", "diffusers", "grpc", "PyQt6", "huggingface_hub")
_CODE = """
import sys
from mgie.cli.main import main
sys.argv = ["mgie", *{arguments!r}]
try:
    main()
finally:
    sys.stderr.write(",".join(name for name in {heavy!r} if name in sys.modules))
"""


@pytest.mark.parametrize(
    "arguments",
    [["--help"], ["--version"], *([name, "--help"] for name in COMMANDS), ["models", "pull", "--help"]],
    ids=" ".join,
)
def test_help_loads_no_framework(arguments: list[str]) -> None:
    code = _CODE.format(arguments=arguments, heavy=_HEAVY)
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout
    assert result.stderr == ""


def test_listing_models_loads_no_framework() -> None:
    code = _CODE.format(arguments=["models", "list"], heavy=_HEAVY)
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "mgie-7b" in result.stdout
    assert result.stderr == ""


def test_a_missing_package_is_named_with_its_remedy() -> None:
    hidden = """
class Hidden:
    def find_spec(self, name, path=None, target=None):
        if name == "grpc":
            raise ModuleNotFoundError(name=name)

import sys
sys.meta_path.insert(0, Hidden())
"""
    code = hidden + _CODE.format(arguments=["serve"], heavy=())
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert result.returncode == 1
    assert result.stderr.startswith("mgie: grpc is not installed; `pip install 'mgie[backend]'`")
    assert "Traceback" not in result.stderr
