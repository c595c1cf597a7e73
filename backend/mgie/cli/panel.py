"""`mgie panel`: the panel on picture files. Never imports torch."""

from __future__ import annotations

import importlib
import sys

import click

from mgie.errors import MgieError


class PanelNotInstalled(MgieError):
    """The panel's packages are missing."""

    reason = "PANEL_NOT_INSTALLED"


@click.command(
    context_settings={"ignore_unknown_options": True, "help_option_names": []},
    help="Open the panel on picture files.",
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def panel(arguments: tuple[str, ...]) -> None:
    """Hand everything to the panel's own program; `mgie panel --help` lists what it takes."""
    try:
        program = importlib.import_module("mgie.panel.__main__")
    except ModuleNotFoundError as error:
        raise PanelNotInstalled(
            f"{error.name} is missing; install the panel's packages with: pip install 'mgie[panel]'"
        ) from error
    sys.exit(program.main(arguments))
