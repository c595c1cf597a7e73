"""Training samples per second: a plain loop after the published recipe, ours, and ours from a cache.

The plain loop runs the frozen networks in every step, each picture through the encoder on its own and every
layer of the vision tower, scores every position and computes the learned null for every sample.
All three train the same weights of one mid-size model on the same pairs; rounds alternate, the best counts.
"""

from __future__ import annotations

import itertools
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import torch
from accelerate import Accelerator
from torch import Tensor
from torch.nn import functional as F

from benchmarks.report import print_table
from mgie.model.config import LanguageConfig, ModelConfig, UNetConfig, VaeConfig, VisionConfig
from mgie.model.networks import Networks, build_networks
from mgie.model.presets import TINY
from mgie.model.vision import CLIP_MEAN, CLIP_STD
from mgie.train.config import (
    CacheConfig,
    DataConfig,
    PicturesConfig,
    RunConfig,
    StartConfig,
    TrainConfig,
)
from mgie.train.data.batch import Batch
from mgie.train.data.cache import CachedExamples, CacheMaker, build_cache
from mgie.train.data.examples import Collator, ExampleMaker, ExampleSet, ExampleSource, MadeExamples
from mgie.train.data.open import open_source
from mgie.train.data.order import Shard, StreamOrder
from mgie.train.data.pairs import PairSource
from mgie.train.engine.loop import train_step
from mgie.train.engine.session import Session
from mgie.train.start import Started, example_maker

PACK = Path(__file__).parents[1] / "tests" / "data" / "parity"
BATCH_SIZE = 1
ROUNDS = 6

MODEL: ModelConfig = replace(
    TINY,
    vision=VisionConfig(
        image_size_px=224,
        patch_size_px=14,
        hidden_size=512,
        intermediate_size=2048,
        num_layers=6,
        num_heads=8,
    ),
    language=LanguageConfig(hidden_size=384, intermediate_size=1024, num_layers=6, num_heads=6),
    unet=UNetConfig(
        block_out_channels=(64, 128, 128, 128),
        block_has_attention=(True, True, True, False),
        cross_attention_dim=192,
        num_heads=4,
    ),
    vae=VaeConfig(block_out_channels=(32, 64, 128, 128)),
    native_size_px=256,
)


def main() -> None:
    """Print samples per second of the three ways."""
    with tempfile.TemporaryDirectory() as folder:
        config = _config(Path(folder) / "cache")
        source = open_source(config.data[0])
        maker = example_maker(_started(), config)
        ways = {
            "plain loop": _plain(config, source, maker),
            "ours": _ours(config, MadeExamples(source, maker), maker),
            "ours, cached": _ours(config, _cached(config, source, maker), maker),
        }
        seconds = {name: [0.0] * ROUNDS for name in ways}
        for step in ways.values():
            step()  # warm up
        for round_, (name, step) in itertools.product(range(ROUNDS), ways.items()):
            started_s = time.perf_counter()
            step()
            seconds[name][round_] = time.perf_counter() - started_s
    rates = {name: BATCH_SIZE / min(values) for name, values in seconds.items()}
    rows = [(name, f"{rate:.2f}", f"{rate / rates['plain loop']:.2f}x") for name, rate in rates.items()]
    print_table("Training, mid-size model at 256 px", ("loop", "samples/s", "ratio"), rows)


def _config(cache: Path) -> TrainConfig:
    train = PACK / "train"
    texts = str(train / "ipr2pr_expressive.json")
    return TrainConfig(
        name="benchmark",
        start=StartConfig(preset="tiny", tokenizer=str(PACK / "tokenizer" / "tokenizer.model")),
        data=(DataConfig(layout="mgie-tsv", path=str(train), split="task", expressive=texts, num_pairs=4),),
        cache=CacheConfig(folder=str(cache)),
        pictures=PicturesConfig(size_px=256, intermediate_px=512),
        run=RunConfig(num_steps=ROUNDS + 2, batch_size=BATCH_SIZE, num_workers=0),
    )


def _started() -> Started:
    tokenizer = PACK / "tokenizer" / "tokenizer.model"
    return Started(
        networks=build_networks(MODEL, seed=0), tokenizer_files=(tokenizer,), license="", source=""
    )


def _batches(config: TrainConfig, examples: ExampleSource, maker: ExampleMaker) -> Iterator[Batch]:
    shard = Shard(batch_size=BATCH_SIZE, accumulation=1)
    places = StreamOrder(examples, shard, seed=0, first_step=0, num_steps=config.run.num_steps)
    drawn = ExampleSet(examples, maker, seed=0)
    collate = Collator(maker)
    return (collate([drawn[place] for place in batch]) for batch in places)


