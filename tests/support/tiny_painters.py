"""The flow-matching painters, small enough for a test, as model folders."""

from __future__ import annotations

import shutil
from pathlib import Path

from support.tiny_flux import write_flux_model
from support.tiny_klein import TINY_KLEIN, install_klein
from support.tiny_qwen import TINY_QWEN_PLUS, install_qwen

PAINTERS = ("tiny-flux", "klein", "tiny-qwen")


def install_painters(root: Path) -> Path:
    """Three painters that share nothing, in `root`, which is returned."""
    write_flux_model(root / PAINTERS[0])
    install_klein(root, TINY_KLEIN)
    install_qwen(root, TINY_QWEN_PLUS)
    shutil.rmtree(root / "published")
    return root
