"""`mgie models`: which models are here; check, import, pull, load and unload them."""

from __future__ import annotations

import json
import sys
from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mgie.cli.models_server import load_model, show_model, unload_model
from mgie.errors import LicenseNotAccepted, MgieError
from mgie.model.generators import drain
from mgie.weights.installed import InstalledModel, default_models_dir, find_model, installed_models
from mgie.weights.manifest import Manifest, ModelFile, verify
from mgie.weights.pull_state import Remembered
from mgie.weights.sources import SOURCES_PATH, PublishedModel, published_model, published_models

if TYPE_CHECKING:  # both load torch
    from mgie.weights.fetch import FetchEvent
    from mgie.weights.source_layouts import InsPix2PixFiles, MgieFiles

_folder = click.Path(exists=True, file_okay=False, path_type=Path)
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


for _command in (show_model, load_model, unload_model):
    models.add_command(_command)


@models.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON array instead of text.")
@click.pass_obj
def list_models(models_dir: Path, as_json: bool) -> None:
    """Show the installed models and those that can be pulled."""
    installed = installed_models(models_dir)
    if as_json:
        click.echo(json.dumps([_as_json(model) for model in installed], indent=2))
        return
    for model in installed:
        click.echo(_as_line(model))
    names = {model.name for model in installed}
    for published in published_models():
        if published.name not in names:
            size = published.installed_bytes / 1e9
            click.echo(
                f"{published.name:18} not installed, {size:.1f} GB; `mgie models pull {published.name}`"
            )


@models.command("verify")
@click.argument("names", nargs=-1)
@click.pass_obj
def verify_models(models_dir: Path, names: tuple[str, ...]) -> None:
    """Check every byte of the named models, or of all, against their manifests."""
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


@models.command("import")
@click.option("--name", required=True, help="What the model will be called, e.g. mgie-7b.")
@click.option("--llava", type=_folder, help="LLaVA-7B-v1 folder (weights, config, tokenizer; no delta).")
@click.option("--mllm", type=_file, help="mllm.pt as published with ml-mgie.")
@click.option("--unet", type=_file, help="unet.pt as published with ml-mgie.")
@click.option(
    "--diffusion", type=_folder, help="instruct-pix2pix or Stable Diffusion 1.5 folder (for its vae)."
)
@click.option("--clip", type=_folder, help="clip-vit-large-patch14 folder.")
@click.option(
    "--insp2p", type=_folder, help="Instead of all these: an instruct-pix2pix folder, as a baseline."
)
@click.option("--preset", help="Shape of the model.  [default: MGIE_7B, or INSPIX2PIX with --insp2p]")
@click.option("--license", help="Licence to note.  [default: that of the published model]")
@click.option("--replace", is_flag=True, help="Replace an installed model of this name.")
@click.pass_obj
def import_published(
    models_dir: Path,
    name: str,
    insp2p: Path | None,
    preset: str | None,
    license: str | None,
    replace: bool,
    **parts: Path | None,
) -> None:
    """Convert published checkpoint files, once, to a folder that loads by memory map."""
    files = _published_files(insp2p, parts)
    click.echo("reading the published files ...", err=True)
    from mgie.model.presets import preset_named
    from mgie.weights.convert import import_model

    published = published_model("instruct-pix2pix" if insp2p else "mgie-7b")
    writing = import_model(
        files,
        models_dir / name,
        preset_named(preset or published.preset),
        name=name,
        license=license or published.license,
        source="imported from " + ", ".join(path.name for path in [insp2p, *parts.values()] if path),
        replace=replace,
    )
    manifest = _show_files(writing)
    click.echo(
        f"{name}: {manifest.num_bytes / 1e9:.2f} GB in {models_dir / name}, digest {manifest.digest[:12]}"
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
@click.pass_obj
def pull(
    models_dir: Path, name: str, accept_license: bool, hub: str | None, sources: Path, **choices: bool
) -> None:
    """Fetch a published model (see `mgie models list`) and convert it."""
    model = published_model(name, sources)
    _agree(model, models_dir, accept_license)
    from mgie.weights.pull import pull_model

    manifest = _show_progress(pull_model(model, models_dir, hub_endpoint=hub, **choices))
    click.echo(f"{name}: installed in {models_dir / name}, digest {manifest.digest[:12]}")


def _as_line(model: InstalledModel) -> str:
    if model.manifest is None:
        return f"{model.name:18} broken: {model.problem}"
    where = "shipped" if model.is_shipped else str(model.folder)
    size = model.manifest.num_bytes / 1e9
    return f"{model.name:18} {model.manifest.kind:6} {size:6.2f} GB  {model.manifest.license}  ({where})"


def _as_json(model: InstalledModel) -> dict[str, Any]:
    fields: dict[str, Any] = {"name": model.name, "folder": str(model.folder), "is_shipped": model.is_shipped}
    if model.manifest is None:
        return fields | {"problem": model.problem}
    manifest = model.manifest
    return fields | {
        "kind": manifest.kind,
        "license": manifest.license,
        "source": manifest.source,
        "bytes": manifest.num_bytes,
        "digest": manifest.digest,
        "metrics": dict(manifest.metrics),
    }


def _published_files(insp2p: Path | None, parts: dict[str, Path | None]) -> MgieFiles | InsPix2PixFiles:
    given = {name: path for name, path in parts.items() if path is not None}
    if insp2p is not None and given:
        raise click.UsageError("--insp2p stands alone, without --" + ", --".join(given))
    missing = [name for name in parts if name not in given]
    if insp2p is None and missing:
        raise click.UsageError("missing --" + ", --".join(missing))
    from mgie.weights.source_layouts import InsPix2PixFiles, MgieFiles

    return MgieFiles(**given) if insp2p is None else InsPix2PixFiles(folder=insp2p)


def _agree(model: PublishedModel, models_dir: Path, accept_license: bool) -> None:
    remembered = Remembered(models_dir)
    if remembered.has_accepted(model):
        return
    click.echo(f"{model.title}\n\n{model.terms}\n", err=True)
    if not accept_license and sys.stdin.isatty():
        accept_license = click.confirm("Do you accept these terms?", err=True)
    if not accept_license:
        raise LicenseNotAccepted(f"{model.name} is not pulled; accept its terms with --accept-license")
    remembered.accept_license(model)


def _show_files(writing: Generator[ModelFile, None, Manifest]) -> Manifest:
    return drain(
        writing, lambda file: click.echo(f"  wrote {file.path} ({file.num_bytes / 1e6:.0f} MB)", err=True)
    )


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
