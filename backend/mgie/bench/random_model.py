"""A model of real shapes with random weights that writes a known answer: values do not change the speed."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch

from mgie.model.config import ModelConfig
from mgie.model.networks import Networks, build_networks

_SPREAD = 0.02  # standard deviation of the weights, as models begin
_LOUD = 200.0  # of taught embeddings: far above what the layers add


@torch.no_grad()
def random_networks(config: ModelConfig, device: torch.device, dtype: torch.dtype) -> Networks:
    """Networks made on the device itself, norms as they begin, in evaluation mode."""
    networks = build_networks(config, device="meta")
    generator = torch.Generator(device=device).manual_seed(0)
    for name, weight in list(networks.named_parameters()):
        owner, leaf = networks.get_submodule(name.rpartition(".")[0]), name.rpartition(".")[2]
        made = torch.zeros(weight.shape, device=device, dtype=dtype)
        if "norm" in name and leaf == "weight":
            made.fill_(1.0)
        elif leaf != "bias":
            made.normal_(0, _SPREAD, generator=generator)
        setattr(owner, leaf, torch.nn.Parameter(made, requires_grad=False))
    for owner in networks.modules():
        for leaf, buffer in list(owner.named_buffers(recurse=False)):
            setattr(owner, leaf, buffer.to(device))
    networks.derive_emb()
    return networks.eval()


@torch.no_grad()
def teach_answer(networks: Networks, last_id: int, answer_ids: Sequence[int]) -> None:
    """Make the language model write an answer after a prompt that ends in `last_id`.

    Every token's embedding drowns what the layers add, and the LM head's row of the next one answers to it.
    """
    model = networks.language_model
    assert model is not None
    embeddings, head = model.model.embed_tokens.weight, model.lm_head.weight
    generator = torch.Generator().manual_seed(1)
    for token, following in pairwise([last_id, *answer_ids]):
        signs = torch.randint(0, 2, (embeddings.shape[1],), generator=generator) * 2.0 - 1
        embeddings[token] = (_LOUD * signs).to(embeddings)
        head[following] = (0.05 * signs).to(head)
