"""`mgie models import`: files and folders that somebody has, converted once to a model folder."""

from __future__ import annotations

import sys
from collections.abc import Generator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mgie.cli.server_options import remote_options, take_choice
from mgie.editors.source_folder import pipeline_of
from mgie.editors.table import KINDS, kind_named
from mgie.errors import DiskFull
from mgie.model.generators import drain
from mgie.weights.disk import free_bytes
from mgie.weights.manifest import Manifest, ModelFile
from mgie.weights.sources import published_models

if TYPE_CHECKING:  # loads torch
    from mgie.weights.convert import ImportCost
    from mgie.weights.source_layouts import MgieFiles

_folder = click.Path(exists=True, file_okay=False, path_type=Path)
_file = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("import")
@click.argument("file", type=_file, required=False)
@click.option("--name", help="What the model will be called, e.g. mgie-7b.  [default: that of FILE]")
@click.option(
    "--parts",
    default="",
    help="With FILE: where autoencoder, text encoders and tokenizers come from; an installed model or the "
    "folder of the repository.  [default: what the installed models of the kind share]",
)
@click.option("--llava", type=_folder, help="LLaVA-7B-v1 folder (weights, config, tokenizer; no delta).")
@click.option("--mllm", type=_file, help="mllm.pt as published with ml-mgie.")
@click.option("--unet", type=_file, help="unet.pt as published with ml-mgie.")
@click.option(
    "--diffusion", type=_folder, help="instruct-pix2pix or Stable Diffusion 1.5 folder (for its vae)."
)
@click.option("--clip", type=_folder, help="clip-vit-large-patch14 folder.")
@click.option(
    "--folder", type=_folder, help="Instead of all these: a published folder as its repository has it."
)
@click.option(
    "--kind", type=click.Choice(list(KINDS)), default="mgie", show_default=True, help="Kind of editor."
)
@click.option("--preset", help="Shape of the model.  [default: that of the published model of this kind]")
@click.option("--license", help="Licence to note.  [default: that of the published model of this kind]")
@click.option("--replace", is_flag=True, help="Replace an installed model of this name.")
@click.option("--yes", is_flag=True, help="Begin without asking whether disk and memory are at hand.")
@remote_options
@click.pass_obj
def import_published(
    models_dir: Path,
    file: Path | None,
    name: str | None,
    parts: str,
    folder: Path | None,
    kind: str,
    preset: str | None,
    license: str | None,
    replace: bool,
    yes: bool,
    **options: Any,
) -> None:
    """Convert published files, once, to a folder that loads by memory map.

    FILE: a .safetensors or .gguf file with the transformer of a FLUX.1 Kontext, FLUX.2 Klein or
    Qwen-Image-Edit.
    """
    if take_choice(options).server:
        raise click.UsageError(
            "files of this machine cannot be imported on another one: run this command there, or put the "
            "folder or file into `imports` in that server's state folder and run `mgie models pull NAME "
            "--server ...`"
        )
    pieces: dict[str, Path | None] = {
        part: options[part] for part in ("llava", "mllm", "unet", "diffusion", "clip")
    }
    if file is not None:
        if folder is not None or any(pieces.values()):
            raise click.UsageError("FILE stands alone: give other parts with --parts")
        _import_file(models_dir, file, name or file.stem.lower(), parts, license, replace=replace, yes=yes)
        return
    if name is None:
        raise click.UsageError("missing --name")
    _check_parts(folder, kind, pieces)
    click.echo("reading the published files ...", err=True)
    published = next((model for model in published_models() if model.kind == kind), None)
    if published is None and license is None:
        raise click.UsageError(f"name the --license of this {kind}; no model of the kind is listed")
    config = _config(
        kind, preset or (published.preset if published else None), folder, is_chosen=bool(preset)
    )
    _convert(
        kind_named(kind).source_files(folder, config) if folder else _mgie_files(pieces),
        config,
        models_dir,
        yes=yes,
        name=name,
        license=license or (published.license if published else ""),
        source="imported from " + ", ".join(path.name for path in [folder, *pieces.values()] if path),
        abilities=published.abilities if published else (),
        replace=replace,
    )


def show_files(writing: Generator[ModelFile, None, Manifest]) -> Manifest:
    """Print each file as it is written."""
    return drain(
        writing, lambda file: click.echo(f"  wrote {file.path} ({file.num_bytes / 1e6:.0f} MB)", err=True)
    )


def _import_file(
    models_dir: Path, file: Path, name: str, chosen: str, license: str | None, *, replace: bool, yes: bool
) -> None:
    from mgie.editors.single_file import OtherParts, SingleFile, files_of

    found = SingleFile.read(file)
    parts = OtherParts.find(found, chosen, models_dir)
    click.echo(
        f"{file.name} holds the transformer of a {found.layout.title}; the rest comes from {parts.folder}",
        err=True,
    )
    _convert(
        files_of(found, parts),
        parts.config,
        models_dir,
        yes=yes,
        name=name,
        license=license or parts.license,
        source=f"imported from {file.name} and {parts.folder.name}",
        replace=replace,
    )


def _convert(files: Any, config: Any, models_dir: Path, *, yes: bool, name: str, **about: Any) -> None:
    """Say what it needs, ask, and do it."""
    from mgie.weights.convert import import_cost, import_model

    _agree_to(import_cost(files, config), models_dir, yes=yes)
    manifest = show_files(import_model(files, models_dir / name, config, name=name, **about))
    click.echo(
        f"{name}: {manifest.num_bytes / 1e9:.2f} GB in {models_dir / name}, digest {manifest.digest[:12]}"
    )


def _agree_to(cost: ImportCost, models_dir: Path, *, yes: bool) -> None:
    """Ask a person at a terminal; scripts go on. Raises DiskFull where it cannot end well."""
    free = free_bytes(models_dir)
    click.echo(f"needs {cost}; free in {models_dir} are {free / 1e9:.1f} GB", err=True)
    if cost.disk_bytes > free:
        raise DiskFull(f"{models_dir} lacks {(cost.disk_bytes - free) / 1e9:.1f} GB; make room and try again")
    if not yes and sys.stdin.isatty():
        click.confirm("Begin?", default=True, abort=True, err=True)


def _config(kind: str, preset: str | None, folder: Path | None, *, is_chosen: bool) -> Any:
    """The preset, or what the folder itself says where none was chosen."""
    chosen = kind_named(kind)
    config = chosen.preset_named(preset or next(iter(chosen.presets)))
    if folder is None or is_chosen:
        return config
    return chosen.fit_to_folder(chosen.preset_of(pipeline_of(folder)) or config, folder)


def _check_parts(folder: Path | None, kind: str, parts: Mapping[str, Path | None]) -> None:
    given = [name for name, path in parts.items() if path is not None]
    if folder is not None and given:
        raise click.UsageError("--folder stands alone, without --" + ", --".join(given))
    if folder is None and kind != "mgie":
        raise click.UsageError(f"a model of kind {kind} is imported from its --folder")
    missing = [name for name in parts if name not in given]
    if folder is None and missing:
        raise click.UsageError("missing --" + ", --".join(missing))


def _mgie_files(parts: Mapping[str, Path | None]) -> MgieFiles:
    from mgie.weights.source_layouts import MgieFiles

    return MgieFiles(**{name: path for name, path in parts.items() if path is not None})
