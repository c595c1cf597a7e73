"""The adapter for Krita 5 and 6: an extension that serves the panel, and a docker. Runs in Krita's Python."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "bundled"))  # mgie.host, put there by `mgie install`

from mgie_krita.plugin import register

register()
