"""Entry point: a lazy group, so that `mgie --help` never imports torch."""

from __future__ import annotations

import importlib
import sys

import click

from mgie.errors import MgieError

# name -> (module, attribute, one-line help). The help stands here so that listing imports nothing.
COMMANDS: dict[str, tuple[str, str, str]] = {
    "edit": ("mgie.cli.edit", "edit", "Edit a picture as an instruction says."),
    "batch": ("mgie.cli.batch", "batch", "Edit many pictures: a folder, or a job file with regions."),
    "reproduce": ("mgie.cli.reproduce", "reproduce", "Do a picture's recorded edits again and compare."),
    "models": ("mgie.cli.models", "models", "List, verify, import and pull models."),
    "data": ("mgie.cli.data", "data", "Check, describe and cache training data."),
    "train": ("mgie.cli.train", "train", "Train, fine-tune, resume and export models."),
    "panel": ("mgie.cli.panel", "panel", "Open the panel on picture files."),
    "evaluate": ("mgie.cli.evaluate", "evaluate", "Measure a model on edits with known goals."),
    "doctor": ("mgie.cli.doctor", "doctor", "Report versions, devices, memory, models, and what is missing."),
    "serve": ("mgie.cli.serve", "serve", "Run the backend."),
    "status": ("mgie.cli.serve", "status", "Say whether a backend runs, and what it is doing."),
    "stop": ("mgie.cli.serve", "stop", "End the backend."),
    "logs": ("mgie.cli.serve", "logs", "Print the backend's log."),
    "install": ("mgie.cli.install", "install", "Install the plug-in for GIMP or Krita."),
    "uninstall": ("mgie.cli.install", "uninstall", "Remove the plug-in from GIMP or Krita."),
}


class LazyGroup(click.Group):
    """A click group whose commands are imported on first use."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names in the order people meet them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the module of one command."""
        if cmd_name not in COMMANDS:
            return None
        module, attribute, _ = COMMANDS[cmd_name]
        return getattr(importlib.import_module(module), attribute)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, _, text) in COMMANDS.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="mgie")
def cli() -> None:
    """Edit photographs by instruction, on your own machine."""


def main() -> None:
    """Run the command line; what a person can mend becomes one sentence on stderr and exit status 1."""
    try:
        cli()
    except MgieError as error:
        sys.exit(f"mgie: {error.reason}: {error}")
    except ModuleNotFoundError as error:
        package = (error.name or "mgie").partition(".")[0]
        if package in ("mgie", *sys.stdlib_module_names):
            raise  # our own mistake
        sys.exit(
            f"mgie: {package} is not installed; `pip install 'mgie[backend]'` (or panel, train, scale) "
            "brings what a command needs, `mgie doctor` says what is missing"
        )
