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


def flux_networks(seed: int = 0, config: FluxKontextConfig = TINY_FLUX) -> FluxKontextNetworks:
    """Networks with random weights."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return FluxKontextNetworks(config).eval()


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


def write_flux_model(
    folder: Path, networks: FluxKontextNetworks | None = None, config: FluxKontextConfig = TINY_FLUX
) -> Path:
    """A model folder of kind flux-kontext."""
    files = folder.with_name(f"{folder.name}-tokenizers")
    files.mkdir(parents=True)
    save_model(
        folder,
        config,
        networks or flux_networks(config=config),
        tokenizer_files=[*write_clip_tokenizer(files), write_t5_tokenizer(files / "tokenizer.json")],
        name=folder.name,
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


def makers_state(state: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """The denoiser's weights under the keys and in the order of Black Forest Labs' single files."""
    made: dict[str, torch.Tensor] = {}
    for ours, theirs in _MAKERS.items():
        for ending in ("weight", "bias"):
            made[f"{theirs}.{ending}"] = state[f"{ours}.{ending}"]
    for ending in ("weight", "bias"):
        scale, shift = state[f"norm_out.linear.{ending}"].chunk(2)
        made[f"final_layer.adaLN_modulation.1.{ending}"] = torch.cat([shift, scale])
        single = [f"single_transformer_blocks.0.{part}.{ending}" for part in _SINGLE_LINEAR1]
        made[f"single_blocks.0.linear1.{ending}"] = torch.cat([state[key] for key in single])
        for side, parts in _DOUBLE_QKV.items():
            rows = [state[f"transformer_blocks.0.attn.{part}.{ending}"] for part in parts]
            made[f"double_blocks.0.{side}_attn.qkv.{ending}"] = torch.cat(rows)
    for ours, theirs in _MAKERS_NORMS.items():
        made[f"{theirs}.scale"] = state[f"{ours}.weight"]
    return made


_SINGLE_LINEAR1 = ("attn.to_q", "attn.to_k", "attn.to_v", "proj_mlp")
_DOUBLE_QKV = {"img": ("to_q", "to_k", "to_v"), "txt": ("add_q_proj", "add_k_proj", "add_v_proj")}
_MAKERS = {
    "time_text_embed.timestep_embedder.linear_1": "time_in.in_layer",
    "time_text_embed.timestep_embedder.linear_2": "time_in.out_layer",
    "time_text_embed.text_embedder.linear_1": "vector_in.in_layer",
    "time_text_embed.text_embedder.linear_2": "vector_in.out_layer",
    "time_text_embed.guidance_embedder.linear_1": "guidance_in.in_layer",
    "time_text_embed.guidance_embedder.linear_2": "guidance_in.out_layer",
    "context_embedder": "txt_in",
    "x_embedder": "img_in",
    "proj_out": "final_layer.linear",
    "transformer_blocks.0.norm1.linear": "double_blocks.0.img_mod.lin",
    "transformer_blocks.0.norm1_context.linear": "double_blocks.0.txt_mod.lin",
    "transformer_blocks.0.ff.net.0.proj": "double_blocks.0.img_mlp.0",
    "transformer_blocks.0.ff.net.2": "double_blocks.0.img_mlp.2",
    "transformer_blocks.0.ff_context.net.0.proj": "double_blocks.0.txt_mlp.0",
    "transformer_blocks.0.ff_context.net.2": "double_blocks.0.txt_mlp.2",
    "transformer_blocks.0.attn.to_out.0": "double_blocks.0.img_attn.proj",
    "transformer_blocks.0.attn.to_add_out": "double_blocks.0.txt_attn.proj",
    "single_transformer_blocks.0.norm.linear": "single_blocks.0.modulation.lin",
    "single_transformer_blocks.0.proj_out": "single_blocks.0.linear2",
}
_MAKERS_NORMS = {
    "transformer_blocks.0.attn.norm_q": "double_blocks.0.img_attn.norm.query_norm",
    "transformer_blocks.0.attn.norm_k": "double_blocks.0.img_attn.norm.key_norm",
    "transformer_blocks.0.attn.norm_added_q": "double_blocks.0.txt_attn.norm.query_norm",
    "transformer_blocks.0.attn.norm_added_k": "double_blocks.0.txt_attn.norm.key_norm",
    "single_transformer_blocks.0.attn.norm_q": "single_blocks.0.norm.query_norm",
    "single_transformer_blocks.0.attn.norm_k": "single_blocks.0.norm.key_norm",
}
