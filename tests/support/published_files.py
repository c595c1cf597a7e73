"""Tiny files in the layouts in which the real weights are published, with the parity pack's numbers."""

from __future__ import annotations

import functools
import json
import shutil
from collections.abc import Mapping
from pathlib import Path

import safetensors.torch
import torch

from mgie.model.networks import build_networks
from mgie.model.presets import TINY_INSPIX2PIX
from mgie.weights.source_layouts import MgieFiles
from support.parity_weights import PACK, make_weight
from support.tiny import TOKENIZER_FILE

Tensors = dict[str, torch.Tensor]
OLD_ATTENTION = {"to_q": "query", "to_k": "key", "to_v": "value", "to_out.0": "proj_attn"}


@functools.cache
def published_weights() -> Mapping[str, torch.Tensor]:
    """Every weight of the pack under the key the pack gives it."""
    manifest = json.loads((PACK / "manifest.json").read_text())
    return {key: make_weight(key, entry["shape"]) for key, entry in manifest.items()}


def with_prefix(prefix: str, *, strip: str = "") -> Tensors:
    """The weights whose key begins with `prefix`, without `strip`."""
    return {
        key.removeprefix(strip): tensor
        for key, tensor in published_weights().items()
        if key.startswith(prefix)
    }


def write_published(root: Path) -> MgieFiles:
    """Write all five parts of a published MGIE in the old layouts: .bin, .pt, old VAE spelling, no `emb`."""
    files = MgieFiles(
        llava=root / "LLaVA-7B-v1",
        mllm=root / "mgie_7b" / "mllm.pt",
        unet=root / "mgie_7b" / "unet.pt",
        diffusion=root / "instruct-pix2pix",
        clip=root / "clip-vit-large-patch14",
    )
    for folder in (files.llava, files.mllm.parent, files.diffusion / "vae", files.clip):
        folder.mkdir(parents=True)
    write_llava(files.llava)
    mllm = with_prefix("edit_head.") | with_prefix("lm_head.") | with_prefix("model.embed_tokens.")
    torch.save(mllm, files.mllm)
    torch.save(with_prefix("unet.", strip="unet."), files.unet)
    torch.save(old_vae(), files.diffusion / "vae" / "diffusion_pytorch_model.bin")
    torch.save(clip(), files.clip / "pytorch_model.bin")
    return files


def write_llava(folder: Path) -> None:
    """Two shards with an index, the base vocabulary without [IMG], and what goes with the weights."""
    layers = with_prefix("model.layers.")
    rest = with_prefix("model.norm.") | with_prefix("model.mm_projector.")
    base_rows = 643  # the pieces and the three image tokens
    rest["model.embed_tokens.weight"] = published_weights()["model.embed_tokens.weight"][:base_rows] * 0.5
    rest["lm_head.weight"] = published_weights()["lm_head.weight"][:base_rows] * 0.5
    layers["model.layers.0.self_attn.rotary_emb.inv_freq"] = torch.ones(8)
    shards = {"pytorch_model-00001-of-00002.bin": layers, "pytorch_model-00002-of-00002.bin": rest}
    for name, tensors in shards.items():
        torch.save(tensors, folder / name)
    weight_map = {key: name for name, tensors in shards.items() for key in tensors}
    (folder / "pytorch_model.bin.index.json").write_text(json.dumps({"weight_map": weight_map}))
    config = {"num_attention_heads": 4, "rms_norm_eps": 1e-6, "mm_vision_select_layer": -2}
    (folder / "config.json").write_text(json.dumps(config | {"mm_use_im_start_end": True}))
    added = {"<im_patch>": 640, "<im_start>": 641, "<im_end>": 642}
    (folder / "added_tokens.json").write_text(json.dumps(added))
    shutil.copy(TOKENIZER_FILE, folder)


def old_vae() -> Tensors:
    """The autoencoder as diffusers spelled it in 2022."""
    tensors = with_prefix("vae.", strip="vae.")
    for new, old in OLD_ATTENTION.items():
        tensors = {
            key.replace(f".attentions.0.{new}.", f".attentions.0.{old}."): t for key, t in tensors.items()
        }
    return tensors


def clip() -> Tensors:
    """Both halves of CLIP, as openai published them."""
    tensors = with_prefix("vision_tower.", strip="vision_tower.")
    tensors["vision_model.embeddings.position_ids"] = torch.arange(257)[None]
    tensors["text_model.final_layer_norm.weight"] = torch.ones(4)
    tensors["logit_scale"] = torch.tensor(1.0)
    return tensors


def write_insp2p(root: Path) -> Path:
    """An instruct-pix2pix folder: safetensors, seeded weights, a sentencepiece tokenizer for the text."""
    networks = build_networks(TINY_INSPIX2PIX, seed=3)
    folder = root / "instruct-pix2pix"
    parts = {
        "text_encoder/model.safetensors": ("text_encoder.", "text_model."),
        "unet/diffusion_pytorch_model.safetensors": ("unet.", ""),
        "vae/diffusion_pytorch_model.safetensors": ("vae.", ""),
    }
    for name, (ours, published) in parts.items():
        (folder / name).parent.mkdir(parents=True)
        tensors = {
            published + key.removeprefix(ours): tensor
            for key, tensor in networks.state_dict().items()
            if key.startswith(ours)
        }
        safetensors.torch.save_file(tensors, folder / name)
    (folder / "tokenizer").mkdir()
    shutil.copy(TOKENIZER_FILE, folder / "tokenizer")
    return folder


def rewrite(path: Path, change: Mapping[str, torch.Tensor | None]) -> None:
    """Change, add or (None) remove tensors of a .pt or .bin file."""
    tensors: Tensors = torch.load(path, weights_only=True)
    for key, tensor in change.items():
        tensors.pop(key, None)
        if tensor is not None:
            tensors[key] = tensor
    torch.save(tensors, path)
