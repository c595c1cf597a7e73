"""int8 and int4 weights: close to what they were, small, and the same however they are multiplied."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mgie.errors import BadOption
from mgie.model.offload import num_bytes
from mgie.model.quantized import (
    DECODER,
    QuantizedLinear,
    QuantizedPrecision,
    int4_row,
    int8_row,
    prepare_quantized,
    quantize_layers,
)
from support.tiny import tiny_networks

PRECISIONS: list[QuantizedPrecision] = ["int8", "int4"]
ROUNDING = {"int8": 0.5 / 127, "int4": 0.5 / 15}  # of the range of a row or group, at most


def linear(rows: int, columns: int, seed: int = 0) -> torch.nn.Linear:
    made = torch.nn.Linear(columns, rows, bias=False)
    weight = torch.randn(rows, columns, generator=torch.Generator().manual_seed(seed))
    made.weight.data = weight
    return made


@pytest.mark.parametrize("precision", PRECISIONS)
@given(rows=st.integers(1, 9), groups=st.integers(1, 5), seed=st.integers(0, 1000))
def test_weights_are_rounded_and_no_more(
    precision: QuantizedPrecision, rows: int, groups: int, seed: int
) -> None:
    layer = linear(rows, 32 * groups, seed)
    golden = layer.weight.detach()
    spread = golden.max() - golden.min()
    found = QuantizedLinear.of(layer, precision).whole()
    assert float((found - golden).abs().max()) <= 1.02 * ROUNDING[precision] * float(spread)


@torch.no_grad()
@pytest.mark.parametrize("precision", PRECISIONS)
def test_one_row_is_multiplied_as_many_are(precision: QuantizedPrecision) -> None:
    layer = QuantizedLinear.of(linear(24, 96), precision)
    row = torch.randn(96, generator=torch.Generator().manual_seed(1))
    if precision == "int8":
        found = int8_row(row, layer.weight, layer.scale)
    else:
        found = int4_row(row, layer.weight, layer.scale, layer.offset)
    torch.testing.assert_close(found, layer(row[None].repeat(3, 1))[1], rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("value", [0.0, 3.0])
@pytest.mark.parametrize("precision", PRECISIONS)
def test_rows_of_one_value_stay_that_value(precision: QuantizedPrecision, value: float) -> None:
    layer = linear(2, 32)
    layer.weight.data.fill_(value)
    torch.testing.assert_close(QuantizedLinear.of(layer, precision).whole(), layer.weight.data)


@pytest.mark.parametrize("precision", PRECISIONS)
def test_a_bias_is_kept(precision: QuantizedPrecision) -> None:
    layer = torch.nn.Linear(64, 3)
    states = torch.randn(2, 5, 64, generator=torch.Generator().manual_seed(2))
    made = QuantizedLinear.of(layer, precision)
    expected = states @ made.whole().T + layer.bias
    torch.testing.assert_close(made(states), expected)
    assert torch.equal(QuantizedLinear.of(made, precision).bias, layer.bias)


def test_int4_says_which_layers_it_cannot_group() -> None:
    with pytest.raises(BadOption, match="a multiple of 32 inputs per layer, not 48; choose int8"):
        QuantizedLinear.of(linear(2, 48), "int4")


@pytest.mark.parametrize(("precision", "share"), [("int8", 0.27), ("int4", 0.21)])
def test_only_the_decoder_shrinks(precision: QuantizedPrecision, share: float) -> None:
    """Of float32: a quarter and the scales, or an eighth and two scales for 32 weights."""
    model = tiny_networks().language_model
    before, outside = num_bytes(model.model.layers), num_bytes(model.lm_head)
    quantize_layers(model, precision, DECODER)
    assert num_bytes(model.model.layers) < share * before
    assert num_bytes(model.lm_head) == outside
    empty = tiny_networks().language_model.to("meta")
    prepare_quantized(empty, precision)
    shapes = {name: (value.shape, value.dtype) for name, value in empty.state_dict().items()}
    assert shapes == {name: (value.shape, value.dtype) for name, value in model.state_dict().items()}
