"""Looking at what a model paints leaves its networks as training knows them."""

from __future__ import annotations

import torch

from mgie.train.engine.samples import editor_in_training
from support.tiny import tiny_networks, tiny_tokenizer


def test_no_weight_is_replaced_while_a_model_in_training_paints() -> None:
    networks = tiny_networks().to("meta")  # stands in for an accelerator, where other editors fuse weights
    names = [name for name, _ in networks.named_parameters()]
    editor_in_training(networks, tiny_tokenizer(), "mine")
    assert [name for name, _ in networks.named_parameters()] == names
    assert isinstance(
        networks.unet.down_blocks[0].attentions[0].transformer_blocks[0].attn1.to_k, torch.nn.Linear
    )
