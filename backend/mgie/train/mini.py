"""The steps of mgie-mini's training besides `mgie train`.

`python -m mgie.train.mini prepare --photos DIR --out DIR` writes into the output folder: photos.npz (both
splits, small squares), tokenizer.model, vae.safetensors, and one native model folder with fresh weights per
kind (mini, mini-lgie, mini-insp2p), all with the same UNet.
What is there already is kept, so that an interrupted run goes on.

`python -m mgie.train.mini denoiser ...` is the stage in the middle: see `denoiser_stage`.
"""

from __future__ import annotations

import itertools
import logging
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import click
import numpy as np
import torch
from accelerate import Accelerator
from safetensors.torch import load_file, save_file
from torch.utils.data import DataLoader

from mgie.errors import BadOption
from mgie.model.checkpoint import save_model
from mgie.model.config import ModelConfig
from mgie.model.networks import build_networks
from mgie.model.presets import MINI, MINI_INSPIX2PIX, MINI_LGIE
from mgie.train.autoencoder import AutoencoderConfig, linear_start, train_autoencoder, whiten_latents
from mgie.train.batch import Batch
from mgie.train.cache import CachedExamples, CacheMaker
from mgie.train.config import StartConfig, TrainConfig, load_config
from mgie.train.denoiser_stage import DenoiserConfig, encode_pairs, train_denoiser
from mgie.train.denoiser_start import start_unchanged
from mgie.train.edit_head_start import start_whitened
from mgie.train.examples import Collator, ExampleSet
from mgie.train.export import export_model
from mgie.train.objective import Objective
from mgie.train.order import Place
from mgie.train.run import fill_cache
from mgie.train.sources.open import open_sources
from mgie.train.start import Started, example_maker, start
from mgie.train.synth.source import load_photos, open_synthetic, save_pack
from mgie.train.vocabulary import train_tokenizer

log = logging.getLogger(__name__)

KINDS: dict[str, ModelConfig] = {"mini": MINI, "mini-lgie": MINI_LGIE, "mini-insp2p": MINI_INSPIX2PIX}
NUM_TEXTS = 12_000  # pairs whose words the vocabulary is made from
NUM_WHITENING = 512  # photographs whose latents set mean and deviation


def texts(pack: Path, num_pairs: int) -> Iterator[str]:
    """Requests and descriptions as the language model meets them, and letters for everything else."""
    assert MINI.prompt is not None
    source = open_synthetic(pack, split="train", seed=1, num_pairs=num_pairs)
    for index in range(num_pairs):
        pair = source[index]
        question, answer = MINI.prompt.replace("{instruction}", pair.instruction).split("\n{image} ")
        yield from (question, answer)
        yield pair.expressive_instruction
    alphabet = "abcdefghijklmnopqrstuvwxyz"
    yield from itertools.repeat(f"{alphabet} {alphabet.upper()} 0123456789 .,;:!?'\"()-%", 50)


def make_vae(pack: Path, num_steps: int) -> dict[str, torch.Tensor]:
    """Train the autoencoder; returns its weights."""
    vae = build_networks(MINI, seed=0).vae
    photos = load_photos(pack, MINI.native_size_px, "train")
    linear_start(vae)
    for step in train_autoencoder(vae, photos, AutoencoderConfig(num_steps=num_steps, batch_size=8)):
        if step.step % 100 == 0:
            log.info("autoencoder step=%d loss=%.4f psnr_db=%.2f", *step)
    whiten_latents(vae, photos[:NUM_WHITENING])
    return vae.state_dict()


def write_start(folder: Path, config: ModelConfig, vae: dict[str, torch.Tensor], tokenizer: Path) -> None:
    """A native model folder: trained autoencoder, a UNet that changes nothing yet, else fresh weights."""
    networks = build_networks(config, seed=0)
    networks.vae.load_state_dict(vae)
    networks.unet.load_state_dict(build_networks(MINI, seed=0).unet.state_dict())
    start_unchanged(networks.unet)
    save_model(
        folder,
        config,
        networks,
        tokenizer_files=[tokenizer],
        name=folder.name,
        license="Apache-2.0",
        source="fresh weights, autoencoder trained on photographs",
        replace=True,
    )


