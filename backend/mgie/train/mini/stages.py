"""The stages that make mgie-mini and its two baselines out of the folder that `mini prepare` wrote.

1. `train_language`    the language model alone learns to see and to write (L_ins); not for InsPix2Pix
2. `train_end_to_end`  everything together, at half size: L = L_ins + 2 L_edit
3. `train_painting`    edit head (or text encoder) and denoiser alone, at half size and then at full size

Every stage, and every phase of painting, ends in a model folder. A finished stage is kept, and a killed one
goes on from its newest checkpoint.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Literal, NamedTuple

from mgie.model.config_dict import config_from_dict
from mgie.model.networks import build_networks
from mgie.model.presets import MINI, MINI_INSPIX2PIX, MINI_LGIE
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

KINDS = {"mgie-mini": MINI, "lgie-mini": MINI_LGIE, "insp2p-mini": MINI_INSPIX2PIX}
PRESET = Path(__file__).parents[1] / "presets" / "mini.yaml"
HALF_SIZE, FULL_SIZE = 2, 1  # latents are averaged over squares of this side
FIRST_RATE, LATER_RATE = 1e-3, 6e-4  # of painting, and of painting on
NUM_WHITENING = 6000  # pairs whose visual tokens the edit head's start is made from
Conditioning = Literal["instruction", "expressive"]


@dataclass(frozen=True, kw_only=True)
class Budget:
    """How many pairs every stage sees; the same for every kind of model."""

    num_pairs: int = 40_000  # different ones
    language: int = 48_000
    end_to_end: int = 16_000
    half_size: int = 120_000
    full_size: int = 24_000

    def scaled(self, factor: float) -> Budget:
        """All counts times a factor, at least one batch."""
        counts = {field.name: getattr(self, field.name) for field in fields(self)}
        return Budget(**{name: max(64, round(count * factor)) for name, count in counts.items()})


class Phase(NamedTuple):
    """One stretch of painting."""

    num_samples: int  # pairs to see
    pooling: int  # HALF_SIZE or FULL_SIZE
    learning_rate: float  # the denoiser's highest


def train_kind(kind: str, begin: Path, out: Path, budget: Budget) -> Path:
    """All stages of one kind of model; returns its folder."""
    pairs = MiniPairs(begin / "pairs", budget.num_pairs)
    model = begin / kind
    first = Phase(budget.end_to_end, HALF_SIZE, FIRST_RATE)
    if KINDS[kind].language is None:
        model = train_painting(model, out / "end-to-end", pairs, [first])
    else:
        model = train_language(model, out / "language", pairs, budget.language)
        model = train_end_to_end(model, out / "end-to-end", pairs, budget.end_to_end)
    half, full = (
        Phase(budget.half_size, HALF_SIZE, FIRST_RATE),
        Phase(budget.full_size, FULL_SIZE, LATER_RATE),
    )
    return train_painting(model, out / kind, pairs, [half, full])


def train_ablation(arm: str, out: Path, budget: Budget) -> Path:
    """One arm of the ablation: as many painted pairs as the end-to-end stage of `train_kind` has.

    "without-l-ins": that stage without L_ins. "ft": InsPix2Pix fed the expressive instruction as text.
    """
    pairs = MiniPairs(out / "start" / "pairs", budget.num_pairs)
    result = out / "ablation" / arm
    if arm == "ft":
        model, phase = out / "start" / "insp2p-mini", Phase(budget.end_to_end, HALF_SIZE, FIRST_RATE)
        return train_painting(model, result, pairs, [phase], conditioning="expressive")
    model = out / "mgie-mini" / "language"
    return train_end_to_end(model, result, pairs, budget.end_to_end, instruction_weight=0.0)


def train_language(model: Path, out: Path, pairs: MiniPairs, num_samples: int) -> Path:
    """Teach the language model to describe picture and edit; nothing is painted yet."""
    config = _config(model, out.name, pairs, num_samples)
    rates = replace(config.learning_rates, edit_head=0.0, unet=0.0)
    config = replace(config, learning_rates=rates, objective=replace(config.objective, edit_weight=0.0))
    return _train(config, pairs, out, pooling=None)


def train_end_to_end(
    model: Path, out: Path, pairs: MiniPairs, num_samples: int, *, instruction_weight: float = 1.0
) -> Path:
    """Train everything together, from an edit head that attends to what the language model says.

    instruction_weight: 0 is the ablation without L_ins.
    """
    listening = whiten(model, out.with_name(f"{out.name}-start"), pairs)
    config = _config(listening, out.name, pairs, num_samples)
    objective = replace(config.objective, instruction_weight=instruction_weight)
    pictures = replace(config.pictures, size_px=config.pictures.size_px // HALF_SIZE)
    return _train(replace(config, objective=objective, pictures=pictures), pairs, out, pooling=HALF_SIZE)


def train_painting(
    model: Path,
    out: Path,
    pairs: MiniPairs,
    phases: Sequence[Phase],
    *,
    conditioning: Conditioning = "instruction",
    seed: int = 0,
) -> Path:
    """Train the denoiser and what conditions it, phase by phase; the language model stays as it is.

    conditioning: which text InsPix2Pix reads; "expressive" is the ablation FT.
    """
    if _is_finished(out):
        return out
    config = _config(model, out.name, pairs, phases[0].num_samples)
    config = replace(config, text=replace(config.text, conditioning=conditioning))
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
