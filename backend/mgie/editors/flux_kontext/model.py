"""FLUX.1 Kontext as a `FlowModel`: words by CLIP and T5, the picture as further tokens beside the noise."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import torch
from PIL import Image
from torch import Tensor

from mgie.api.options import Options
from mgie.editors.flow_editor import FlowJob
from mgie.editors.flux_kontext.config import FluxKontextConfig
from mgie.editors.flux_kontext.networks import FluxKontextNetworks
from mgie.model.diffusion import encode_pixels
from mgie.model.flow import flow_sigmas, pack, unpack
from mgie.model.text_tokenizer import TextTokenizer


class FluxKontext:
    """The networks and how they are used; see `FlowModel`."""

    def __init__(
        self,
        config: FluxKontextConfig,
        networks: FluxKontextNetworks,
        *,
        clip: TextTokenizer,
        t5: TextTokenizer,
        device: torch.device,
    ) -> None:
        self._config = config
        self._networks = networks
        self._clip, self._t5 = clip, t5
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
        """prompt_embeds (1, L, D) of T5, pooled_embeds (1, D) of CLIP. No picture is looked at."""
        clip, t5 = self._networks.text_encoder, self._networks.text_encoder_2
        clip_ids = torch.tensor([self._clip.encode(text)], device=self._device)
        t5_ids = torch.tensor([self._t5.encode(text)], device=self._device)
        return {
            "prompt_embeds": t5(input_ids=t5_ids).last_hidden_state,
            "pooled_embeds": clip(input_ids=clip_ids).pooler_output,
        }

    def encode_pixels(self, pixels: Tensor) -> Tensor:
        """Latents (B, C, h, w) of pixels (B, 3, H, W): the mode, shifted and scaled."""
        vae = self._config.vae
        return (encode_pixels(self._networks.vae, pixels) - vae.shift_factor) * vae.scaling_factor

    def decode_latents(self, latents: Tensor) -> Tensor:
        """Pixels (B, 3, H, W) of latents."""
        vae, network = self._config.vae, self._networks.vae
        unscaled = (latents / vae.scaling_factor + vae.shift_factor).to(network.device, network.dtype)
        # diffusers annotates tensors as FloatTensor; the result is a tuple only with return_dict=False
        return network.decode(unscaled).sample  # pyright: ignore[reportAttributeAccessIssue, reportArgumentType]

    def sigmas(self, shape: torch.Size, options: Options) -> Tensor:
        """FLUX's noise levels for latents (C, h, w)."""
        num_tokens = shape[1] // 2 * (shape[2] // 2)
        return flow_sigmas(int(options["num_inference_steps"]), self._config.schedule.mu(num_tokens))

    def velocity(self, job: FlowJob) -> Callable[[Tensor, float], Tensor]:
        """The transformer over noise tokens, then picture tokens; only the noise's answer counts."""
        transformer = self._networks.transformer
        device, dtype = self._device, transformer.dtype
        height, width = job.image_latents[0][0].shape[2:]
        prompt_embeds, pooled_embeds = (
            _stack([embeds[name] for embeds in job.embeds]).to(device, dtype)
            for name in ("prompt_embeds", "pooled_embeds")
        )
        picture_tokens = pack(_stack([latents for (latents,) in job.image_latents])).to(device, dtype)
        token_ids = torch.cat([_token_ids(height, width, kind=kind) for kind in (0, 1)])
        guidance = None
        if self._config.transformer.has_guidance_embeds:
            scale = float(job.options["guidance_scale"])
            guidance = torch.full((len(job.embeds),), scale, device=device)

        def predict(latents: Tensor, sigma: float) -> Tensor:
            tokens = pack(latents).to(dtype)
            output = transformer(
                hidden_states=torch.cat([tokens, picture_tokens], dim=1),
                timestep=torch.full((len(tokens),), sigma, device=device, dtype=dtype),
                guidance=guidance,
                pooled_projections=pooled_embeds,
                encoder_hidden_states=prompt_embeds,
                txt_ids=torch.zeros(prompt_embeds.shape[1], 3, device=device, dtype=dtype),
                img_ids=token_ids.to(device, dtype),
                return_dict=False,
            )[0]
            return unpack(output[:, : tokens.shape[1]].float(), height, width)

        return predict


def _stack(rows: Sequence[Tensor]) -> Tensor:
    return torch.cat(list(rows))


def _token_ids(height: int, width: int, *, kind: int) -> Tensor:
    """(tokens, 3): kind (0 noise, 1 picture), row and column of every token of latents (height, width)."""
    rows, columns = torch.meshgrid(torch.arange(height // 2), torch.arange(width // 2), indexing="ij")
    return torch.stack([torch.full_like(rows, kind), rows, columns], dim=-1).reshape(-1, 3).float()
