"""The sentence encoder: texts of any length in one batch, capitals, long texts, blocks in 8 bits."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from mgie.errors import BadOption
from mgie.model.config import SentenceEncoderConfig
from mgie.model.quantized import QuantizedLinear, quantize_layers
from mgie.model.reader import ENCODER_BLOCKS
from mgie.model.sentence_encoder import SentenceEncoder, padded
from support.tiny_sentence_encoder import tiny_sentence_encoder

TEXTS = ("make it warm", "a", "the sky is far too dark in this one")


@pytest.fixture(name="encoder")
def _encoder() -> SentenceEncoder:
    return tiny_sentence_encoder()


def encoded(encoder: SentenceEncoder, *texts: str) -> torch.Tensor:
    with torch.no_grad():
        return encoder(padded(encoder.split(texts), torch.device("cpu")))


def test_a_text_means_the_same_alone_and_beside_longer_ones(encoder: SentenceEncoder) -> None:
    together = encoded(encoder, *TEXTS)
    for row, text in zip(together, TEXTS, strict=True):
        torch.testing.assert_close(encoded(encoder, text)[0], row, rtol=1e-5, atol=1e-5)


def test_order_matters_and_capitals_do_not(encoder: SentenceEncoder) -> None:
    assert encoder.split(["MAKE it Warm"]) == encoder.split(["make it warm"])
    first, second = encoded(encoder, "warm not dark", "dark not warm")
    assert not torch.allclose(first, second, atol=1e-3)


@pytest.mark.parametrize("text", ["", "   ", "日本語", "x" * 3000])
def test_every_text_has_pieces_and_none_too_many(encoder: SentenceEncoder, text: str) -> None:
    (pieces,) = encoder.split([text])
    assert 1 <= len(pieces) <= 64
    assert torch.isfinite(encoded(encoder, text)).all()


def test_blocks_in_8_bits_say_nearly_the_same(encoder: SentenceEncoder) -> None:
    exact = encoded(encoder, *TEXTS)
    quantize_layers(encoder, "int8", ENCODER_BLOCKS)
    assert any(isinstance(module, QuantizedLinear) for module in encoder.modules())
    assert torch.nn.functional.cosine_similarity(encoded(encoder, *TEXTS), exact).min() > 0.999


def test_heads_must_share_the_width_evenly() -> None:
    with pytest.raises(BadOption, match="heads must share"):
        replace(SentenceEncoderConfig(num_vocabulary_bytes=1), num_heads=5)
