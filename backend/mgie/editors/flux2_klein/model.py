"""FLUX.2 Klein as a `FlowModel`: words by Qwen3, pictures as further tokens beside the noise."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from PIL import Image
from torch import Tensor

from mgie.api.options import Options
from mgie.editors.flow_editor import FlowJob
from mgie.editors.flux2_klein.config import Flux2KleinConfig
from mgie.editors.flux2_klein.networks import Flux2KleinNetworks
from mgie.model.flow import flow_sigmas

_PICTURE_DISTANCE = 10  # between pictures along their axis of the positions; the noise is at 0


class Flux2Klein:
    """The networks and how they are used; see `FlowModel`."""

    def __init__(
        self, config: Flux2KleinConfig, networks: Flux2KleinNetworks, tokenizer: Any, *, device: torch.device
    ) -> None:
        """tokenizer: of transformers, with the chat template that the text encoder was trained with."""
        self._config = config
        self._networks = networks
        self._tokenizer = tokenizer
        self._device = device  # of the work; weights may be elsewhere

    @property
    def scale_factor(self) -> int:
        """Pixels per latent, along one side."""
        return self._config.vae.scale_factor

    @property
    def multiple_px(self) -> int:
        """A latent is a token."""
        return self._config.vae.scale_factor

    def embed(self, text: str, pictures: Sequence[Image.Image]) -> Mapping[str, Tensor]:
        """prompt_embeds (1, L, D), and negative_embeds where there is guidance. No picture is looked at."""
        embeds = {"prompt_embeds": self._embed(text)}
        return embeds if self._config.is_distilled else embeds | {"negative_embeds": self._embed("")}

    def encode_pixels(self, pixels: Tensor) -> Tensor:
        """Latents (B, 4C, h, w) of pixels (B, 3, H, W): squares of the posterior's mode, normalised."""
        vae = self._networks.vae
        latents = vae.encode(pixels.to(self._device, vae.dtype)).latent_dist.mode()  # pyright: ignore[reportAttributeAccessIssue]  # a tuple only with return_dict=False
        mean, std = self._statistics()
        return (_squares(latents).float() - mean) / std

    def decode_latents(self, latents: Tensor) -> Tensor:
        """Pixels (B, 3, H, W) of latents."""
        vae = self._networks.vae
        mean, std = self._statistics()
        spread = _spread(latents.to(self._device).float() * std + mean)
        # diffusers annotates tensors as FloatTensor; the result is a tuple only with return_dict=False
        return vae.decode(spread.to(vae.dtype)).sample  # pyright: ignore[reportAttributeAccessIssue, reportArgumentType]

    def sigmas(self, shape: torch.Size, options: Options) -> Tensor:
        """Klein's noise levels for latents (C, h, w)."""
        num_steps = int(options["num_inference_steps"])
        return flow_sigmas(num_steps, empirical_mu(shape[1] * shape[2], num_steps))

    def velocity(self, job: FlowJob) -> Callable[[Tensor, float], Tensor]:
        """The transformer over noise tokens, then those of every picture; only the noise's answer counts."""
        transformer, device = self._networks.transformer, self._device
        dtype = transformer.dtype
        guidance = self._guidance(job)
        prompt_embeds = _stack(job, "prompt_embeds").to(device, dtype)
        negative_embeds = _stack(job, "negative_embeds").to(device, dtype) if guidance > 1 else None
        first = job.image_latents[0]
        height, width = first[0].shape[2:]
        picture_tokens = torch.cat([torch.cat([_tokens(p) for p in row], dim=1) for row in job.image_latents])
        places = [_positions(0, height, width)] + [
            _positions(_PICTURE_DISTANCE * index, *picture.shape[2:])
            for index, picture in enumerate(first, start=1)
        ]
        positions = torch.cat(places).expand(len(job.embeds), -1, -1).to(device)

        def run(tokens: Tensor, sigma: float, embeds: Tensor) -> Tensor:
            output = transformer(
                hidden_states=torch.cat([tokens, picture_tokens.to(device, dtype)], dim=1),
                timestep=torch.full((len(tokens),), sigma, device=device, dtype=dtype),
                guidance=None,
                encoder_hidden_states=embeds,
                txt_ids=_text_positions(embeds.shape[1]).expand(len(embeds), -1, -1).to(device),
                img_ids=positions,
                return_dict=False,
            )[0]
            return output[:, : tokens.shape[1]].float()

        def predict(latents: Tensor, sigma: float) -> Tensor:
            tokens = _tokens(latents).to(dtype)
            velocity = run(tokens, sigma, prompt_embeds)
            if negative_embeds is not None:
                negative = run(tokens, sigma, negative_embeds)
                velocity = negative + guidance * (velocity - negative)
            return velocity.permute(0, 2, 1).reshape(latents.shape)

        return predict

    def _guidance(self, job: FlowJob) -> float:
        return 1.0 if self._config.is_distilled else float(job.options["guidance_scale"])

    def _embed(self, text: str) -> Tensor:
        written = self._tokenizer.apply_chat_template(
            [{"role": "user", "content": text}],
            tokenize=False,
            add_generation_prompt=True,
            enable_thinking=False,
        )
        inputs = self._tokenizer(
            written,
            return_tensors="pt",
            padding="max_length",
            truncation=True,
            max_length=self._config.text.max_length,
        ).to(self._device)
        output = self._networks.text_encoder.model(
            input_ids=inputs["input_ids"],
            attention_mask=inputs["attention_mask"],
            output_hidden_states=True,
            use_cache=False,
        )
        states = [output.hidden_states[layer] for layer in self._config.text.output_layers]
        return torch.cat(states, dim=-1)

    def _statistics(self) -> tuple[Tensor, Tensor]:
        """Mean and deviation (1, 4C, 1, 1) of the denoiser's latents, float32."""
        norm = self._networks.vae.bn
        assert norm.running_mean is not None
        assert norm.running_var is not None
        mean, variance = (
            values.float().view(1, -1, 1, 1).to(self._device)
            for values in (norm.running_mean, norm.running_var)
        )
        return mean, torch.sqrt(variance + self._config.vae.batch_norm_eps)


