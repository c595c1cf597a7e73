"""Starting a small edit head so that it tells requests apart.

A freshly trained language model's states differ little between requests beside what all of them share, and
nearly nothing of that difference reaches the denoiser, which then learns to ignore it. So the head's first
layer starts by whitening the states: their common part goes, what tells requests apart gets unit size.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from mgie.model.edit_head import EditHead

FLOOR = 2e-3  # of the largest variance: directions below it are noise and not blown up to unit size
QUERY_SCALE = 0.1  # so that what the queries read outweighs the queries themselves


@torch.no_grad()
def start_whitened(head: EditHead, states: Tensor, emb: Tensor, *, seed: int = 0) -> None:
    """Set the first layer from states (N, 8, D) of many pairs and emb (8, D); the layer must be D to D."""
    inputs = states.float() + emb
    token_means = inputs.mean(dim=0)
    centre = token_means.mean(dim=0)
    # What sets the eight tokens apart is the same for every request: project it out.
    directions = torch.linalg.svd(token_means - centre, full_matrices=False).Vh[: len(token_means) - 1]
    keep = torch.eye(inputs.shape[2]) - directions.T @ directions
    spread = ((inputs - token_means) @ keep).flatten(0, 1)
    variances, axes = torch.linalg.eigh(spread.T @ spread / len(spread))
    scaled = axes / variances.clamp(min=variances.max() * FLOOR).sqrt()
    generator = torch.Generator().manual_seed(seed)
    mixed = scaled @ torch.linalg.qr(torch.randn(len(scaled), len(scaled), generator=generator))[0]
    head.llm2hid.weight.copy_((keep @ mixed).T)
    head.llm2hid.bias.copy_(-(centre @ keep) @ mixed)
    head.query.mul_(QUERY_SCALE)


@torch.no_grad()
def start_silent(head: EditHead, *, seed: int = 0) -> None:
    """Let the head answer alike to everything, each query for itself, and free to learn.

    For a model whose painter reads the plan too: it begins with what the plan says.
    """
    layers: list[Any] = [*head.mapper.encoder.layers, *head.mapper.decoder.layers]
    for layer in layers:
        silenced: list[Any] = [layer.self_attn.out_proj, layer.linear2]
        if hasattr(layer, "multihead_attn"):
            silenced.append(layer.multihead_attn.out_proj)
        for each in silenced:
            nn.init.zeros_(each.weight)
            nn.init.zeros_(each.bias)
    generator = torch.Generator().manual_seed(seed)
    head.query.copy_(torch.randn(head.query.shape, generator=generator))
