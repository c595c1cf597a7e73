"""The published recipe as one would write it with transformers and diffusers, for comparison.

Every layer's hidden states are kept, the cache grows by a copy per step, the LM head runs over the whole
prompt, 96 tokens are always written, and the three contexts are projected again in every denoising step.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor
from transformers import DynamicCache

from mgie.model.networks import Networks


class Prefilled(NamedTuple):
    """After the prompt."""

    cache: DynamicCache
    hidden_states: list[tuple[Tensor, ...]]  # of every step, every layer
    ids: list[int]


def see(networks: Networks, pixels: Tensor) -> Tensor:
    """Image features (N, D): the whole tower runs, and a dummy picture goes through the projector too."""
    output = networks.vision_tower(pixels, output_hidden_states=True)
    features = output.hidden_states[-2][:, 1:]
    networks.projector(torch.zeros_like(features))
    return networks.projector(features)[0]


def read(networks: Networks, embeds: Tensor, ids: list[int]) -> Prefilled:
    """Run the prompt and choose the first token."""
    cache = DynamicCache()
    output = networks.language_model(
        inputs_embeds=embeds, past_key_values=cache, use_cache=True, output_hidden_states=True
    )
    return Prefilled(cache, [output.hidden_states], [*ids, next_token(output.logits[0, -1], ids)])


def write(networks: Networks, prefilled: Prefilled, num_new_tokens: int, visual_id: int) -> Tensor:
    """Write on to `num_new_tokens`, then cut the visual tokens (8, D) out of all kept states."""
    cache, hidden_states, ids = prefilled.cache, list(prefilled.hidden_states), list(prefilled.ids)
    for _ in range(num_new_tokens - 1):
        output = networks.language_model(
            torch.tensor([ids[-1:]]), past_key_values=cache, use_cache=True, output_hidden_states=True
        )
        hidden_states.append(output.hidden_states)
        ids.append(next_token(output.logits[0, -1], ids))
    last = torch.cat([states[-1] for states in hidden_states], dim=1)[0]
    start = min(ids.index(visual_id) - 1, len(last) - 9)
    return last[start : start + 8]


def next_token(scores: Tensor, ids: list[int]) -> int:
    """The best token that repeats no trigram."""
    pairs = zip(ids, ids[1:], ids[2:], strict=False)
    banned = [third for first, second, third in pairs if [first, second] == ids[-2:]]
    scores[banned] = -torch.inf
    return int(scores.argmax())


def unet_step(
    networks: Networks, latents: Tensor, image_latents: Tensor, contexts: Tensor, timestep: Tensor
) -> Tensor:
    """One guided noise prediction."""
    images = torch.cat([image_latents, image_latents, torch.zeros_like(image_latents)])
    joined = torch.cat([torch.cat([latents] * 3), images], dim=1)
    noise_pred = networks.unet(joined, timestep, encoder_hidden_states=contexts).sample
    text, image, neither = noise_pred.chunk(3)
    return neither + 7.5 * (text - image) + 1.5 * (image - neither)


def encode(networks: Networks, pixels: Tensor) -> Tensor:
    """Image latents."""
    return networks.vae.encode(pixels).latent_dist.mode()


def decode(networks: Networks, latents: Tensor) -> Tensor:
    """Pixels."""
    return networks.vae.decode(latents / networks.vae.config["scaling_factor"]).sample
