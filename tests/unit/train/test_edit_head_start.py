"""The edit head starts by telling requests apart."""

from __future__ import annotations

import torch

from mgie.model.networks import build_networks
from mgie.model.presets import MINI
from mgie.train.mini.edit_head_start import start_whitened


@torch.no_grad()
def variation(output: torch.Tensor) -> float:
    """Deviation between requests over the whole deviation."""
    return float(output.std(0).mean() / output.std())


@torch.no_grad()
def test_small_differences_between_requests_become_large_in_the_edit_embeddings() -> None:
    torch.set_num_threads(1)
    networks = build_networks(MINI)
    head, emb = networks.edit_head, networks.emb
    assert head is not None
    assert emb is not None
    generator = torch.Generator().manual_seed(1)
    assert MINI.language is not None
    size = MINI.language.hidden_size
    common = torch.randn(1, 8, size, generator=generator)
    requests = 0.05 * torch.randn(400, 1, 6, generator=generator) @ torch.randn(6, size, generator=generator)
    states = common + requests + 1e-3 * torch.randn(400, 8, size, generator=generator)
    before = variation(head(states, emb))
    start_whitened(head, states, emb)
    after = variation(head(states, emb))
    assert after > 0.4
    assert after > 2 * before
