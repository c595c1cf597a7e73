"""What every kind of mgie-mini starts from: photographs, vocabulary, autoencoder, fresh models, pairs."""

from __future__ import annotations

import itertools
import logging
from collections.abc import Iterator
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

from mgie.atomic_write import atomic_write, write_atomically
from mgie.model.config import ModelConfig
from mgie.model.networks import build_networks
from mgie.model.presets import MINI
from mgie.synth.operation import Family
from mgie.train.data.synthetic import load_photos, open_synthetic, save_pack
from mgie.train.mini.autoencoder import AutoencoderConfig, linear_start, train_autoencoder, whiten_latents
from mgie.train.mini.denoiser_start import start_unchanged
from mgie.train.mini.pairs import make_pairs
from mgie.train.mini.stages import KINDS
from mgie.train.mini.vocabulary import train_tokenizer
from mgie.weights.checkpoint import save_model
from mgie.weights.manifest import MANIFEST_NAME

log = logging.getLogger(__name__)

NUM_TEXTS = 12_000
NUM_WHITENING = 512  # photographs whose latents set mean and deviation


def prepare(photos: Path, out: Path, *, vae_steps: int, num_pairs: int, num_texts: int = NUM_TEXTS) -> None:
    """Write photos.npz, tokenizer.model, vae.safetensors, a model folder per kind, and pairs/.

    num_texts: pairs whose words the vocabulary is made from.
    What is there already is kept, so that an interrupted call goes on.
    """
    pack, tokenizer = prepare_words(photos, out, num_texts=num_texts)
    vae = out / "vae.safetensors"
    if not vae.exists():
        weights = _make_vae(pack, vae_steps)
        with atomic_write(vae) as partial:
            save_file(weights, partial)
    for name, config in KINDS.items():
        if not (out / name / MANIFEST_NAME).exists():
            _write_start(out / name, config, load_file(vae), tokenizer)
    prepare_pairs(out, "pairs", num_pairs)
    log.info("ready folder=%s", out)


def prepare_words(photos: Path, out: Path, *, num_texts: int = NUM_TEXTS) -> tuple[Path, Path]:
    """Write photos.npz and tokenizer.model, where they are not there yet; returns both.

    photos: a folder of photographs, or a pack of them; num_texts: requests that the vocabulary is made from.
    """
    out.mkdir(parents=True, exist_ok=True)
    pack, tokenizer = out / "photos.npz", out / "tokenizer.model"
    if not pack.exists():
        save_pack(photos, pack, MINI.native_size_px)
    if not tokenizer.exists():
        assert MINI.tokens is not None
        write_atomically(tokenizer, train_tokenizer(_texts(pack, num_texts), MINI.tokens.num_pieces))
    return pack, tokenizer


def prepare_pairs(
    start: Path, name: str, num_pairs: int, *, focus: Family | None = None, seed: int = 0
) -> None:
    """Fill the folder `name` of a prepared folder with pairs; focus: see `mini_weights`."""
    vae = build_networks(MINI, seed=0).vae
    vae.load_state_dict(load_file(start / "vae.safetensors"))
    source = open_synthetic(start / "photos.npz", split="train", seed=seed, num_pairs=num_pairs, focus=focus)
    for done in make_pairs(source, vae, start / name, num_pairs):
        if done % 6400 == 0:
            log.info("%s done=%d of=%d", name, done, num_pairs)


def _texts(pack: Path, num_pairs: int) -> Iterator[str]:
    """Requests and descriptions as the language model meets them, and letters for everything else.

    Every eighth is a whole pair: plans repeat their words much more than requests do.
    """
    assert MINI.prompt is not None
    source = open_synthetic(pack, split="train", seed=1, num_pairs=num_pairs)
    for index in range(num_pairs):
        asked = source.asked(index)
        question, answer = MINI.prompt.replace("{instruction}", asked.request.text).split("\n{image} ")
        yield from (question, answer, asked.request.text)
        if index % 8 == 0:
            yield source.synthetic(index).expressive_instruction
    alphabet = "abcdefghijklmnopqrstuvwxyz"
    yield from itertools.repeat(f"{alphabet} {alphabet.upper()} 0123456789 .,;:!?'\"()-%&/+", 50)


def _make_vae(pack: Path, num_steps: int) -> dict[str, torch.Tensor]:
    """Train the autoencoder; returns its weights."""
    vae = build_networks(MINI, seed=0).vae
    photos = load_photos(pack, MINI.native_size_px, "train")
    linear_start(vae)
    for step in train_autoencoder(vae, photos, AutoencoderConfig(num_steps=num_steps, batch_size=8)):
        if step.step % 100 == 0:
            log.info("autoencoder step=%d loss=%.4f psnr_db=%.2f", *step)
    whiten_latents(vae, photos[:NUM_WHITENING])
    return vae.state_dict()


def _write_start(folder: Path, config: ModelConfig, vae: dict[str, torch.Tensor], tokenizer: Path) -> None:
    """A model folder: trained autoencoder, a UNet that changes nothing yet, else fresh weights."""
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
    )
