"""mgie-mini from a folder of photographs: `python -m mgie.train.mini all --photos DIR --out DIR`.

`all` runs every stage for MGIE-mini and its two baselines with an equal budget and goes on where it was
killed. Its steps are commands of their own: `prepare`, `kind`, `ablation`. `gpu` and `cpu` train mgie-mini
alone by the clock; `pack` makes photographs small enough to take along. `focus` makes pairs to practise one
family of requests with, `more` trains a model's painting further, `ship` writes a model as it is packaged.
"""

from __future__ import annotations

import logging
from pathlib import Path

import click
import torch

from mgie.model.presets import MINI
from mgie.synth.operation import Family
from mgie.synth.photos import save_small_pack
from mgie.train.config import StartConfig
from mgie.train.mini.by_clock import ByClock, fresh_start, grafted_start, train_by_clock
from mgie.train.mini.pairs import MiniPairs
from mgie.train.mini.prepare import prepare as prepare_folder
from mgie.train.mini.prepare import prepare_pairs
from mgie.train.mini.stages import (
    FULL_SIZE,
    HALF_SIZE,
    KINDS,
    LATER_RATE,
    Budget,
    Phase,
    train_ablation,
    train_kind,
    train_painting,
)
from mgie.train.start import start
from mgie.weights.checkpoint import save_model

_FOLDER = click.Path(path_type=Path, file_okay=False)
_PHOTOS = click.Path(path_type=Path, file_okay=False, exists=True)
_PHOTOS_OR_PACK = click.Path(path_type=Path, exists=True)
_SCALE = click.option(
    "--scale",
    type=click.FloatRange(0, min_open=True),
    default=1.0,
    show_default=True,
    help="All counts of pairs and steps times this.",
)
_SMALL_PARTS = click.option(
    "--small-parts",
    type=click.FloatRange(0, 1, min_open=True),
    default=1.0,
    show_default=True,
    help="How much reader, masks and faults learn, which take no share of the minutes.",
)
_VAE_STEPS = 2200  # of the autoencoder, at scale 1


