"""Training a small AutoencoderKL from photographs, starting from colour averages instead of noise.

`linear_start`      weights that already carry the mean colour of every 8x8 block to and fro
`train_autoencoder` a generator: one yield per step
`whiten_latents`    afterwards: every latent channel gets mean 0 and deviation 1, within two 1x1 convolutions
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple, cast

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from diffusers.models.downsampling import Downsample2D
from diffusers.models.resnet import ResnetBlock2D
from diffusers.models.upsampling import Upsample2D
from torch import Tensor, nn

from mgie.errors import BadOption
from mgie.train.mini.clock import ENDLESS, Clock, rate_at

# The normalisation before the last convolution would take the overall tone away. Two constant channels of
# +ANCHOR and -ANCHOR in the group of the colours fix its deviation and report its mean, so colours pass.
ANCHOR = 30.0
SHIFT = 10.0  # bias that keeps SiLU in its linear part
PLUS, MINUS = 3, 4  # channels of the two constants; the colours are channels 0 to 2


@dataclass(frozen=True, kw_only=True)
class AutoencoderConfig:
    """How the autoencoder is trained."""

    num_steps: int  # optimizer steps
    batch_size: int = 16  # crops per step
    crop_px: int = 64  # side of a crop, a multiple of 8
    learning_rate: float = 1e-3  # of AdamW, cosine to 0
    seed: int = 0

    def __post_init__(self) -> None:
        if min(self.num_steps, self.batch_size, self.crop_px) < 1 or self.crop_px % 8:
            raise BadOption(f"{self}: counts are positive and crop_px is a multiple of 8")


class AutoencoderStep(NamedTuple):
    """What one step says."""

    step: int  # 1..num_steps
    loss: float
    psnr_db: float  # of the batch, inputs 0..1


def _zero(layer: nn.Conv2d) -> None:
    nn.init.zeros_(layer.weight)
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)


def _carry(layer: nn.Conv2d, kernel: Tensor) -> None:
    """Let a convolution pass the three colours through `kernel` and keep the two constants."""
    layer.weight.data[: MINUS + 1] = 0
    layer.weight.data[:, [PLUS, MINUS]] = 0  # or the free channels would drown in the constants
    assert layer.bias is not None
    layer.bias.data[:3] = 0
    for channel in range(3):
        layer.weight.data[channel, channel] = kernel
    _set_constants(layer)


def _set_constants(layer: nn.Conv2d) -> None:
    assert layer.bias is not None
    layer.weight.data[[PLUS, MINUS]] = 0
    layer.bias.data[PLUS], layer.bias.data[MINUS] = ANCHOR, -ANCHOR


def _identity_blocks(part: nn.Module) -> None:
    """Residual blocks add nothing yet; changes of scale average or interpolate."""
    average = torch.zeros(3, 3)
    average[:2, :2] = 0.25  # diffusers pads right and below before a stride of 2
    smooth = torch.outer(torch.tensor([0.25, 0.5, 0.25]), torch.tensor([0.25, 0.5, 0.25]))
    point = torch.ones(1, 1)
    for module in part.modules():
        if isinstance(module, ResnetBlock2D):
            _zero(module.conv2)
            if module.conv_shortcut is not None:
                _carry(module.conv_shortcut, point)
        elif isinstance(module, Downsample2D):
            _carry(cast(nn.Conv2d, module.conv), average)
        elif isinstance(module, Upsample2D):
            _carry(cast(nn.Conv2d, module.conv), smooth)


def _read_out(norm: nn.GroupNorm, conv: nn.Conv2d, matrix: Tensor) -> None:
    """Make normalisation, SiLU and convolution together apply `matrix` (out, 3) to the three colours."""
    per_group = norm.num_channels // norm.num_groups
    if per_group <= MINUS:
        raise BadOption(f"the colours need groups of more than {MINUS} channels; these have {per_group}")
    deviation = ANCHOR * math.sqrt(2 / per_group)
    norm.weight.data[:3], norm.bias.data[:3] = deviation, SHIFT
    norm.weight.data[[PLUS, MINUS]], norm.bias.data[[PLUS, MINUS]] = deviation / 10, SHIFT
    rows = matrix.shape[0]
    centre = torch.zeros(rows, norm.num_channels)
    centre[:, :3] = matrix
    mean_back = -5 * matrix.sum(dim=1)  # (plus + minus) is -2 mean / 10
    centre[:, PLUS] = mean_back
    centre[:, MINUS] = mean_back
    conv.weight.data[:rows] = 0
    conv.weight.data[:rows, :, 1, 1] = centre
    assert conv.bias is not None
    conv.bias.data[:rows] = -SHIFT * centre.sum(dim=1)


@torch.no_grad()
def linear_start(vae: AutoencoderKL) -> None:
    """Start from block averages: three latents hold the colour (opponent axes), the fourth is free.

    Encoder and decoder are then exact on flat pictures, whatever their tone.
    """
    opponent = torch.tensor([[1.0, 1.0, 1.0], [1.0, 0.0, -1.0], [0.5, -1.0, 0.5]])
    for part, source in ((vae.encoder, torch.eye(3)), (vae.decoder, torch.linalg.inv(opponent))):
        _identity_blocks(part)
        first = part.conv_in
        first.weight.data[: MINUS + 1] = 0
        assert first.bias is not None
        first.bias.data[:3] = 0
        first.weight.data[:3, :3, 1, 1] = source
        _set_constants(first)
    _read_out(vae.encoder.conv_norm_out, vae.encoder.conv_out, opponent)
    _read_out(cast(nn.GroupNorm, vae.decoder.conv_norm_out), vae.decoder.conv_out, torch.eye(3))
    _set_moments(vae, torch.eye(vae.config["latent_channels"]), torch.zeros(vae.config["latent_channels"]))


def _set_moments(vae: AutoencoderKL, matrix: Tensor, offset: Tensor) -> None:
    """latents = matrix @ encoder output + offset, undone in front of the decoder; log variance -10."""
    channels = matrix.shape[0]
    quant, post = cast(nn.Conv2d, vae.quant_conv), cast(nn.Conv2d, vae.post_quant_conv)
    assert quant.bias is not None
    assert post.bias is not None
    nn.init.zeros_(quant.weight)
    quant.weight.data[:channels, :channels, 0, 0] = matrix
    quant.bias.data[:channels], quant.bias.data[channels:] = offset, -10.0
    inverse = torch.linalg.inv(matrix)
    post.weight.data[:, :, 0, 0] = inverse
    post.bias.data[:] = -inverse @ offset


def _tone_jitter(crops: Tensor, generator: torch.Generator) -> Tensor:
    """Gains per channel and a gamma, so that edited tones are as familiar as photographed ones; 0..1."""
    count = crops.shape[0]
    gains = torch.exp2(torch.randn(count, 3, 1, 1, generator=generator) * 0.15)
    gamma = torch.exp2(torch.randn(count, 1, 1, 1, generator=generator) * 0.5)
    return (crops.clamp_min(1e-4) ** gamma * gains).clamp(0, 1)


def draw_crops(
    photos: npt.NDArray[np.uint8], config: AutoencoderConfig, generator: torch.Generator
) -> Tensor:
    """A batch (B, 3, crop, crop) of jittered crops, 0..1."""
    room = photos.shape[1] - config.crop_px + 1
    which = torch.randint(len(photos), (config.batch_size,), generator=generator).tolist()
    corners = torch.randint(room, (config.batch_size, 2), generator=generator).tolist()
    size = config.crop_px
    crops = np.stack(
        [photos[i, y : y + size, x : x + size] for i, (y, x) in zip(which, corners, strict=True)]
    )
    return _tone_jitter(torch.from_numpy(crops).permute(0, 3, 1, 2).float() / 255, generator)


def reconstruct(vae: AutoencoderKL, pictures: Tensor) -> Tensor:
    """Pictures (B, 3, H, W) of -1..1 to and fro, without sampling noise."""
    mean = vae.encode(pictures).latent_dist.mode()  # pyright: ignore[reportAttributeAccessIssue]  # loosely typed
    return vae.decode(mean).sample  # pyright: ignore[reportAttributeAccessIssue]  # loosely typed


def reconstruction_loss(result: Tensor, pictures: Tensor) -> Tensor:
    """L1 at full size plus L1 of 8x8 block means: tones matter more to an edit than texture."""
    blocks = F.l1_loss(F.avg_pool2d(result, 8), F.avg_pool2d(pictures, 8))
    return F.l1_loss(result, pictures) + blocks


def train_autoencoder(
    vae: AutoencoderKL,
    photos: npt.NDArray[np.uint8],
    config: AutoencoderConfig,
    *,
    clock: Clock | None = None,
) -> Iterator[AutoencoderStep]:
    """Train in place, in float32: the anchors do not survive less. Yields after every step.

    photos: (N, H, W, 3). clock: ends the training in place of `num_steps`.
    """
    vae.train()
    generator = torch.Generator().manual_seed(config.seed)
    optimizer = torch.optim.AdamW(vae.parameters(), lr=config.learning_rate, weight_decay=0.0)
    for index in range(1, (ENDLESS if clock else config.num_steps) + 1):
        share = clock.share if clock else (index - 1) / config.num_steps
        if share >= 1:
            break
        for group in optimizer.param_groups:
            group["lr"] = config.learning_rate * rate_at(share) * min(1.0, 0.04 + share / 0.1)
        pictures = draw_crops(photos, config, generator).to(vae.device) * 2 - 1
        result = reconstruct(vae, pictures)
        loss = reconstruction_loss(result, pictures)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(vae.parameters(), 1.0)
        optimizer.step()
        error = F.mse_loss(result.detach().clamp(-1, 1), pictures).item() / 4
        yield AutoencoderStep(index, loss.item(), -10 * math.log10(max(error, 1e-12)))
    vae.eval()


@torch.no_grad()
def whiten_latents(vae: AutoencoderKL, photos: npt.NDArray[np.uint8]) -> None:
    """Give every latent channel mean 0 and deviation 1 over `photos`; the reconstruction stays the same."""
    channels = vae.config["latent_channels"]
    encoder_out: list[Tensor] = []
    for start in range(0, len(photos), 32):
        pictures = torch.from_numpy(photos[start : start + 32]).permute(0, 3, 1, 2).float() / 127.5 - 1
        pictures = pictures.to(vae.device)
        encoder_out.append(vae.encode(pictures).latent_dist.mode())  # pyright: ignore[reportAttributeAccessIssue]
    latents = torch.cat(encoder_out)
    mean, deviation = latents.mean(dim=(0, 2, 3)), latents.std(dim=(0, 2, 3))
    quant, post = cast(nn.Conv2d, vae.quant_conv), cast(nn.Conv2d, vae.post_quant_conv)
    assert quant.bias is not None
    assert post.bias is not None
    quant.weight.data[:channels] /= deviation[:, None, None, None]
    quant.bias.data[:channels] = (quant.bias.data[:channels] - mean) / deviation
    post.bias.data += post.weight.data[:, :, 0, 0] @ mean
    post.weight.data *= deviation[None, :, None, None]
