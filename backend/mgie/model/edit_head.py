"""The edit head: turns the eight visual tokens into what the UNet attends to (MGIE, section 3.2)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from mgie.model.config import EditHeadConfig


class EditHead(nn.Module):
    """A small transformer whose learned queries read the visual tokens."""

    def __init__(self, config: EditHeadConfig, *, input_size: int, output_size: int) -> None:
        super().__init__()
        self.query = nn.Parameter(torch.randn(1, config.num_queries, config.hidden_size))
        self.llm2hid = nn.Linear(input_size, config.hidden_size)
        self.mapper = _transformer(config)
        self.hid2feat = nn.Linear(config.hidden_size, output_size)

    def forward(self, visual_tokens: Tensor, emb: Tensor) -> Tensor:
        """Map visual tokens to edit embeddings.

        visual_tokens: (B, 8, D) states of the language model that predict [IMG0] .. [IMG7].
        emb: (8, D) input embeddings of [IMG0] .. [IMG7].
        Returns (B, 77, C).
        """
        source = self.llm2hid(visual_tokens + emb)
        target = self.query.expand(len(visual_tokens), -1, -1)
        return self.hid2feat(self.mapper(source, target))


def _transformer(config: EditHeadConfig) -> nn.Transformer:
    layer = nn.TransformerEncoderLayer(
        config.hidden_size,
        config.num_heads,
        config.feedforward_size,
        dropout=0.0,
        batch_first=True,
        norm_first=True,
    )
    # Given explicitly, because nn.Transformer's own encoder warns that norm_first has no nested tensors.
    encoder = nn.TransformerEncoder(
        layer, config.num_encoder_layers, nn.LayerNorm(config.hidden_size), enable_nested_tensor=False
    )
    return nn.Transformer(
        config.hidden_size,
        config.num_heads,
        num_decoder_layers=config.num_decoder_layers,
        dim_feedforward=config.feedforward_size,
        dropout=0.0,
        custom_encoder=encoder,
        batch_first=True,
        norm_first=True,
    )
