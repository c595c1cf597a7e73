"""What holds for all tests: windows open on no screen, unless the caller names one."""

from __future__ import annotations

import os

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
