"""A FLUX.2 Klein small enough for a test: random weights from a seed, a tokenizer of a few words."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import torch
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast

from mgie.editors.flux2_klein.config import (
    Flux2KleinConfig,
    KleinTransformerConfig,
    KleinVaeConfig,
    Qwen3TextConfig,
)
from mgie.editors.flux2_klein.networks import Flux2KleinNetworks
from mgie.editors.table import kind_named
from mgie.model.generators import drain
from mgie.weights.convert import import_model

_WORDS = [
    "<pad>",
    "<unk>",
    "<turn>",
    "user",
    "assistant",
    "make",
    "it",
    "red",
    "blue",
    "remove",
    "the",
    "text",
]
_TEMPLATE = (
    "{% for message in messages %}<turn> {{ message.role }} {{ message.content }} {% endfor %}"
    "{% if add_generation_prompt %}<turn> assistant{% endif %}"
)
TINY_KLEIN = Flux2KleinConfig(
    transformer=KleinTransformerConfig(
        num_layers=1, num_single_layers=1, num_heads=2, head_size=16, axes_dims_rope=(4, 4, 4, 4)
    ),
    vae=KleinVaeConfig(block_out_channels=(8, 16), layers_per_block=1, latent_channels=4, norm_num_groups=4),
    text=Qwen3TextConfig(
        vocab_size=16,
        hidden_size=24,
        intermediate_size=32,
        num_layers=3,
        num_heads=2,
        num_kv_heads=1,
        head_size=12,
        output_layers=(1, 2, 3),
        max_length=16,
    ),
    native_size_px=64,
    max_references=2,
)
TINY_KLEIN_BASE = replace(TINY_KLEIN, is_distilled=False, num_inference_steps=3, guidance_scale=4.0)


def install_klein(root: Path, config: Flux2KleinConfig) -> Path:
    """The published files, imported as the model folder `root / klein`."""
    published = write_published_klein(root / "published", klein_networks(config))
    files = kind_named("flux2-klein").source_files(published, config)
    drain(import_model(files, root / "klein", config, name="klein", license="CC0-1.0", source="a test"))
    return root / "klein"


def klein_networks(config: Flux2KleinConfig = TINY_KLEIN) -> Flux2KleinNetworks:
    """Networks with random weights and latents that are not normal by themselves."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        networks = Flux2KleinNetworks(config).eval()
        networks.vae.bn.running_mean.normal_()
        networks.vae.bn.running_var.uniform_(0.5, 2)
        for parameter in networks.transformer.parameters():  # larger than usual, so that every input shows
            parameter.data *= 2 if parameter.dim() > 1 else 1
    return networks


def write_published_klein(folder: Path, networks: Flux2KleinNetworks) -> Path:
    """A repository as the libraries save it."""
    networks.transformer.save_pretrained(folder / "transformer")
    networks.vae.save_pretrained(folder / "vae")
    networks.text_encoder.save_pretrained(folder / "text_encoder")
    klein_tokenizer().save_pretrained(folder / "tokenizer")
    return folder


def klein_tokenizer() -> PreTrainedTokenizerFast:
    """Whole words, with a chat template."""
    tokenizer = Tokenizer(models.WordLevel({word: i for i, word in enumerate(_WORDS)}, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    made = PreTrainedTokenizerFast(tokenizer_object=tokenizer, unk_token="<unk>", pad_token="<pad>")
    made.chat_template = _TEMPLATE
    return made