def _cached(config: TrainConfig, source: PairSource, maker: ExampleMaker) -> CachedExamples:
    cache = CacheMaker(config=config, networks=_started().networks, source=source, maker=maker)
    assert config.cache is not None
    folder = Path(config.cache.folder)
    for _ in build_cache(cache, folder):
        pass
    return CachedExamples(cache, folder)


def _ours(config: TrainConfig, examples: ExampleSource, maker: ExampleMaker) -> Callable[[], None]:
    session = Session(_started().networks, config, Accelerator(cpu=True))
    batches = _batches(config, examples, maker)
    steps = itertools.count()

    def step() -> None:
        train_step(session, [next(batches)], config, next(steps))

    return step


def _plain(config: TrainConfig, source: PairSource, maker: ExampleMaker) -> Callable[[], None]:
    session = Session(_started().networks, config, Accelerator(cpu=True))
    batches = _batches(config, MadeExamples(source, maker), maker)
    steps = itertools.count()

    def step() -> None:
        loss = plain_loss(session.networks, next(batches), session.model.noising)  # pyright: ignore[reportArgumentType]  # a scheduler
        loss.backward()
        session.set_rate(float(next(steps) > 0))
        session.apply_gradients()

    return step


def plain_loss(networks: Networks, batch: Batch, noising: torch.nn.Module) -> Tensor:
    """The objective computed step by step as the recipe does."""
    model, text, draws = networks.language_model, batch.text, batch.draws
    assert model is not None
    assert text is not None
    assert batch.pixels is not None
    embeds = model.model.embed_tokens(text.input_ids)
    image_embeds = _plain_features(networks, batch)
    for i, start in enumerate(text.image_start.tolist()):
        end = start + image_embeds.shape[1]
        embeds = torch.cat([embeds[:i], _spliced(embeds[i], image_embeds[i], start, end), embeds[i + 1 :]])
    hidden_states = model.model(
        inputs_embeds=embeds, attention_mask=text.attention_mask, output_hidden_states=True, use_cache=False
    ).last_hidden_state
    logits = model.lm_head(hidden_states).flatten(0, 1)
    labels = torch.full((len(logits),), -100).index_copy(0, text.label_places, text.label_ids)
    instruction = F.cross_entropy(logits, labels)
    context = _plain_context(networks, hidden_states, text.window_start.tolist(), draws.drop)
    latents = [networks.vae.encode(2 * (p.float() / 255) - 1, return_dict=False)[0] for p in batch.pixels]
    goal = (latents[1].mean + latents[1].std * draws.posterior_noise) * networks.config.vae.scaling_factor
    image = latents[0].mean.clone()
    image[(draws.drop >= 0.05) & (draws.drop < 0.15)] = 0
    noisy = noising.add_noise(goal.detach(), draws.noise, draws.timestep)  # pyright: ignore[reportCallIssue]  # a scheduler
    pred = networks.unet(torch.cat([noisy, image.detach()], 1), draws.timestep, context).sample
    return instruction + 0.5 * F.mse_loss(pred, draws.noise)


def _plain_features(networks: Networks, batch: Batch) -> Tensor:
    """Every layer of the tower runs and is kept."""
    tower, vision, projector = networks.vision_tower, networks.config.vision, networks.projector
    assert tower is not None
    assert vision is not None
    assert projector is not None
    assert batch.vision_pixels is not None
    mean, std = (torch.tensor(values)[:, None, None] for values in (CLIP_MEAN, CLIP_STD))
    pixel_values = (batch.vision_pixels.float() / 255 - mean) / std
    with torch.no_grad():
        states = tower(pixel_values, output_hidden_states=True).hidden_states
    return projector(states[vision.feature_layer][:, 1:])


def _spliced(embeds: Tensor, image_embeds: Tensor, start: int, end: int) -> Tensor:
    return torch.cat([embeds[:start], image_embeds, embeds[end:]])[None]


def _plain_context(networks: Networks, hidden_states: Tensor, starts: list[int], drop: Tensor) -> Tensor:
    """The learned null for every sample, whether it is needed or not."""
    model, head = networks.language_model, networks.edit_head
    assert model is not None
    assert head is not None
    emb = model.model.embed_tokens.weight[-8:]
    visual_tokens = torch.stack([hidden_states[i, start : start + 8] for i, start in enumerate(starts)])
    context, null = head(visual_tokens, emb), head(torch.zeros_like(visual_tokens), emb)
    return torch.where((drop < 0.1)[:, None, None], null, context)
