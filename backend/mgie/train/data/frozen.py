"""The frozen ends of the model, picture to features and to latents; in the step or, for a cache, ahead."""

from __future__ import annotations

from typing import NamedTuple, cast

import torch
from diffusers.models.autoencoders.vae import DiagonalGaussianDistribution
from torch import Tensor

from mgie.model.networks import Networks
from mgie.model.vision import CLIP_MEAN, CLIP_STD, image_features
from mgie.train.data.batch import Batch


class Latents(NamedTuple):
    """What the autoencoder makes of a batch, unscaled, all (B, 4, h, w) float32."""

    image: Tensor  # posterior mode of the input
    goal_mean: Tensor
    goal_std: Tensor


@torch.no_grad()
def latents(networks: Networks, batch: Batch) -> Latents:
    """Latents of both pictures, in one pass of the encoder unless they came with the batch."""
    if batch.image_latents is not None and batch.goal_mean is not None and batch.goal_std is not None:
        return Latents(batch.image_latents.float(), batch.goal_mean.float(), batch.goal_std.float())
    assert batch.pixels is not None
    return encode_pixels(networks, batch.pixels)


@torch.no_grad()
def encode_pixels(networks: Networks, pixels: Tensor) -> Latents:
    """Latents of inputs and goals. pixels: (2, B, 3, H, W) uint8."""
    images = 2 * (pixels.flatten(0, 1).float() / 255) - 1
    encoded = networks.vae.encode(images.to(networks.vae.dtype), return_dict=False)[0]
    distribution = cast(DiagonalGaussianDistribution, encoded)
    image, goal = distribution.mean.float().chunk(2)
    return Latents(image, goal, distribution.std.float().chunk(2)[1])


def features(networks: Networks, batch: Batch) -> Tensor:
    """(B, P, D) of the selected vision layer, CLS dropped; with gradient where the tower is trained."""
    if batch.image_features is not None:
        return batch.image_features.to(_projector_dtype(networks))
    assert batch.vision_pixels is not None
    return encode_vision(networks, batch.vision_pixels)


def encode_vision(networks: Networks, vision_pixels: Tensor) -> Tensor:
    """(B, P, D) features of pictures (B, 3, S, S) uint8."""
    tower, config = networks.vision_tower, networks.config.vision
    assert tower is not None
    assert config is not None
    mean, std = (torch.tensor(values, device=vision_pixels.device) for values in (CLIP_MEAN, CLIP_STD))
    pixel_values = (vision_pixels.float() / 255 - mean[:, None, None]) / std[:, None, None]
    return image_features(tower, pixel_values.to(tower.dtype), config).to(_projector_dtype(networks))


def _projector_dtype(networks: Networks) -> torch.dtype:
    assert networks.projector is not None
    return networks.projector.weight.dtype
