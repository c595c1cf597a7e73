"""`mgie models`: which models are here; check, import, pull, load and unload them."""

from __future__ import annotations

import json
import sys
from collections.abc import Generator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from mgie.api.models import Model
from mgie.cli.models_import import import_published, show_files
from mgie.cli.models_server import load_model, show_model, unload_model
from mgie.cli.models_there import (
    ask_for_acceptance,
    line_of,
    list_on_server,
    pull_on_server,
    verify_on_server,
)
from mgie.cli.server_options import remote_options, take_choice
from mgie.errors import MgieError
from mgie.model.generators import drain
from mgie.weights.installed import default_models_dir, find_model, installed_models
from mgie.weights.manifest import Manifest, read_manifest, verify
from mgie.weights.pull_state import Remembered
from mgie.weights.sources import SOURCES_PATH, PublishedModel, published_model, published_models

if TYPE_CHECKING:  # loads torch
    from mgie.weights.fetch import FetchEvent

_file = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
@click.option(
    "--models-dir",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of your models.  [default: MGIE_MODELS_DIR, or the user's data folder]",
)
@click.pass_context
def models(ctx: click.Context, models_dir: Path | None) -> None:
    """List, describe, verify, import, pull, load and unload models."""
    ctx.obj = models_dir or default_models_dir()


for _command in (import_published, show_model, load_model, unload_model):
    models.add_command(_command)


@models.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON array instead of text.")
@remote_options
@click.pass_obj
def list_models(models_dir: Path, as_json: bool, **options: Any) -> None:
    """Show the installed models and those that can be pulled."""
    choice = take_choice(options)
    if choice.server:
        list_on_server(choice, as_json=as_json)
        return
    from mgie.editors.describe import describe_installed  # numpy

    installed = installed_models(models_dir)
    if as_json:
        found = [_as_json(describe_installed(model), model.folder) for model in installed]
        click.echo(json.dumps(found, indent=2))
        return
    for model in installed:
        click.echo(line_of(describe_installed(model)))
    names = {model.name for model in installed}
    for published in published_models():
        if published.name not in names:
            size = published.installed_bytes / 1e9
            click.echo(
                f"{published.name:18} {published.kind:12} {size:6.2f} GB  {published.license}\n"
                f"{'':18} not installed; `mgie models pull {published.name}`"
            )


@models.command("verify")
@click.argument("names", nargs=-1)
@remote_options
@click.pass_obj
def verify_models(models_dir: Path, names: tuple[str, ...], **options: Any) -> None:
    """Check every byte of the named models, or of all, against their manifests."""
    choice = take_choice(options)
    if choice.server:
        verify_on_server(choice, names)
        return
    folders = [find_model(name, models_dir=models_dir) for name in names]
    bad: list[str] = []
    for folder in folders or [model.folder for model in installed_models(models_dir)]:
        num_files = 0
        try:
            for file in verify(folder):
                click.echo(f"  {file.path}: good")
                num_files += 1
        except MgieError as error:
            click.echo(f"{folder.name}: {error.reason}: {error}", err=True)
            bad.append(folder.name)
        else:
            click.echo(f"{folder.name}: {num_files} files, all as the manifest says")
    if bad:
        sys.exit(f"mgie: not as their manifests say: {', '.join(bad)}")


@models.command("quantize")
@click.argument("name")
@click.option("--precision", type=click.Choice(["int8", "int4"]), default="int8", show_default=True)
@click.option("--as", "new_name", help="Name of the smaller model.  [default: NAME-int8 or NAME-int4]")
@click.option("--replace", is_flag=True, help="Replace an installed model of this name.")
@click.pass_obj
def quantize(
    models_dir: Path, name: str, precision: Literal["int8", "int4"], new_name: str | None, replace: bool
) -> None:
    """Store a model's blocks in 8 or 4 bits, once.

    The smaller model loads by memory map, and so do its blocks where NAME itself has to do with less memory.
    """
    from mgie.editors.quantize import quantize_model

    source, made = find_model(name, models_dir=models_dir), new_name or f"{name}-{precision}"
    writing = quantize_model(source, models_dir / made, precision, name=made, replaces=replace)
    manifest = show_files(writing)
    before = read_manifest(source).num_bytes
    click.echo(
        f"{made}: {manifest.num_bytes / 1e9:.2f} GB instead of {before / 1e9:.2f} GB in {models_dir / made}"
    )


@models.command("pull")
@click.argument("name")
@click.option("--accept-license", is_flag=True, help="Accept the licence without being asked.")
@click.option("--keep-downloads", is_flag=True, help="Keep the published files after converting them.")
@click.option("--replace", is_flag=True, help="Replace an installed model of this name.")
@click.option("--hub", envvar="HF_ENDPOINT", help="Another Hugging Face hub, e.g. a mirror.  [HF_ENDPOINT]")
@click.option(
    "--sources", type=_file, default=SOURCES_PATH, help="Your own list of models and mirrors (TOML)."
)
@click.option("--parts", default="", help="With --server: the model whose other parts a single file takes.")
@remote_options
@click.pass_obj
def pull(
    models_dir: Path,
    name: str,
    accept_license: bool,
    hub: str | None,
    sources: Path,
    keep_downloads: bool,
    replace: bool,
    parts: str,
    **options: Any,
) -> None:
    """Fetch a published model (see `mgie models list`) and convert it."""
    choice = take_choice(options)
    if choice.server:
        pull_on_server(choice, name, accept_license=accept_license, parts=parts)
        return
    if parts:
        raise click.UsageError("--parts goes with --server; here, use `mgie models import FILE --parts ...`")
    model = published_model(name, sources)
    _agree(model, models_dir, accept_license)
    from mgie.editors.pull import pull_model

    manifest = _show_progress(
        pull_model(model, models_dir, hub_endpoint=hub, keep_downloads=keep_downloads, replace=replace)
    )
    click.echo(f"{name}: installed in {models_dir / name}, digest {manifest.digest[:12]}")


def _as_json(model: Model, folder: Path) -> dict[str, Any]:
    fields = asdict(model)
    del fields["state"], fields["is_default"]  # what a server knows
    return fields | {"name": model.id, "folder": str(folder)}


def _agree(model: PublishedModel, models_dir: Path, accept_license: bool) -> None:
    remembered = Remembered(models_dir)
    if remembered.has_accepted(model):
        return
    click.echo(f"{model.title}\n\n{model.terms}\n", err=True)
    if not accept_license:
        ask_for_acceptance(model.name)
    remembered.accept_license(model)


def _show_progress(steps: Generator[FetchEvent, None, Manifest]) -> Manifest:
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TimeRemainingColumn, TransferSpeedColumn

    from mgie.weights.fetch import Received

    columns = (
        "{task.description}",
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as progress:
        tasks: dict[str, Any] = {}

        def show(event: FetchEvent) -> None:
            if isinstance(event, Received):
                if event.file not in tasks:
                    tasks[event.file] = progress.add_task(event.file)
                progress.update(tasks[event.file], completed=event.num_bytes, total=event.total_bytes)
            else:
                progress.console.print(event.text, markup=False, highlight=False)

        return drain(steps, show)