@click.group()
@click.option("--threads", default=1, show_default=True, help="CPU threads.")
def main(threads: int) -> None:
    """Train mgie-mini, its baselines and its ablation."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    torch.set_num_threads(threads)


@main.command("all")
@click.option("--photos", type=_PHOTOS, required=True, help="Folder of photographs.")
@click.option("--out", type=_FOLDER, required=True, help="Working folder; KIND/KIND is what comes out.")
@_SCALE
def run_all(photos: Path, out: Path, scale: float) -> None:
    """Every stage for every kind, with an equal budget."""
    budget = Budget().scaled(scale)
    prepare_folder(photos, out / "start", vae_steps=round(_VAE_STEPS * scale), num_pairs=budget.num_pairs)
    for name in KINDS:
        train_kind(name, out / "start", out / name, budget)


@main.command()
@click.option("--photos", type=_PHOTOS, required=True, help="Folder of photographs.")
@click.option("--out", type=_FOLDER, required=True, help="Working folder of `all`.")
@_SCALE
def prepare(photos: Path, out: Path, scale: float) -> None:
    """Pack the photographs, make vocabulary, autoencoder, models to start from, and the pairs."""
    num_pairs = Budget().scaled(scale).num_pairs
    prepare_folder(photos, out / "start", vae_steps=round(_VAE_STEPS * scale), num_pairs=num_pairs)


@main.command()
@click.option(
    "--photos", type=_PHOTOS_OR_PACK, required=True, help="Folder of photographs, or what `pack` wrote."
)
@click.option("--out", type=_FOLDER, required=True, help="Working folder; mgie-mini is what comes out.")
@click.option("--minutes", type=click.FloatRange(0, min_open=True), default=9.0, show_default=True)
@click.option("--workers", default=14, show_default=True, help="Processes that make the data.")
@click.option(
    "--batch-factor", default=8, show_default=True, help="Batches so many times as large as on a CPU."
)
@click.option("--num-pairs", default=ByClock.num_pairs, show_default=True, help="Most pairs to paint from.")
@_SMALL_PARTS
def gpu(
    photos: Path,
    out: Path,
    minutes: float,
    workers: int,
    batch_factor: int,
    num_pairs: int,
    small_parts: float,
) -> None:
    """Everything by the clock, from fresh weights; on a GPU where there is one."""
    plan = ByClock(
        minutes=minutes,
        num_workers=workers,
        batch_factor=batch_factor,
        num_pairs=num_pairs,
    )
    plan = plan.with_small_parts(small_parts)
    train_by_clock(fresh_start(photos, out, plan), out, plan)


@main.command()
@click.argument("language", type=_FOLDER)
@click.argument("painter", type=_FOLDER)
@click.option(
    "--photos", type=_PHOTOS_OR_PACK, required=True, help="Folder of photographs, or what `pack` wrote."
)
@click.option("--out", type=_FOLDER, required=True, help="Working folder; mgie-mini is what comes out.")
@click.option("--minutes", type=click.FloatRange(0, min_open=True), default=120.0, show_default=True)
@click.option("--num-pairs", default=12_000, show_default=True, help="Most pairs to paint from.")
@_SMALL_PARTS
def cpu(
    language: Path,
    painter: Path,
    photos: Path,
    out: Path,
    minutes: float,
    num_pairs: int,
    small_parts: float,
) -> None:
    """Everything by the clock on a CPU, from the halves of two models: LANGUAGE reads, PAINTER paints."""
    plan = ByClock(
        minutes=minutes,
        num_pairs=num_pairs,
        words=0.45,
    )
    plan = plan.with_small_parts(small_parts)
    train_by_clock(grafted_start(photos, out, language, painter), out, plan)


@main.command()
@click.option("--photos", type=_PHOTOS, required=True, help="Folder of photographs.")
@click.argument("result", type=click.Path(path_type=Path, dir_okay=False))
def pack(photos: Path, result: Path) -> None:
    """Write the squares that training sees into the small file RESULT (.zip), to take to another machine."""
    save_small_pack(photos, result, MINI.native_size_px)


@main.command()
@click.argument("name", type=click.Choice(sorted(KINDS)))
@click.option("--out", type=_FOLDER, required=True, help="Working folder, prepared.")
@_SCALE
def kind(name: str, out: Path, scale: float) -> None:
    """All stages of one kind of model."""
    train_kind(name, out / "start", out / name, Budget().scaled(scale))


@main.command()
@click.argument("arm", type=click.Choice(["without-l-ins", "ft"]))
@click.option("--out", type=_FOLDER, required=True, help="Working folder in which mgie-mini was trained.")
@_SCALE
def ablation(arm: str, out: Path, scale: float) -> None:
    """One arm of the ablation; E2E and FZ are the end-to-end stages of mgie-mini and insp2p-mini."""
    train_ablation(arm, out, Budget().scaled(scale))


@main.command()
@click.argument("family", type=click.Choice(["global", "look", "local", "repair"]))
@click.option("--out", type=_FOLDER, required=True, help="Working folder, prepared.")
@click.option("--num-pairs", type=click.IntRange(1), default=24_000, show_default=True)
@click.option("--seed", default=1, show_default=True, help="Which pairs are drawn.")
def focus(family: Family, out: Path, num_pairs: int, seed: int) -> None:
    """Make pairs to practise FAMILY with, for `more`: half of them are of this family."""
    prepare_pairs(out / "start", f"pairs-{family}", num_pairs, focus=family, seed=seed)


@main.command()
@click.argument("model", type=_FOLDER)
@click.argument("result", type=_FOLDER)
@click.option("--pairs", "folder", type=_FOLDER, required=True, help="Pairs of `prepare` or `focus`.")
@click.option("--num-pairs", type=click.IntRange(1), required=True, help="How many of them to use.")
@click.option("--half-size", type=click.IntRange(0), default=0, help="Pairs to see at half size, first.")
@click.option("--full-size", type=click.IntRange(0), default=0, help="Pairs to see at full size.")
@click.option("--learning-rate", default=LATER_RATE, show_default=True, help="Highest rate of the denoiser.")
@click.option("--seed", default=1, show_default=True, help="Of the order of pairs and the noise.")
def more(
    model: Path,
    result: Path,
    folder: Path,
    num_pairs: int,
    half_size: int,
    full_size: int,
    learning_rate: float,
    seed: int,
) -> None:
    """Train edit head and denoiser of MODEL further, into the model folder RESULT."""
    counts = {HALF_SIZE: half_size, FULL_SIZE: full_size}
    phases = [Phase(count, pooling, learning_rate) for pooling, count in counts.items() if count]
    if not phases:
        raise click.UsageError("nothing to train; give --half-size or --full-size")
    train_painting(model, result, MiniPairs(folder, num_pairs), phases, seed=seed)


@main.command()
@click.argument("model", type=_FOLDER)
@click.argument("result", type=_FOLDER)
def ship(model: Path, result: Path) -> None:
    """Write MODEL into the folder RESULT in half precision; a model card that lies there stays."""
    card = result / "MODEL_CARD.md"
    text = card.read_text(encoding="utf-8") if card.exists() else None
    started = start(StartConfig(model=str(model)), seed=0)
    save_model(
        result,
        started.config,
        started.networks,
        tokenizer_files=started.tokenizer_files,
        name=result.name,
        license="Apache-2.0",
        source="trained from scratch by this project on freely licensed photographs; see MODEL_CARD.md",
        abilities=("recolours only: light, contrast, colours and looks, of the whole picture or of a part",),
        dtype=torch.float16,
        replace=True,
    )
    if text is not None:
        card.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
