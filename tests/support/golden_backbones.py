"""The module that the golden values' script and the tests share."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

GOLDEN = Path(__file__).parents[1] / "unit" / "evaluate" / "golden"


def load_backbones() -> ModuleType:
    """golden/backbones.py; the folder is no package, since another environment runs it too."""
    spec = importlib.util.spec_from_file_location("golden_backbones", GOLDEN / "backbones.py")
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
