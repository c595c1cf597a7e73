"""What moves while training: precision and memory change the numbers only as far as they must."""

from __future__ import annotations

from dataclasses import replace

import pytest
from accelerate import Accelerator

from mgie.train.data.examples import Collator, Drawn, MadeExamples
from mgie.train.data.noise import draw
from mgie.train.engine.loop import train_step
from mgie.train.engine.session import Session
from mgie.train.start import example_maker
from support import fake_datasets
from support.accelerate_state import forget_accelerate
from support.tiny_training import tiny_config, tiny_start


def test_half_precision_and_checkpointing_train_the_same_weights() -> None:
    plain = tiny_config()
    frugal = replace(plain, run=replace(plain.run, precision="bf16", gradient_checkpointing=True))
    results: list[float] = []
    for config in (plain, frugal):
        started = tiny_start()
        maker = example_maker(started, config)
        mixed = {"fp32": "no", "bf16": "bf16"}[config.run.precision]
        session = Session(started.networks, config, Accelerator(cpu=True, mixed_precision=mixed))
        examples = MadeExamples(fake_datasets.pairs(2), maker)
        drawn = [Drawn(examples[i], draw(0, i, maker.latent_shape, 1000), ()) for i in range(2)]
        results.append(float(train_step(session, [Collator(maker)(drawn)], config, 0).loss))
        forget_accelerate()
    assert results[1] == pytest.approx(results[0], rel=0.05)
