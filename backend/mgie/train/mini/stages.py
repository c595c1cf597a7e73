"""Stages of training in counted pairs, which equal arms of a comparison pass.

`train_language`  the language model alone learns to see and to write (L_ins)
`whiten`          a fresh edit head that tells requests apart
`train_painting`  edit head and denoiser alone, phase by phase

Every stage, and every phase of painting, ends in a model folder. A finished stage is kept, and a killed one
goes on from its newest checkpoint.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from mgie.model.config_dict import config_from_dict
from mgie.model.networks import build_networks
from mgie.train.config import StartConfig, TrainConfig, load_config
from mgie.train.data.open import open_sources
from mgie.train.engine.launch import make_accelerator
from mgie.train.engine.loop import Training, train
from mgie.train.engine.session import Session
from mgie.train.export import export_model, trained_model
from mgie.train.mini.denoiser_stage import DenoiserConfig, keep_pairs, train_denoiser
from mgie.train.mini.edit_head_start import start_whitened
from mgie.train.mini.pairs import KindExamples, MiniPairs
from mgie.train.run import write_config
from mgie.train.start import Started, example_maker, open_tokenizer, start
from mgie.weights.manifest import MANIFEST_NAME, read_manifest

log = logging.getLogger(__name__)

PRESET = Path(__file__).parents[1] / "presets" / "mini.yaml"
HALF_SIZE, FULL_SIZE = 2, 1  # latents are averaged over squares of this side
FIRST_RATE, LATER_RATE = 1e-3, 6e-4  # of painting, and of painting on
NUM_WHITENING = 6000  # pairs whose visual tokens the edit head's start is made from


class Phase(NamedTuple):
    """One stretch of painting."""

    num_samples: int  # pairs to see
    pooling: int  # HALF_SIZE or FULL_SIZE
    learning_rate: float  # the denoiser's highest


def train_language(model: Path, out: Path, pairs: MiniPairs, num_samples: int) -> Path:
    """Teach the language model to describe picture and edit; nothing is painted yet."""
    config = _config(model, out.name, pairs, num_samples)
    rates = replace(config.learning_rates, edit_head=0.0, unet=0.0)
    config = replace(config, learning_rates=rates, objective=replace(config.objective, edit_weight=0.0))
    return _train(config, pairs, out, pooling=None)


def train_painting(
    model: Path,
    out: Path,
    pairs: MiniPairs,
    phases: Sequence[Phase],
    *,
    seed: int = 0,
) -> Path:
    """Train the denoiser and what conditions it, phase by phase; the language model stays as it is."""
    if _is_finished(out):
        return out
    config = _config(model, out.name, pairs, phases[0].num_samples)
    started = start(config.start, seed=seed)
    kept = keep_pairs(started.networks, example_maker(started, config), pairs)
    accelerator = make_accelerator(config.run)
    for number, phase in enumerate(phases, 1):
        stage = DenoiserConfig(
            num_steps=-(-phase.num_samples // config.run.batch_size),
            batch_size=config.run.batch_size,
            pooling=phase.pooling,
            learning_rate=phase.learning_rate,
            seed=seed + number,
        )
        checkpoints = _run_folder(out) / f"phase-{number}"
        for step in train_denoiser(started.networks, kept, stage, accelerator, checkpoints):
            if step.step % config.run.log_every == 0:
                log.info("%s phase=%d step=%d edit_loss=%.4f copy_loss=%.4f", out.name, number, *step)
        painted = out if number == len(phases) else out.with_name(f"{out.name}-phase-{number}")
        if not _is_finished(painted):
            _export(started, painted)
    return out


def _config(model: Path, name: str, pairs: MiniPairs, num_samples: int) -> TrainConfig:
    """The shipped configuration with another start and length, and rates for the parts that are there."""
    config = load_config(PRESET)
    kind = config_from_dict(read_manifest(model).config)
    absent = {"vision_tower", "projector"} if kind.vision is None else set[str]()
    if kind.language is None:
        absent |= {"embeddings", "language_model", "edit_head"}
    rates = replace(config.learning_rates, **dict.fromkeys(absent, 0.0))
    return replace(
        config,
        name=name,
        start=StartConfig(model=str(model)),
        data=(replace(config.data[0], path=str(pairs.folder.parent / "photos.npz")),),
        learning_rates=rates,
        run=replace(config.run, num_steps=-(-num_samples // config.run.batch_size)),
    )


def _train(config: TrainConfig, pairs: MiniPairs, out: Path, *, pooling: int | None) -> Path:
    """One run of the training loop, and the model folder of its averaged weights."""
    if _is_finished(out):
        return out
    run = _run_folder(out)
    run.mkdir(parents=True, exist_ok=True)
    write_config(config, run / "config.yaml")
    started = start(config.start, seed=config.run.seed)
    maker = example_maker(started, config)
    session = Session(started.networks, config, make_accelerator(config.run))
    train(
        Training(
            config=config,
            session=session,
            examples=KindExamples(pairs, maker, pooling=pooling),
            source=open_sources(config.data),
            maker=maker,
            tokenizer=open_tokenizer(started),
            folder=run,
        )
    )
    return _export(trained_model(config, run, average=True), out)


def whiten(model: Path, out: Path, pairs: MiniPairs) -> Path:
    """A copy of the model with a fresh edit head that tells requests apart."""
    if _is_finished(out):
        return out
    config = _config(model, out.name, pairs, NUM_WHITENING)
    started = start(config.start, seed=config.run.seed)
    networks = started.networks
    states = keep_pairs(networks, example_maker(started, config), pairs.first(NUM_WHITENING)).conditions
    networks.edit_head = build_networks(started.config, seed=config.run.seed).edit_head
    assert networks.edit_head is not None
    assert networks.emb is not None
    assert states is not None
    start_whitened(networks.edit_head, states, networks.emb, seed=config.run.seed)
    return _export(started, out)


def _run_folder(out: Path) -> Path:
    """Where the checkpoints of the stage that ends in `out` lie."""
    return out.with_name(f"{out.name}-run")


def _is_finished(folder: Path) -> bool:
    return (folder / MANIFEST_NAME).is_file()


def _export(started: Started, out: Path) -> Path:
    export_model(started, out, name=out.name)
    log.info("written %s", out)
    return out
