"""Pixels to latents and back, and one guided denoising step's noise prediction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from PIL import Image
from torch import Tensor

from mgie.errors import BadImage
from mgie.model.conditioning import ContextKeyValues, project_contexts
from mgie.model.events import FloatImage, SamplingOptions


def fit_size(image: Image.Image, multiple_px: int) -> Image.Image:
    """RGB, each side rounded down to a multiple of `multiple_px` (Lanczos), as published."""
    width, height = (side // multiple_px * multiple_px for side in image.size)
    if not (width and height):
        raise BadImage(f"{image.width}x{image.height} px is too small; at least {multiple_px} px per side")
    image = image.convert("RGB")
    return image if image.size == (width, height) else image.resize((width, height), Image.Resampling.LANCZOS)


def to_pixels(images: Sequence[Image.Image]) -> Tensor:
    """Pictures of one size as (B, 3, H, W), -1..1, float32."""
    pixels = np.stack([np.asarray(image) for image in images]).astype(np.float32) / 255
    return 2 * torch.from_numpy(pixels).permute(0, 3, 1, 2).contiguous() - 1


def to_images(pixels: Tensor) -> list[FloatImage]:
    """Decoded pixels (B, 3, H, W), -1..1, as pictures 0..1."""
    images = (pixels.float() / 2 + 0.5).clamp(0, 1).permute(0, 2, 3, 1).cpu().numpy()
    return list(images)


def encode_pixels(vae: AutoencoderKL, pixels: Tensor) -> Tensor:
    """Image latents (B, 4, H/8, W/8): the mode of the posterior, not scaled, as published."""
    return vae.encode(pixels.to(vae.device, vae.dtype)).latent_dist.mode()  # pyright: ignore[reportAttributeAccessIssue]  # a tuple only with return_dict=False


def decode_latents(vae: AutoencoderKL, latents: Tensor) -> Tensor:
    """Pixels (B, 3, H, W) of the denoiser's (scaled) latents."""
    unscaled = latents.to(vae.device, vae.dtype) / vae.config["scaling_factor"]
    return vae.decode(unscaled).sample  # pyright: ignore[reportAttributeAccessIssue]  # a tuple only with return_dict=False


def guided_noise(noise_pred: Tensor, guidance_scale: float, image_guidance_scale: float) -> Tensor:
    """Combine the three noise predictions (InstructPix2Pix, eq. 3).

    noise_pred: (3B, 4, h, w), ordered text and image, image only, neither. Returns (B, 4, h, w).
    """
    text, image, neither = noise_pred.chunk(3)
    return neither + guidance_scale * (text - image) + image_guidance_scale * (image - neither)


@dataclass(frozen=True, kw_only=True)
class GuidedDenoiser:
    """Predicts the guided noise of B edits. Holds all that is constant while they run."""

    unet: UNet2DConditionModel
    contexts: Tensor  # (R, L, C), what each row attends to
    context_kv: ContextKeyValues  # the same, projected
    image_latents: Tensor  # (R, 4, h, w), float32; zeros in the rows without picture
    num_branches: int  # R / B: 3, 2 without image guidance, 1 without any
    options: SamplingOptions

    def __call__(self, latents: Tensor, timestep: Tensor) -> Tensor:
        """Noise (B, 4, h, w), float32, of scaled noisy latents (B, 4, h, w)."""
        return self.combine(self.predict(latents, timestep))

    def combine(self, noise_pred: Tensor) -> Tensor:
        """Guided noise (B, 4, h, w) of every branch's (R, 4, h, w); the first branch has text and picture."""
        if self.num_branches == 1:
            return noise_pred
        if self.num_branches == 2:  # image_guidance_scale 1: the branch without picture cancels out
            text, image = noise_pred.chunk(2)
            return image + self.options.guidance_scale * (text - image)
        return guided_noise(noise_pred, self.options.guidance_scale, self.options.image_guidance_scale)

    def predict(self, latents: Tensor, timestep: Tensor) -> Tensor:
        """Noise (R, 4, h, w), float32, of every branch."""
        joined = torch.cat([latents.repeat(self.num_branches, 1, 1, 1), self.image_latents], dim=1)
        output = self.unet(
            joined.to(self.unet.dtype),
            timestep,
            encoder_hidden_states=self.contexts,
            cross_attention_kwargs={"context_kv": self.context_kv},
            return_dict=False,
        )
        return output[0].float()


def prepare_denoiser(
    unet: UNet2DConditionModel,
    edit_embeds: Tensor,
    negative_embeds: Tensor,
    image_latents: Tensor,
    options: SamplingOptions,
) -> GuidedDenoiser:
    """Set up the branches that these guidance scales need.

    edit_embeds: (B, L, C). negative_embeds: (1, L, C), the same for all. image_latents: (B, 4, h, w).
    """
    batch = len(edit_embeds)
    image_latents = image_latents.to(unet.device, torch.float32)
    if options.image_guidance_scale != 1:
        branches = [image_latents, image_latents, torch.zeros_like(image_latents)]
    else:
        branches = [image_latents] if options.guidance_scale == 1 else [image_latents, image_latents]
    embeds = torch.cat([edit_embeds, negative_embeds]).to(unet.device, unet.dtype)
    rows = torch.tensor([*range(batch), *[batch] * batch * (len(branches) - 1)], device=unet.device)
    return GuidedDenoiser(
        unet=unet,
        contexts=embeds[rows],
        context_kv=project_contexts(unet, embeds, rows),
        image_latents=torch.cat(branches),
        num_branches=len(branches),
        options=options,
    )
