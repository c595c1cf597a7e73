"""The objective against the published implementation: the same batch, losses, gradients, one AdamW step.

Runs on every case of `train/train.json`; MGIE_PARITY_PACK points to another pack of the same layout.
"""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import pytest
import torch
from accelerate import Accelerator

from mgie.model.networks import Networks
from mgie.train.config import (
    DataConfig,
    LearningRates,
    OptimizerConfig,
    PicturesConfig,
    RunConfig,
    StartConfig,
    TextConfig,
    TrainConfig,
)
from mgie.train.data.batch import Batch
from mgie.train.data.examples import Collator, Drawn, Pixels
from mgie.train.data.frozen import latents
from mgie.train.data.noise import Draws
from mgie.train.data.open import open_source
from mgie.train.engine.loop import train_step
from mgie.train.engine.objective import Losses, Objective
from mgie.train.engine.session import Session
from mgie.train.start import Started, example_maker, open_tokenizer
from support.parity_weights import PACK
from support.tiny import tiny_networks

TRAIN = PACK / "train"
TOKENIZER_FILE = PACK / "tokenizer" / "tokenizer.model"
FACTS: dict[str, Any] = json.loads((TRAIN / "train.json").read_text())
CASES = {case["name"]: case for case in FACTS["cases"]}
DATA = DataConfig(
    layout="mgie-tsv", path=str(TRAIN), split="task", expressive=str(TRAIN / "ipr2pr_expressive.json")
)
CONFIG = TrainConfig(
    name="parity",
    start=StartConfig(preset="tiny", tokenizer=str(TOKENIZER_FILE)),
    data=(DATA,),
    pictures=PicturesConfig(size_px=256, intermediate_px=512),
    text=TextConfig(too_long="published"),
    learning_rates=LearningRates(embeddings=5e-4, edit_head=5e-4, unet=5e-4),
    optimizer=OptimizerConfig(schedule="constant", warmup_fraction=0.0),
    run=RunConfig(num_steps=2, batch_size=4, num_workers=0),
)

# The suggested limits of the pack.
LOSS_LIMIT = 1e-4
GRADIENT_LIMIT = 1e-3  # relative
STATE_LIMIT = 1e-4  # of the language model and the edit head
UNET_LIMIT = 1e-3


class Stepped(NamedTuple):
    """What one batch did."""

    batch: Batch
    networks: Networks
    losses: Losses  # before the step
    gradients: dict[str, torch.Tensor]
    loss_after_step: float


@pytest.fixture(params=CASES)
def case(request: pytest.FixtureRequest) -> dict[str, Any]:
    return CASES[request.param]


@lru_cache
def _golden(name: str) -> dict[str, np.ndarray]:
    with np.load(TRAIN / f"{name}.npz") as arrays:
        return dict(arrays)


@lru_cache
def _batch(name: str) -> Batch:
    """The batch as our own data path makes it, with the recorded draws."""
    golden = _golden(name)
    started = Started(networks=tiny_networks(), tokenizer_files=(TOKENIZER_FILE,), license="", source="")
    maker = example_maker(started, CONFIG)
    source = open_source(DATA)
    places = {source[i].key.split("_")[0]: i for i in range(len(source))}
    recorded = Draws(
        *(torch.from_numpy(golden[draw]) for draw in ("vae_noise", "noise", "timesteps", "prob"))
    )
    drawn = [
        Drawn(maker(source[places[key]]), Draws(*(values[i] for values in recorded)), ())
        for i, key in enumerate(CASES[name]["items"])
    ]
    return Collator(maker)(drawn)


@lru_cache
def _stepped(name: str) -> Stepped:
    batch, networks = _batch(name), tiny_networks()
    session = Session(networks, CONFIG, Accelerator(cpu=True))
    losses: Losses = session.model(batch)
    (losses.instruction / losses.num_labels + 0.5 * losses.edit / losses.num_samples).backward()
    gradients = {key: w.grad.clone() for key, w in session.trained.items() if w.grad is not None}
    session.optimizer.zero_grad()
    train_step(session, [batch], CONFIG, 0)
    after = train_step(session, [batch], CONFIG, 1)
    detached = Losses(*(value.detach() for value in losses))
    return Stepped(batch, networks, detached, gradients, float(after.loss))


