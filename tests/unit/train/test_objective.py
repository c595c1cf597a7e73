"""The objective and its ablations: what each loss moves, and what is left alone."""

from __future__ import annotations

import torch
from accelerate import Accelerator

from mgie.model.networks import Networks
from mgie.train.config import LearningRates, ObjectiveConfig, OptimizerConfig, TrainConfig
from mgie.train.data.batch import Batch
from mgie.train.data.examples import Collator, Drawn
from mgie.train.data.noise import draw
from mgie.train.engine.loop import StepResult, train_step
from mgie.train.engine.objective import shift_timesteps
from mgie.train.engine.session import Session
from mgie.train.start import example_maker
from support import fake_datasets
from support.tiny import tiny_networks
from support.tiny_training import tiny_config, tiny_start

_MOVING = OptimizerConfig(warmup_fraction=0, schedule="constant")  # the very first step has its full rate


def _batch(config: TrainConfig) -> Batch:
    maker = example_maker(tiny_start(), config)
    pairs = fake_datasets.pairs(2)
    drawn = [Drawn(maker(pairs[i]), draw(0, i, maker.latent_shape, 1000), ()) for i in range(2)]
    return Collator(maker)(drawn)


def _step(config: TrainConfig) -> tuple[StepResult, Networks]:
    session = Session(tiny_start().networks, config, Accelerator(cpu=True))
    return train_step(session, [_batch(config)], config, 0), session.networks


def _moved(networks: Networks) -> set[str]:
    """The parts of which any weight changed in training."""
    before = tiny_networks()
    names = [name for name, weight in networks.named_parameters()]
    changed = [n for n in names if not torch.equal(networks.get_parameter(n), before.get_parameter(n))]
    return {name.removeprefix("language_model.").split(".")[0] for name in changed}


def test_the_loss_is_the_weighted_sum_and_moves_what_has_a_rate() -> None:
    result, networks = _step(tiny_config(optimizer=_MOVING))
    assert torch.isclose(result.loss, result.instruction_loss + 0.5 * result.edit_loss)
    assert _moved(networks) == {"model", "lm_head", "edit_head", "unet"}


def test_without_l_ins_nothing_reaches_the_language_model_head() -> None:
    config = tiny_config(optimizer=_MOVING, objective=ObjectiveConfig(instruction_weight=0))
    result, networks = _step(config)
    assert torch.isclose(result.loss, 0.5 * result.edit_loss)
    assert _moved(networks) == {"model", "edit_head", "unet"}  # of the model, the word embeddings


def test_the_writer_of_fz_learns_words_alone() -> None:
    config = tiny_config(
        optimizer=_MOVING,
        objective=ObjectiveConfig(edit_weight=0),
        learning_rates=LearningRates(edit_head=0, unet=0),
    )
    result, networks = _step(config)
    assert float(result.edit_loss) == 0
    assert torch.equal(result.loss, result.instruction_loss)
    assert _moved(networks) == {"model", "lm_head"}


def test_shifted_timesteps_keep_their_order_and_range() -> None:
    even = torch.arange(1000)
    assert torch.equal(shift_timesteps(even, 1.0, 1000), even)
    shifted = shift_timesteps(even, 16.0, 1000)
    assert (int(shifted[0]), int(shifted[-1])) == (7, 999)
    assert (shifted.diff() >= 0).all()
    assert float(shifted.double().mean()) > 800