@click.group()
def main() -> None:
    """Steps of mgie-mini's training besides `mgie train`."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")


@main.command()
@click.option("--photos", type=click.Path(path_type=Path, exists=True, file_okay=False), required=True)
@click.option("--out", type=click.Path(path_type=Path), required=True)
@click.option("--vae-steps", default=2200, show_default=True, help="optimizer steps of the autoencoder")
@click.option("--threads", default=1, show_default=True, help="CPU threads")
def prepare(photos: Path, out: Path, vae_steps: int, threads: int) -> None:
    """Pack photographs, make vocabulary and autoencoder, write models to start from."""
    torch.set_num_threads(threads)
    out.mkdir(parents=True, exist_ok=True)
    pack, tokenizer, vae = out / "photos.npz", out / "tokenizer.model", out / "vae.safetensors"
    if not pack.exists():
        save_pack(photos, pack, MINI.native_size_px)
    if not tokenizer.exists():
        assert MINI.tokens is not None
        tokenizer.write_bytes(train_tokenizer(texts(pack, NUM_TEXTS), MINI.tokens.num_pieces))
    if not vae.exists():
        save_file(make_vae(pack, vae_steps), vae)
    for name, config in KINDS.items():
        write_start(out / name, config, load_file(vae), tokenizer)
    log.info("ready photos=%d folder=%s", len(np.load(pack)["train"]), out)


@main.command()
@click.option("--config", "config_path", type=click.Path(path_type=Path, exists=True), required=True)
@click.option("--model", required=True, help="Model folder to go on from.")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Model folder to write.")
@click.option("--steps", default=2500, show_default=True, help="optimizer steps")
@click.option(
    "--pooling", default=2, show_default=True, help="latents are averaged over squares of this side"
)
@click.option("--seed", default=0, show_default=True)
@click.option("--fresh-head", is_flag=True, help="Start the edit head anew, whitening the visual tokens.")
def denoiser(
    config_path: Path, model: str, out: Path, steps: int, pooling: int, seed: int, fresh_head: bool
) -> None:
    """Train edit head and denoiser with the language model frozen; the configuration names the cache."""
    config = replace(load_config(config_path), start=StartConfig(model=model))
    started = start(config.start, seed=seed)
    tokens = encode_pairs(
        started.networks, Objective(started.networks, config.objective), _batches(config, started)
    )
    if fresh_head:
        assert started.networks.edit_head is not None
        assert started.networks.emb is not None
        started.networks.edit_head = build_networks(started.config, seed=seed).edit_head
        assert started.networks.edit_head is not None
        start_whitened(started.networks.edit_head, tokens.states[:6000], started.networks.emb, seed=seed)
    accelerator = Accelerator(mixed_precision="bf16" if config.run.precision == "bf16" else "no")
    stage = DenoiserConfig(num_steps=steps, pooling=pooling, seed=seed)
    for step in train_denoiser(started.networks, tokens, stage, accelerator):
        if step.step % 50 == 0 and accelerator.is_main_process:
            log.info("denoiser step=%d edit_loss=%.4f copy_loss=%.4f", *step)
    if accelerator.is_main_process:
        export_model(started, out, name=config.name)


def _batches(config: TrainConfig, started: Started) -> Iterator[Batch]:
    """Every pair of the configuration's cache once, in order."""
    if config.cache is None:
        raise BadOption("the configuration names no cache; set cache.folder")
    maker = example_maker(started, config)
    cache = CacheMaker(
        config=config, networks=started.networks, source=open_sources(config.data), maker=maker
    )
    fill_cache(cache)
    examples = CachedExamples(cache, Path(config.cache.folder))
    places = [
        [Place(index, index) for index in range(i, min(i + 128, len(examples)))]
        for i in range(0, len(examples), 128)
    ]
    return iter(
        DataLoader(ExampleSet(examples, maker, seed=0), batch_sampler=places, collate_fn=Collator(maker))
    )


if __name__ == "__main__":
    main()