def _published(key: str) -> str:
    return key.removeprefix("networks.").removeprefix("language_model.")


def test_texts_become_the_published_ids_and_labels(case: dict[str, Any]) -> None:
    golden, text = _golden(case["name"]), _batch(case["name"]).text
    assert text is not None
    labels = np.full(golden["labels"].size, -100)
    labels[text.label_places.numpy() + 1] = text.label_ids.numpy()
    assert np.array_equal(text.input_ids.numpy(), golden["input_ids"])
    assert np.array_equal(text.attention_mask.numpy(), golden["attention_mask"])
    assert np.array_equal(labels.reshape(golden["labels"].shape), golden["labels"])
    assert text.window_start.tolist() == case["window_start"]


def test_every_recorded_sample_has_the_published_labels() -> None:
    """Also the ones too long for a batch: cut at 512, their visual tokens lost, as published."""
    started = Started(networks=tiny_networks(), tokenizer_files=(TOKENIZER_FILE,), license="", source="")
    maker, tokenizer = example_maker(started, CONFIG), open_tokenizer(started)
    for sample in FACTS["samples"]:
        text = maker.joined(sample["instruction"], sample["expressive"], Pixels()).text
        assert text is not None
        assert text.num_prompt == sample["first_label"]
        assert len(text.ids) - text.num_prompt == sample["n_labels"]
        whole = tokenizer.encode(sample["text"])
        assert len(whole) == sample["n_ids_untruncated"]
        assert whole[: len(text.ids)] == text.ids


def test_pictures_become_the_published_pixels(case: dict[str, Any]) -> None:
    golden, batch = _golden(case["name"]), _batch(case["name"])
    assert batch.vision_pixels is not None
    assert batch.pixels is not None
    assert np.array_equal(batch.vision_pixels.permute(0, 2, 3, 1).numpy(), golden["images_u8"])
    assert np.array_equal(batch.pixels[0].numpy(), golden["p2p_inp_u8"])
    assert np.array_equal(batch.pixels[1].numpy(), golden["p2p_ans_u8"])


def test_latents_are_the_published_ones(case: dict[str, Any]) -> None:
    golden, batch = _golden(case["name"]), _batch(case["name"])
    encoded = latents(tiny_networks(), batch)
    goal = (encoded.goal_mean + encoded.goal_std * batch.draws.posterior_noise) * 0.18215
    np.testing.assert_allclose(encoded.image.numpy(), golden["lat_inp"], atol=1e-4)
    np.testing.assert_allclose(goal.numpy(), golden["lat_ans"], atol=1e-4)


@torch.no_grad()
def test_what_the_networks_pass_on_is_the_published(case: dict[str, Any]) -> None:
    """Language model to visual tokens to edit embeddings to UNet, each on its own golden array."""
    golden, batch, networks = _golden(case["name"]), _batch(case["name"]), tiny_networks()
    objective = Objective(networks, CONFIG.objective)
    calls: list[tuple[torch.Tensor, ...]] = []
    hook = networks.unet.register_forward_hook(
        lambda _module, inputs, output: calls.append((*inputs, output.sample))
    )
    objective(batch)
    hook.remove()
    text, head = batch.text, networks.edit_head
    assert text is not None
    assert head is not None
    assert networks.emb is not None
    hidden_states = objective.hidden_states(batch, text)
    is_text = text.attention_mask.numpy()  # what stands behind the end of a text is never used
    np.testing.assert_allclose(hidden_states.numpy()[is_text], golden["hidden"][is_text], atol=STATE_LIMIT)
    visual_tokens = objective.visual_tokens(hidden_states, text)
    np.testing.assert_allclose(visual_tokens, golden["llm8"], atol=STATE_LIMIT)
    for states, name in ((visual_tokens, "edit"), (torch.zeros_like(visual_tokens), "null")):
        np.testing.assert_allclose(head(states, networks.emb), golden[name], atol=STATE_LIMIT)
    ((unet_input, timesteps, context, noise_pred),) = calls
    assert np.array_equal(timesteps, golden["timesteps"])
    np.testing.assert_allclose(unet_input, golden["unet_in"], atol=UNET_LIMIT)
    np.testing.assert_allclose(context, golden["unet_ctx"], atol=STATE_LIMIT)
    np.testing.assert_allclose(noise_pred, golden["unet_out"], atol=UNET_LIMIT)


