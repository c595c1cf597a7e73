"""mgie-mini from a folder of photographs: `python -m mgie.train.mini all --photos DIR --out DIR`.

`all` runs every stage for MGIE-mini and its two baselines with an equal budget and goes on where it was
killed. Its steps are commands of their own: `prepare`, `kind`, `ablation`; `more` trains a model's painting
further, and `ship` writes one as it goes into the package.
"""

from __future__ import annotations

import logging
from pathlib import Path

import click
import torch

from mgie.model.checkpoint import save_model
from mgie.train.config import StartConfig
from mgie.train.mini_pairs import MiniPairs
from mgie.train.mini_prepare import prepare as prepare_folder
from mgie.train.mini_stages import (
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

_FOLDER = click.Path(path_type=Path, file_okay=False)
_PHOTOS = click.Path(path_type=Path, file_okay=False, exists=True)
_SCALE = click.option(
    "--scale",
    type=click.FloatRange(0, min_open=True),
    default=1.0,
    show_default=True,
    help="All counts of pairs and steps times this.",
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
@click.option("--out", type=_FOLDER, required=True, help="Working folder; models/KIND is what comes out.")
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
@click.argument("model", type=_FOLDER)
@click.argument("result", type=_FOLDER)
@click.option("--out", type=_FOLDER, required=True, help="Working folder, prepared.")
@click.option("--samples", type=click.IntRange(1), required=True, help="Pairs to see.")
@click.option("--full-size", is_flag=True, help="Latents as they are instead of averaged.")
@click.option("--learning-rate", default=LATER_RATE, show_default=True, help="Highest rate of the denoiser.")
@click.option("--seed", default=1, show_default=True, help="Of the order of pairs and the noise.")
@_SCALE
def more(
    model: Path,
    result: Path,
    out: Path,
    samples: int,
    full_size: bool,
    learning_rate: float,
    seed: int,
    scale: float,
) -> None:
    """Train edit head and denoiser of MODEL further, into the model folder RESULT."""
    pairs = MiniPairs(out / "start" / "pairs", Budget().scaled(scale).num_pairs)
    phase = Phase(samples, FULL_SIZE if full_size else HALF_SIZE, learning_rate)
    train_painting(model, result, pairs, [phase], seed=seed)


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
        dtype=torch.float16,
        replace=True,
    )
    if text is not None:
        card.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
