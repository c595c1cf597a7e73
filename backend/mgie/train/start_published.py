"""The published starting point of MGIE: LLaVA's language side, CLIP's eyes, Stable Diffusion's brush.

Weights are loaded after the networks are built and are never initialised again; the published trainer
overwrites every Linear of UNet and autoencoder with noise at this point, and loses the bias of `conv_in`.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import torch

from mgie.errors import BadCheckpoint
from mgie.model.config import ModelConfig
from mgie.model.edit_head import EditHead
from mgie.model.networks import Networks, build_networks
from mgie.train.config import StartConfig
from mgie.weights.source_keys import MGIE_RULES, published_key
from mgie.weights.source_layouts import MgieFiles, check_llava_config, check_no_delta
from mgie.weights.stable_diffusion import start_from_stable_diffusion
from mgie.weights.tensor_files import LazyTensor, open_sharded

_NEW_ROW_STD = 0.02  # of the rows for [IMG0] .. in both word matrices, as published
# Trained from LLaVA's own rows, which the released files replace by mllm.pt's.
_WORDS = ("language_model.model.embed_tokens.weight", "language_model.lm_head.weight")


def start_published(
    config: StartConfig, model: ModelConfig, *, seed: int
) -> tuple[Networks, tuple[Path, ...]]:
    """Networks and tokenizer files. Raises BadCheckpoint naming file and key for what does not fit."""
    assert config.llava is not None
    assert config.clip is not None
    assert config.diffusion is not None
    llava, clip, diffusion = Path(config.llava), Path(config.clip), Path(config.diffusion)
    files = MgieFiles(llava=llava, clip=clip, diffusion=diffusion, mllm=llava, unet=diffusion)
    tokenizer_files = files.tokenizer_files(model)  # refuses a tokenizer with other ids
    networks = language_networks(llava, clip, model, seed=seed)
    _make_edit_head(networks, model, seed)
    networks.unet.to_empty(device="cpu")
    networks.vae.to_empty(device="cpu")
    start_from_stable_diffusion(networks, diffusion)
    networks.derive_emb()
    left = [name for name, weight in networks.named_parameters() if weight.is_meta]
    assert not left, left
    return networks, tuple(tokenizer_files)


def language_networks(llava: Path, clip: Path, model: ModelConfig, *, seed: int) -> Networks:
    """LLaVA and its vision tower; edit head, UNet and autoencoder stay without memory."""
    check_llava_config(llava, model)
    sources = {
        "llava": open_sharded(llava, ["model", "pytorch_model"]),
        "clip": open_sharded(clip, ["model", "pytorch_model"]),
    }
    check_no_delta(llava, sources["llava"])
    networks = build_networks(model, device="meta")
    generator = torch.Generator().manual_seed(seed)
    state = {key: _load(key, networks, sources, generator) for key in _language_keys(networks)}
    networks.load_state_dict(state, strict=False, assign=True)
    return networks.eval()


def _language_keys(networks: Networks) -> list[str]:
    prefixes = ("language_model.", "projector.", "vision_tower.")
    return [key for key in networks.state_dict() if key.startswith(prefixes)]


def _load(
    key: str, networks: Networks, sources: Mapping[str, Mapping[str, LazyTensor]], generator: torch.Generator
) -> torch.Tensor:
    source, published = published_key(key, MGIE_RULES)
    source = "llava" if key in _WORDS else source
    found = sources[source].get(published)
    if found is None:
        raise BadCheckpoint(f"the {source} folder lacks {published}")
    wanted = tuple(networks.get_parameter(key).shape)
    tensor = found.load()
    if key in _WORDS and tensor.shape[0] < wanted[0] and tensor.shape[1:] == wanted[1:]:
        rows = torch.randn(wanted[0] - tensor.shape[0], wanted[1], generator=generator) * _NEW_ROW_STD
        tensor = torch.cat([tensor, rows.to(tensor.dtype)])
    if tuple(tensor.shape) != wanted:
        raise BadCheckpoint(f"{found.file}: {published} has shape {tuple(tensor.shape)} instead of {wanted}")
    return tensor


def _make_edit_head(networks: Networks, model: ModelConfig, seed: int) -> None:
    assert model.edit_head is not None
    assert model.language is not None
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        networks.edit_head = EditHead(
            model.edit_head, input_size=model.language.hidden_size, output_size=model.unet.cross_attention_dim
        )
