"""Which weights move: those with a rate, and only where a loss reaches them."""

from __future__ import annotations

import pytest
from accelerate import Accelerator

from mgie.errors import BadOption
from mgie.train.config import LearningRates, ObjectiveConfig
from mgie.train.data.examples import Collator, Drawn
from mgie.train.data.noise import draw
from mgie.train.engine.param_groups import parameter_groups, trained
from mgie.train.engine.session import Session
from mgie.train.start import example_maker
from support import fake_datasets
from support.tiny import tiny_networks
from support.tiny_training import tiny_config, tiny_start


def test_a_part_that_no_loss_reaches_is_refused() -> None:
    with pytest.raises(BadOption, match="no such part"):
        parameter_groups(tiny_networks("insp2p"), tiny_config())
    with pytest.raises(BadOption, match="edit_weight is 0"):
        parameter_groups(tiny_networks(), tiny_config(objective=ObjectiveConfig(edit_weight=0)))


def test_every_weight_of_a_trained_tower_gets_a_gradient() -> None:
    """Layers behind the one that is read are left out; DDP would wait for them for ever."""
    rates = LearningRates(vision_tower=1e-4, projector=1e-4, language_model=1e-4)
    config = tiny_config(learning_rates=rates)
    started = tiny_start()
    maker = example_maker(started, config)
    session = Session(started.networks, config, Accelerator(cpu=True))
    example = maker(fake_datasets.pairs(1)[0])
    losses = session.model(Collator(maker)([Drawn(example, draw(0, 0, maker.latent_shape, 1000), ())]))
    (losses.instruction + losses.edit).backward()
    assert [name for name, weight in trained(session.model) if weight.grad is None] == []
