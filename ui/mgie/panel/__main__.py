"""`python -m mgie.panel`: the panel as a program. Host adapters start it with --connect."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path


def main(arguments: Sequence[str] | None = None) -> int:
    """Run until the window is closed or the host ends."""
    options = _parser().parse_args(arguments)
    from mgie.panel.program import run  # late, so that --help loads neither Qt nor gRPC

    return run(options)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="mgie panel", description="Edit photographs by instruction.")
    parser.add_argument("files", nargs="*", type=Path, help="pictures to open")
    parser.add_argument("--connect", type=Path, metavar="LINK", help="link file of a running GIMP or Krita")
    parser.add_argument("--backend-folder", type=Path, help="state folder of another backend")
    parser.add_argument(
        "--server", default="", metavar="NAME", help="a server remembered by `mgie edit --remember`"
    )
    parser.add_argument("--look", choices=("auto", "light", "dark"), default="auto")
    parser.add_argument("--window", default="", metavar="#RRGGBB", help="ground of the host's windows")
    parser.add_argument("--accent", default="", metavar="#RRGGBB", help="colour of what the host selects")
    parser.add_argument(
        "--language", default="", metavar="CODE", help="of the host, as in de_DE; else the desktop's"
    )
    parser.add_argument("--float", action="store_true", help="stay a window of its own, also in Krita")
    parser.add_argument("--state-folder", type=Path, help="where drafts are kept")
    parser.add_argument("--log-level", choices=("debug", "info", "warning"), default="info")
    return parser


if __name__ == "__main__":
    sys.exit(main())
