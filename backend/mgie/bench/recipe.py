"""The published recipe as one would write it with transformers and diffusers, on any device.

Every layer's hidden states are kept, the cache grows by a copy per token, 96 tokens are always written, and
the three contexts are projected again in every denoising step.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from transformers import DynamicCache

from mgie.model.networks import Networks


@torch.no_grad()
def write(
    networks: Networks, embeds: Tensor, ids: Sequence[int], num_new_tokens: int, visual_id: int
) -> Tensor:
    """Visual tokens (8, D) after prompt embeddings (1, P, D)."""
    model = networks.language_model
    assert model is not None
    cache, known = DynamicCache(), list(ids)
    states: list[tuple[Tensor, ...]] = []
    fed = {"inputs_embeds": embeds}
    for _ in range(num_new_tokens):
        output = model(**fed, past_key_values=cache, use_cache=True, output_hidden_states=True)
        states.append(output.hidden_states)
        known.append(_next_token(output.logits[0, -1], known))
        fed = {"input_ids": torch.tensor([known[-1:]], device=embeds.device)}
    last = torch.cat([layers[-1] for layers in states], dim=1)[0]
    start = min(known.index(visual_id) - 1, len(last) - 9)
    return last[start : start + 8]


@torch.no_grad()
def step(
    networks: Networks, latents: Tensor, image_latents: Tensor, contexts: Tensor, timestep: Tensor
) -> Tensor:
    """One guided noise prediction; contexts: (3, L, C)."""
    images = torch.cat([image_latents, image_latents, torch.zeros_like(image_latents)])
    joined = torch.cat([torch.cat([latents] * 3), images], dim=1).to(networks.unet.dtype)
    noise_pred = networks.unet(joined, timestep, encoder_hidden_states=contexts).sample
    text, image, neither = noise_pred.chunk(3)
    return neither + 7.5 * (text - image) + 1.5 * (image - neither)


def _next_token(scores: Tensor, ids: list[int]) -> int:
    """The best token that repeats no trigram."""
    pairs = zip(ids, ids[1:], ids[2:], strict=False)
    banned = [third for first, second, third in pairs if [first, second] == ids[-2:]]
    scores[banned] = -torch.inf
    return int(scores.argmax())
