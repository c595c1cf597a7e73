"""Stable Diffusion 1.5 as the starting point of training: four input channels become eight."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import torch

from mgie.model.config import ModelConfig
from mgie.model.networks import Networks, build_networks
from mgie.weights.checkpoint import check_keys
from mgie.weights.key_matching import match_keys
from mgie.weights.source_keys import INSPIX2PIX_RULES
from mgie.weights.source_layouts import InsPix2PixFiles, open_vae
from mgie.weights.tensor_files import LazyTensor, open_sharded


def widen_conv_in(weight: torch.Tensor, in_channels: int) -> torch.Tensor:
    """Let the UNet's first convolution see further channels, ignored at first (InstructPix2Pix, 3.2).

    weight: (C, 4, 3, 3) of Stable Diffusion. Returns (C, in_channels, 3, 3), the new channels zero.
    """
    widened = weight.new_zeros(weight.shape[0], in_channels, *weight.shape[2:])
    widened[:, : weight.shape[1]] = weight
    return widened


def open_unet(folder: Path, in_channels: int) -> dict[str, LazyTensor]:
    """The UNet of a diffusers folder, its `conv_in` widened to `in_channels` and its bias kept.

    The published trainer of MGIE leaves that bias random.
    """
    unet = open_sharded(folder / "unet", ["diffusion_pytorch_model"])
    narrow = unet.get("conv_in.weight")
    if narrow is not None and narrow.shape[1] < in_channels:
        unet["conv_in.weight"] = replace(
            narrow,
            shape=(narrow.shape[0], in_channels, *narrow.shape[2:]),
            load=lambda: widen_conv_in(narrow.load(), in_channels),
        )
    return unet


def start_from_stable_diffusion(networks: Networks, folder: Path) -> None:
    """Fill UNet and autoencoder from a Stable Diffusion 1.5 folder, as MGIE's training begins."""
    unet = open_unet(folder, networks.unet.conv_in.weight.shape[1])
    for network, tensors in ((networks.unet, unet), (networks.vae, open_vae(folder))):
        check_keys(folder, {key: tuple(t.shape) for key, t in network.state_dict().items()}, tensors)
        network.load_state_dict({key: tensor.load() for key, tensor in tensors.items()}, strict=True)


def inspix2pix_from_stable_diffusion(folder: Path, config: ModelConfig) -> tuple[Networks, list[Path]]:
    """A whole InsPix2Pix as its training begins, and the files of its tokenizer (InstructPix2Pix, 3.2).

    Raises BadCheckpoint or BadTokenizer naming file and key for what does not fit.
    """
    files = InsPix2PixFiles(folder=folder)
    tokenizer_files = files.tokenizer_files(config)
    sources = files.open(config) | {"unet": open_unet(folder, 2 * config.vae.latent_channels)}
    networks = build_networks(config, device="meta")
    tensors = match_keys(sources, networks, INSPIX2PIX_RULES)
    networks.load_state_dict({tensor.key: tensor.load() for tensor in tensors}, strict=True, assign=True)
    return networks, tokenizer_files
