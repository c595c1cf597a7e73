"""A FLUX.1 Kontext small enough for a test: random weights from a seed, tokenizers of a few words."""

from __future__ import annotations

import shutil
from pathlib import Path

import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer, models, pre_tokenizers, processors

from mgie.editors.flux_kontext.config import (
    FluxKontextConfig,
    FluxTransformerConfig,
    FluxVaeConfig,
    T5Config,
)
from mgie.editors.flux_kontext.networks import FluxKontextNetworks
from mgie.model.config import TextEncoderConfig
from mgie.weights.checkpoint import save_model
from support.tiny_clip import VOCAB_SIZE, write_clip_tokenizer

WORDS = ["<pad>", "</s>", "<unk>", "make", "it", "red", "blue", "remove", "the", "text"]
TINY_FLUX = FluxKontextConfig(
    transformer=FluxTransformerConfig(
        num_layers=1, num_single_layers=1, num_heads=2, head_size=16, axes_dims_rope=(4, 6, 6)
    ),
    vae=FluxVaeConfig(block_out_channels=(8, 16), layers_per_block=1, latent_channels=4, norm_num_groups=4),
    clip=TextEncoderConfig(
        vocab_size=VOCAB_SIZE, hidden_size=16, intermediate_size=32, num_layers=2, num_heads=2
    ),
    t5=T5Config(
        vocab_size=16,
        hidden_size=24,
        intermediate_size=32,
        num_layers=2,
        num_heads=2,
        head_size=8,
        max_length=12,
    ),
    native_size_px=64,
    num_inference_steps=4,
)


def flux_networks(seed: int = 0) -> FluxKontextNetworks:
    """Networks with random weights."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return FluxKontextNetworks(TINY_FLUX).eval()


def write_t5_tokenizer(path: Path) -> Path:
    """tokenizer.json of whole words, ending every text with </s>."""
    vocab = {word: index for index, word in enumerate(WORDS)}
    tokenizer = Tokenizer(models.WordLevel(vocab, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="$A </s>", special_tokens=[("</s>", WORDS.index("</s>"))]
    )
    tokenizer.save(str(path))
    return path


def write_flux_model(folder: Path, networks: FluxKontextNetworks | None = None) -> Path:
    """A model folder of kind flux-kontext."""
    files = folder.with_name(f"{folder.name}-tokenizers")
    files.mkdir(parents=True)
    save_model(
        folder,
        TINY_FLUX,
        networks or flux_networks(),
        tokenizer_files=[*write_clip_tokenizer(files), write_t5_tokenizer(files / "tokenizer.json")],
        name="tiny-flux",
        license="CC0-1.0",
        source="a test",
    )
    return folder


def write_published_flux(folder: Path, *, tokenizers: Path) -> None:
    """The same weights as the library saves them, CLIP under the names that the published files have."""
    networks = flux_networks()
    networks.transformer.save_pretrained(folder / "transformer")
    networks.vae.save_pretrained(folder / "vae")
    networks.text_encoder_2.save_pretrained(folder / "text_encoder_2")
    (folder / "text_encoder").mkdir()
    clip = {f"text_model.{key}": value for key, value in networks.text_encoder.state_dict().items()}
    save_file(clip, folder / "text_encoder" / "model.safetensors")
    for path in ("tokenizer/vocab.json", "tokenizer/merges.txt", "tokenizer_2/tokenizer.json"):
        (folder / path).parent.mkdir(exist_ok=True)
        shutil.copyfile(tokenizers / Path(path).name, folder / path)
