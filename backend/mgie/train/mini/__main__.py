"""mgie-mini from a folder of photographs: `python -m mgie.train.mini gpu --photos DIR --out DIR`.

`gpu` and `cpu` train it by the clock; `pack` makes photographs small enough to take along, `reader` trains a
model's reading of requests anew, `ship` writes a model as it is packaged. `baselines` trains it beside LGIE,
InsPix2Pix and FT, all with equal budgets.
"""

from __future__ import annotations

import logging
from pathlib import Path

import click
import torch

from mgie.model.presets import MINI
from mgie.synth.photos import save_small_pack
from mgie.train.config import StartConfig
from mgie.train.mini.baselines import BASELINES, Budget, train_baselines
from mgie.train.mini.by_clock import ByClock, fresh_start, grafted_start, train_by_clock
from mgie.train.mini.new_reader import renew_reader
from mgie.train.mini.reader_stage import ReaderTraining
from mgie.train.start import start
from mgie.weights.checkpoint import save_model

_FOLDER = click.Path(path_type=Path, file_okay=False)
_PHOTOS = click.Path(path_type=Path, file_okay=False, exists=True)
_PHOTOS_OR_PACK = click.Path(path_type=Path, exists=True)
_SMALL_PARTS = click.option(
    "--small-parts",
    type=click.FloatRange(0, 1, min_open=True),
    default=1.0,
    show_default=True,
    help="How much reader, masks and faults learn, which take no share of the minutes.",
)


@click.group()
@click.option("--threads", default=1, show_default=True, help="CPU threads.")
def main(threads: int) -> None:
    """Train mgie-mini, its baselines and its ablation."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    torch.set_num_threads(threads)


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
@click.argument("language")
@click.argument("painter")
@click.option(
    "--photos", type=_PHOTOS_OR_PACK, required=True, help="Folder of photographs, or what `pack` wrote."
)
@click.option("--out", type=_FOLDER, required=True, help="Working folder; NAME-mini are what comes out.")
@click.option(
    "--scale",
    type=click.FloatRange(0, min_open=True),
    default=1.0,
    show_default=True,
    help="All counts of the budget times this, alike for every painter.",
)
@click.option("--names", default=",".join(BASELINES), show_default=True, help="Which of them, by commas.")
def baselines(language: str, painter: str, photos: Path, out: Path, scale: float, names: str) -> None:
    """Painters that differ in what tells them what to do, trained equally; a stopped call goes on.

    LANGUAGE: a trained mgie-mini, whose half that reads is taken. PAINTER: a model whose autoencoder and UNet
    all of them begin with.
    """
    chosen = names.split(",")
    if unknown := set(chosen) - set(BASELINES):
        raise click.UsageError(f"{min(unknown)!r} is none of {', '.join(BASELINES)}")
    train_baselines(
        language, painter, photos, out, Budget().scaled(scale), [name for name in BASELINES if name in chosen]
    )


@main.command()
@click.option("--photos", type=_PHOTOS, required=True, help="Folder of photographs.")
@click.argument("result", type=click.Path(path_type=Path, dir_okay=False))
def pack(photos: Path, result: Path) -> None:
    """Write the squares that training sees into the small file RESULT (.zip), to take to another machine."""
    save_small_pack(photos, result, MINI.native_size_px)


@main.command()
@click.argument("model", type=_FOLDER)
@click.argument("result", type=_FOLDER)
@click.option("--encoder", type=_FOLDER, help="Published weights of the sentence encoder; else it has none.")
@click.option("--num-requests", default=ReaderTraining.num_requests, show_default=True, help="A round.")
@click.option("--num-rounds", default=ReaderTraining.num_rounds, show_default=True)
def reader(model: Path, result: Path, encoder: Path | None, num_requests: int, num_rounds: int) -> None:
    """Train the reader of MODEL anew, into the model folder RESULT; all else stays as it is."""
    config = ReaderTraining(num_requests=num_requests, num_rounds=num_rounds)
    for each in renew_reader(model, encoder, result, config):
        logging.getLogger(__name__).info("reader round=%d loss=%.4f accuracy=%.3f", *each)


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
        source="trained by this project on freely licensed photographs; its sentence encoder began as"
        " Google's Universal Sentence Encoder (lite); see MODEL_CARD.md",
        abilities=("recolours only: light, contrast, colours and looks, of the whole picture or of a part",),
        dtype=torch.float16,
        replace=True,
    )
    if text is not None:
        card.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
