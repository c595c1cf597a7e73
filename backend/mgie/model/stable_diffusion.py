"""Stable Diffusion 1.5 as the starting point of training: four input channels become eight."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import torch

from mgie.model.checkpoint import check_keys
from mgie.model.networks import Networks
from mgie.model.published import open_vae
from mgie.model.tensor_files import open_sharded


def widen_conv_in(weight: torch.Tensor, in_channels: int) -> torch.Tensor:
    """Let the UNet's first convolution see further channels, ignored at first (InstructPix2Pix, 3.2).

    weight: (C, 4, 3, 3) of Stable Diffusion. Returns (C, in_channels, 3, 3), the new channels zero.
    """
    widened = weight.new_zeros(weight.shape[0], in_channels, *weight.shape[2:])
    widened[:, : weight.shape[1]] = weight
    return widened


def start_from_stable_diffusion(networks: Networks, folder: Path) -> None:
    """Fill UNet and autoencoder from a Stable Diffusion 1.5 folder, as training begins.

    A four-channel `conv_in` is widened and its bias copied; the published trainer leaves that bias random.
    """
    unet = open_sharded(folder / "unet", ["diffusion_pytorch_model"])
    in_channels = networks.unet.conv_in.weight.shape[1]
    narrow = unet.get("conv_in.weight")
    if narrow is not None and narrow.shape[1] < in_channels:
        unet["conv_in.weight"] = replace(
            narrow,
            shape=(narrow.shape[0], in_channels, *narrow.shape[2:]),
            load=lambda: widen_conv_in(narrow.load(), in_channels),
        )
    for network, tensors in ((networks.unet, unet), (networks.vae, open_vae(folder))):
        check_keys(folder, {key: tuple(t.shape) for key, t in network.state_dict().items()}, tensors)
        network.load_state_dict({key: tensor.load() for key, tensor in tensors.items()}, strict=True)
