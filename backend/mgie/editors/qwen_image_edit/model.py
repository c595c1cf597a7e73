"""Qwen-Image-Edit as a `FlowModel`: words and pictures by Qwen2.5-VL, pictures also as tokens."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from PIL import Image
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from mgie.api.options import Options
from mgie.editors.flow_editor import FlowJob
from mgie.editors.qwen_image_edit.config import QwenImageEditConfig
from mgie.editors.qwen_image_edit.networks import QwenImageEditNetworks
from mgie.editors.qwen_image_edit.prompt import prompt_of, resized_to
from mgie.model.flow import flow_sigmas, pack, stretch_sigmas, unpack

_NO_WORDS = " "  # what guidance leads away from, as published


class QwenImageEdit:
    """The networks and how they are used; see `FlowModel`."""

    def __init__(
        self,
        config: QwenImageEditConfig,
        networks: QwenImageEditNetworks,
        processor: Any,
        *,
        device: torch.device,
    ) -> None:
        """processor: of transformers, for Qwen2.5-VL."""
        self._config = config
        self._networks = networks
        self._processor = processor
        self._device = device  # of the work; weights may be elsewhere

    @property
    def scale_factor(self) -> int:
        """Pixels per latent, along one side."""
        return self._config.vae.scale_factor

    @property
    def multiple_px(self) -> int:
        """A token covers two by two latents."""
        return 2 * self._config.vae.scale_factor

    def embed(self, text: str, pictures: Sequence[Image.Image]) -> Mapping[str, Tensor]:
        """prompt_embeds and negative_embeds (1, L, D), which see all pictures."""
        if (num_pixels := self._config.seen_pixels) is not None:
            pictures = [resized_to(picture, num_pixels) for picture in pictures]
        return {
            "prompt_embeds": self._embed(text, pictures),
            "negative_embeds": self._embed(_NO_WORDS, pictures),
        }

    def encode_pixels(self, pixels: Tensor) -> Tensor:
        """Latents (B, C, h, w) of pixels (B, 3, H, W): the posterior's mode, normalised by channel."""
        vae = self._networks.vae
        frame = pixels.to(self._device, vae.dtype).unsqueeze(2)
        latents = vae.encode(frame).latent_dist.mode().squeeze(2)  # pyright: ignore[reportAttributeAccessIssue]  # a tuple only with return_dict=False
        mean, std = self._statistics()
        return (latents.float() - mean) / std

    def decode_latents(self, latents: Tensor) -> Tensor:
        """Pixels (B, 3, H, W) of latents."""
        vae = self._networks.vae
        mean, std = self._statistics()
        spread = latents.to(self._device).float() * std + mean
        return vae.decode(spread.to(vae.dtype).unsqueeze(2)).sample[:, :, 0]  # pyright: ignore[reportAttributeAccessIssue]  # a tuple only with return_dict=False

    def sigmas(self, shape: torch.Size, options: Options) -> Tensor:
        """Qwen-Image's noise levels for latents (C, h, w)."""
        num_tokens = shape[1] // 2 * (shape[2] // 2)
        sigmas = flow_sigmas(int(options["num_inference_steps"]), self._config.schedule.mu(num_tokens))
        return stretch_sigmas(sigmas, self._config.last_sigma)

    def velocity(self, job: FlowJob) -> Callable[[Tensor, float], Tensor]:
        """The transformer over noise tokens, then those of every picture; only the noise's answer counts."""
        transformer, device = self._networks.transformer, self._device
        dtype = transformer.dtype
        guidance = float(job.options["guidance_scale"])
        prompt = self._padded([embeds["prompt_embeds"] for embeds in job.embeds])
        negative = None
        if guidance > 1:
            negative = self._padded([embeds["negative_embeds"] for embeds in job.embeds])
        height, width = job.image_latents[0][0].shape[2:]
        sizes = [(height, width), *(picture.shape[2:] for picture in job.image_latents[0])]
        shapes = [[(1, rows // 2, columns // 2) for rows, columns in sizes]] * len(job.embeds)
        picture_tokens = torch.cat(
            [torch.cat([pack(picture) for picture in row], dim=1) for row in job.image_latents]
        ).to(device, dtype)

        def run(tokens: Tensor, sigma: float, embeds: Tensor, mask: Tensor | None) -> Tensor:
            output = transformer(
                hidden_states=torch.cat([tokens, picture_tokens], dim=1),
                timestep=torch.full((len(tokens),), sigma, device=device, dtype=dtype),
                encoder_hidden_states=embeds,
                encoder_hidden_states_mask=mask,
                img_shapes=shapes,
                return_dict=False,
            )[0]
            return output[:, : tokens.shape[1]].float()

        def predict(latents: Tensor, sigma: float) -> Tensor:
            tokens = pack(latents).to(dtype)
            velocity = run(tokens, sigma, *prompt)
            if negative is not None:
                velocity = guided_velocity(velocity, run(tokens, sigma, *negative), guidance)
            return unpack(velocity, height, width)

        return predict

    def _padded(self, rows: Sequence[Tensor]) -> tuple[Tensor, Tensor | None]:
        """Embeddings (1, L, D) as (B, L, D), and where they are (B, L); None for everywhere."""
        lengths = torch.tensor([row.shape[1] for row in rows])
        embeds = pad_sequence([row[0] for row in rows], batch_first=True)
        mask = torch.arange(embeds.shape[1])[None] < lengths[:, None]
        is_whole = bool(mask.all())
        moved = embeds.to(self._device, self._networks.transformer.dtype)
        return moved, None if is_whole else mask.to(self._device)

    def _embed(self, text: str, pictures: Sequence[Image.Image]) -> Tensor:
        """(1, L, D): the states after the system prompt."""
        prompt = prompt_of(text, len(pictures), numbers_pictures=self._config.numbers_pictures)
        inputs = self._processor(text=[prompt], images=list(pictures), return_tensors="pt").to(self._device)
        encoder = self._networks.text_encoder
        states = encoder(
            input_ids=inputs["input_ids"],
            attention_mask=inputs["attention_mask"],
            pixel_values=inputs["pixel_values"].to(encoder.dtype),
            image_grid_thw=inputs["image_grid_thw"],
            # without them transformers 5 places picture tokens in one row, as no model was trained
            mm_token_type_ids=inputs["mm_token_type_ids"],
            use_cache=False,
        ).last_hidden_state
        return states[:, self._config.num_dropped_tokens :]

    def _statistics(self) -> tuple[Tensor, Tensor]:
        """Mean and deviation (1, C, 1, 1) of the denoiser's latents, float32."""
        vae = self._config.vae
        mean, std = (
            torch.tensor(values, device=self._device).view(1, -1, 1, 1)
            for values in (vae.latents_mean, vae.latents_std)
        )
        return mean, std


def guided_velocity(velocity: Tensor, negative: Tensor, guidance_scale: float) -> Tensor:
    """Guidance between predictions (B, T, D) that keeps the length of each token (Qwen-Image)."""
    guided = negative + guidance_scale * (velocity - negative)
    return guided * (velocity.norm(dim=-1, keepdim=True) / guided.norm(dim=-1, keepdim=True))