def empirical_mu(num_tokens: int, num_steps: int) -> float:
    """Logarithm of the shift, as Black Forest Labs fitted it to tokens and steps."""
    at_200_steps = 0.00016927 * num_tokens + 0.45666666
    if num_tokens > 4300:
        return at_200_steps
    at_10_steps = 8.73809524e-05 * num_tokens + 1.89833333
    return at_200_steps + (at_200_steps - at_10_steps) / 190 * (num_steps - 200)


def _stack(job: FlowJob, name: str) -> Tensor:
    rows: Sequence[Tensor] = [embeds[name] for embeds in job.embeds]
    return torch.cat(list(rows))


def _tokens(latents: Tensor) -> Tensor:
    """Latents (B, C, h, w) as tokens (B, h * w, C)."""
    return latents.flatten(2).permute(0, 2, 1)


def _squares(latents: Tensor) -> Tensor:
    """Latents (B, C, 2h, 2w) as (B, 4C, h, w)."""
    batch, channels, height, width = latents.shape
    squares = latents.view(batch, channels, height // 2, 2, width // 2, 2).permute(0, 1, 3, 5, 2, 4)
    return squares.reshape(batch, 4 * channels, height // 2, width // 2)


def _spread(latents: Tensor) -> Tensor:
    """The latents (B, C, 2h, 2w) that `_squares` put together."""
    batch, channels, height, width = latents.shape
    spread = latents.reshape(batch, channels // 4, 2, 2, height, width).permute(0, 1, 4, 2, 5, 3)
    return spread.reshape(batch, channels // 4, 2 * height, 2 * width)


def _positions(picture: int, height: int, width: int) -> Tensor:
    """(h * w, 4): picture, row, column, 0 of every token."""
    axes = (torch.tensor([picture]), torch.arange(height), torch.arange(width), torch.zeros(1).long())
    return torch.cartesian_prod(*axes)


def _text_positions(length: int) -> Tensor:
    """(length, 4): 0, 0, 0, place in the text."""
    return torch.nn.functional.pad(torch.arange(length)[:, None], (3, 0))