def test_losses_are_the_published_ones(case: dict[str, Any]) -> None:
    losses = _stepped(case["name"]).losses
    assert float(losses.instruction / losses.num_labels) == pytest.approx(case["loss_ce"], abs=LOSS_LIMIT)
    assert float(losses.edit / losses.num_samples) == pytest.approx(case["loss_edit"], abs=LOSS_LIMIT)


def test_exactly_the_published_weights_are_trained(case: dict[str, Any]) -> None:
    trained = {_published(key) for key in _stepped(case["name"]).gradients}
    assert trained == set(FACTS["trainable"])
    assert trained == set(case["grad_norms"])


def test_every_gradient_has_the_published_norm(case: dict[str, Any]) -> None:
    for key, gradient in _stepped(case["name"]).gradients.items():
        expected = case["grad_norms"][_published(key)]
        assert float(gradient.norm()) == pytest.approx(expected, rel=GRADIENT_LIMIT), key


def test_recorded_gradients_agree_entry_by_entry(case: dict[str, Any]) -> None:
    """Arrays were recorded after clipping to a total norm of 1, norms before."""
    golden = _golden(case["name"])
    clip = min(1.0, 1 / case["grad_norm_total"])
    gradients = {_published(key): clip * value for key, value in _stepped(case["name"]).gradients.items()}
    ours = {
        "grad_query": gradients["edit_head.query"],
        "grad_embed_last8": gradients["model.embed_tokens.weight"][-8:],
        "grad_embed_norm_rows": gradients["model.embed_tokens.weight"].norm(dim=1) / clip,
        "grad_lm_head_last8": gradients["lm_head.weight"][-8:],
        "grad_conv_in": gradients["unet.conv_in.weight"],
        "grad_conv_out": gradients["unet.conv_out.weight"],
    }
    for name, value in ours.items():
        limit = GRADIENT_LIMIT * float(np.abs(golden[name]).max())
        np.testing.assert_allclose(value.numpy(), golden[name], atol=limit, err_msg=name)


def test_the_loss_after_one_step_is_the_published_one(case: dict[str, Any]) -> None:
    """AdamW at 5e-4, no decay, the norm of all gradients clipped to 1."""
    after = _stepped(case["name"]).loss_after_step
    assert after == pytest.approx(case["loss_after_step"], abs=LOSS_LIMIT)


def test_the_order_of_accumulated_batches_does_not_matter(case: dict[str, Any]) -> None:
    """The mean is over the whole step: its parts, of one size or not, give the gradients of the whole."""
    whole = _batch(case["name"])
    middle = (whole.num_pairs + 1) // 2
    parts = [slice(0, middle), slice(middle, whole.num_pairs)]
    batches = [_part(whole, rows) for rows in parts if rows.start < rows.stop]
    session = Session(tiny_networks(), CONFIG, Accelerator(cpu=True))
    result = train_step(session, batches, CONFIG, 0)
    assert float(result.loss) == pytest.approx(case["loss"], abs=LOSS_LIMIT)
    assert float(result.gradient_norm) == pytest.approx(case["grad_norm_total"], rel=GRADIENT_LIMIT)


def _part(batch: Batch, rows: slice) -> Batch:
    """Some pairs of a batch."""
    text = batch.text
    assert text is not None
    assert batch.vision_pixels is not None
    assert batch.pixels is not None
    length = text.input_ids.shape[1]
    inside = (text.label_places >= rows.start * length) & (text.label_places < rows.stop * length)
    return batch._replace(
        draws=Draws(*(values[rows] for values in batch.draws)),
        text=text._replace(
            input_ids=text.input_ids[rows],
            attention_mask=text.attention_mask[rows],
            image_start=text.image_start[rows],
            window_start=text.window_start[rows],
            label_places=text.label_places[inside] - rows.start * length,
            label_ids=text.label_ids[inside],
        ),
        vision_pixels=batch.vision_pixels[rows],
        pixels=batch.pixels[:, rows],
    )
