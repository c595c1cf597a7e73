"""Entry point: a lazy group, so that `mgie --help` never imports torch."""

from __future__ import annotations

import importlib
import io
import logging
import sys

import click

# name -> (module, attribute, one-line help). The help stands here so that listing imports nothing.
COMMANDS: dict[str, tuple[str, str, str]] = {
    "edit": ("mgie.cli.edit", "edit", "Edit a picture as an instruction says."),
    "batch": ("mgie.cli.batch", "batch", "Edit many pictures: a folder, or a job file with regions."),
    "reproduce": ("mgie.cli.reproduce", "reproduce", "Do a picture's recorded edits again and compare."),
    "models": ("mgie.cli.models", "models", "List, describe, verify, import, pull and load models."),
    "data": ("mgie.cli.data", "data", "Say what data sets are, verify them; check and cache training data."),
    "train": ("mgie.cli.train", "train", "Train, fine-tune, resume and export models."),
    "panel": ("mgie.cli.panel", "panel", "Open the panel on picture files."),
    "evaluate": ("mgie.cli.evaluate", "evaluate", "Measure models: run, score, table, plot."),
    "bench": ("mgie.cli.bench", "bench", "Measure every part of an edit on this machine."),
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
@click.option("--debug", is_flag=True, help="Show where an error came from.")
def cli(debug: bool) -> None:
    """Edit photographs by instruction, on your own machine."""  # `main` looks for --debug


def main() -> None:
    """Run the command line; every error becomes one sentence on stderr and an exit status.

    1: it failed; 2: it was called wrongly; 3: the model declined the request.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # names and words outside the terminal's encoding
    is_debugging = "--debug" in sys.argv
    if is_debugging:
        logging.basicConfig(level=logging.INFO)
    else:
        logging.getLogger().addHandler(logging.NullHandler())  # what a server in this process logs
    try:
        cli()
    except Exception as error:
        if is_debugging:
            raise
        sys.exit(_explain(error))


def _explain(error: Exception) -> int:
    """Print the sentence; returns the exit status."""
    from mgie.cli.sentences import sentence

    package = (error.name or "mgie").partition(".")[0] if isinstance(error, ModuleNotFoundError) else ""
    if package and package not in ("mgie", *sys.stdlib_module_names):
        text = (
            f"{package} is not installed; `pip install 'mgie[backend]'` (or panel, train, scale) "
            "brings what a command needs, `mgie doctor` says what is missing"
        )
    else:
        text = sentence(error)
    print(f"mgie: {text}", file=sys.stderr)  # noqa: T201 # the end of the program
    return 3 if getattr(error, "reason", "") == "DECLINED" else 1
