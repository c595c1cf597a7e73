"""Eight pairs are learned by heart: pictures and texts, through the whole data path and the real editor."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from accelerate import Accelerator

from mgie.train.config import (
    DataConfig,
    LearningRates,
    ObjectiveConfig,
    OptimizerConfig,
    PicturesConfig,
    RunConfig,
    StartConfig,
    TrainConfig,
)
from mgie.train.data.examples import Collator, Drawn, MadeExamples
from mgie.train.data.noise import draw
from mgie.train.engine.loop import Training, batches_per_step, train_step
from mgie.train.engine.samples import sample_pairs
from mgie.train.engine.session import Session
from mgie.train.start import Started, example_maker, open_tokenizer
from support import fake_datasets
from support.tiny import TOKENIZER_FILE
from support.tiny_training import small_networks

NUM_PAIRS = 8
NUM_STEPS = 180
RATE = 4e-3


def _config() -> TrainConfig:
    return TrainConfig(
        name="overfit",
        start=StartConfig(preset="tiny", tokenizer=str(TOKENIZER_FILE)),
        data=(DataConfig(layout="evr", path="in memory"),),
        pictures=PicturesConfig(size_px=32, intermediate_px=None),
        objective=ObjectiveConfig(edit_weight=1.0, drop_text=0, drop_both=0, drop_image=0),
        learning_rates=LearningRates(
            embeddings=RATE, edit_head=RATE / 4, unet=RATE, language_model=RATE, projector=RATE
        ),
        optimizer=OptimizerConfig(warmup_fraction=0.05),
        run=RunConfig(num_steps=NUM_STEPS, batch_size=NUM_PAIRS, num_workers=0, sample_steps=2),
    )


@pytest.mark.slow
def test_eight_pairs_are_learned_by_heart(tmp_path: Path) -> None:
    config, source = _config(), fake_datasets.pairs(NUM_PAIRS)
    started = Started(networks=small_networks(), tokenizer_files=(TOKENIZER_FILE,), license="", source="")
    session, maker = Session(started.networks, config, Accelerator(cpu=True)), example_maker(started, config)
    tokenizer = open_tokenizer(started)
    training = Training(
        config=config,
        session=session,
        examples=MadeExamples(source, maker),
        source=source,
        maker=maker,
        tokenizer=tokenizer,
        folder=tmp_path,
    )

    @torch.no_grad()
    def edit_loss() -> float:
        """Mean over the pairs with draws that training never sees."""
        examples = [maker(source[i % NUM_PAIRS]) for i in range(4 * NUM_PAIRS)]
        drawn = [
            Drawn(example, draw(9, i, maker.latent_shape, 1000), ()) for i, example in enumerate(examples)
        ]
        losses = session.model(Collator(maker)(drawn))
        return float(losses.edit / losses.num_samples)

    before = edit_loss()
    for step, batches in enumerate(batches_per_step(training, 0)):
        train_step(session, batches, config, step)
    assert edit_loss() < 0.1 * before
    samples = sample_pairs(session, tokenizer, [source[i] for i in range(NUM_PAIRS)], config)
    assert [sample.written for sample in samples] == [sample.target for sample in samples]
    assert len({sample.target for sample in samples}) > 1
