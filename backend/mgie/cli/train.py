"""`mgie train`: train a model, go on with a run, export what came out."""

from __future__ import annotations

import logging
from pathlib import Path

import click

from mgie.cli.train_config import changed_config, changes_option, find_config, presets_dir
from mgie.errors import BadOption

_FOLDER = click.Path(path_type=Path, file_okay=False)


@click.group(invoke_without_command=True)
@click.option("--config", "config_path", help="A YAML file, or the name of a shipped preset (see --presets).")
@click.option("--out", type=_FOLDER, help="Folder of the new run.")
@click.option("--resume", type=_FOLDER, help="Folder of a run to go on with, from its newest checkpoint.")
@changes_option
@click.option("--presets", is_flag=True, help="List the shipped presets, and where they are to copy from.")
@click.pass_context
def train(
    context: click.Context,
    config_path: str | None,
    out: Path | None,
    resume: Path | None,
    changes: tuple[str, ...],
    presets: bool,
) -> None:
    """Train or fine-tune MGIE, LGIE or InsPix2Pix.

    On several devices: `accelerate launch $(command -v mgie) train --config FILE --out DIR`.
    """
    if context.invoked_subcommand is not None:
        return
    if presets:
        for path in sorted(presets_dir().glob("*.yaml")):
            click.echo(f"{path.stem:24} {path.read_text(encoding='utf-8').splitlines()[0].lstrip('# ')}")
        click.echo(f"every field of them is explained in {presets_dir()}")
        return
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s %(message)s")
    from mgie.train.run import config_path_of, run

    if resume is not None:
        if config_path is not None or out is not None:
            raise BadOption("--resume takes everything from the run's folder; leave --config and --out away")
        run(changed_config(config_path_of(resume), changes), resume, resume=True)
        return
    if config_path is None or out is None:
        raise BadOption("give --config and --out for a new run, or --resume for an old one")
    run(changed_config(find_config(config_path), changes), out)


@train.command()
@click.argument("run_folder", type=_FOLDER)
@click.option("--out", type=_FOLDER, required=True, help="Folder to write.")
@click.option("--name", help="Name of the model.  [default: the configuration's]")
@click.option("--step", type=int, help="Which checkpoint.  [default: the newest]")
@click.option(
    "--average", is_flag=True, help="The averaged weights (optimizer.ema_decay) instead of the last."
)
@click.option("--published", is_flag=True, help="mllm.pt and unet.pt, as ml-mgie publishes them.")
@click.option(
    "--dtype", type=click.Choice(["float32", "float16", "bfloat16"]), help="Of the written weights."
)
@click.option("--license", help="Licence of the weights.  [default: that of the start]")
@click.option(
    "--max-shard-mb", type=click.IntRange(1), default=2048, show_default=True, help="Largest file, MB."
)
def export(
    run_folder: Path,
    out: Path,
    name: str | None,
    step: int | None,
    average: bool,
    published: bool,
    dtype: str | None,
    license: str | None,
    max_shard_mb: int,
) -> None:
    """Write the model of a run: a folder that `mgie edit --model` loads, or the published files."""
    import torch

    from mgie.train.export import export_model, export_published, trained_model
    from mgie.train.run import run_config

    config = run_config(run_folder)
    started = trained_model(config, run_folder, step=step, average=average)
    chosen: torch.dtype | None = getattr(torch, dtype) if dtype else None
    if published:
        export_published(started.networks, out, dtype=chosen or torch.float16)
    else:
        export_model(
            started,
            out,
            name=name or config.name,
            license=license,
            dtype=chosen,
            max_shard_bytes=max_shard_mb * 2**20,
        )
    click.echo(f"written: {out}")
