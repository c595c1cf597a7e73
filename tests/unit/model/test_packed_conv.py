"""Packed convolutions compute what ordinary ones do and stay exchangeable with them."""

import copy

import pytest
import torch
from torch import nn

from mgie.model.packed_conv import PackedConv2d, pack_convolutions

SHAPES = [  # in, out, kernel, stride, padding, groups
    (8, 48, 3, 1, 1, 1),
    (48, 4, 1, 1, 0, 1),
    (16, 32, 3, 2, 1, 1),
    (16, 16, 3, 1, 2, 4),
]


@pytest.fixture(params=SHAPES, ids=str)
def conv(request: pytest.FixtureRequest) -> nn.Conv2d:
    inside, outside, kernel, stride, padding, groups = request.param
    torch.manual_seed(0)
    return nn.Conv2d(inside, outside, kernel, stride, padding, groups=groups)


# Tolerances: oneDNN may pick a kernel that sums in another order.


def pictures(conv: nn.Conv2d, count: int = 2) -> torch.Tensor:
    return torch.randn(count, conv.in_channels, 16, 12)


@torch.no_grad()
def test_equals_the_ordinary_convolution_for_any_batch(conv: nn.Conv2d) -> None:
    packed = PackedConv2d(conv)
    for count in (1, 3, 2):
        given = pictures(conv, count)
        torch.testing.assert_close(packed(given), conv(given), rtol=1e-5, atol=1e-5)


@torch.no_grad()
def test_notices_changed_weights(conv: nn.Conv2d) -> None:
    packed, given = PackedConv2d(conv), pictures(conv)
    before = packed(given)
    packed.load_state_dict({name: 2 * value for name, value in packed.state_dict().items()})
    torch.testing.assert_close(packed(given), 2 * before, rtol=1e-5, atol=1e-5)
    packed.weight = nn.Parameter(torch.zeros_like(packed.weight))
    assert packed.bias is not None
    torch.testing.assert_close(packed(given), packed.bias[None, :, None, None].expand_as(before))


def test_gradients_flow_as_through_an_ordinary_one(conv: nn.Conv2d) -> None:
    packed, given = PackedConv2d(conv), pictures(conv)
    with torch.no_grad():
        packed(given)
    packed(given).square().sum().backward()
    assert packed.weight.grad is not None
    assert packed.weight.grad is conv.weight.grad
    assert packed.weight.grad.abs().sum() > 0


@torch.no_grad()
def test_replaces_convolutions_in_place_under_the_same_names(conv: nn.Conv2d) -> None:
    network = nn.Sequential(conv, nn.Sequential(nn.SiLU(), nn.Conv2d(conv.out_channels, 4, 3, padding=1)))
    given = pictures(conv)
    golden, names, weight = network(given), list(network.state_dict()), conv.weight
    pack_convolutions(network)
    assert isinstance(network[0], PackedConv2d)
    assert isinstance(network[1][1], PackedConv2d)
    assert list(network.state_dict()) == names
    assert network[0].weight is weight
    torch.testing.assert_close(network(given), golden, rtol=1e-5, atol=1e-5)
    pack_convolutions(network)  # a second time changes nothing
    torch.testing.assert_close(copy.deepcopy(network)(given), golden, rtol=1e-5, atol=1e-5)


@torch.no_grad()
def test_half_precision_runs_as_an_ordinary_convolution(conv: nn.Conv2d) -> None:
    packed = PackedConv2d(conv).to(torch.bfloat16)
    given = pictures(conv).to(torch.bfloat16)
    assert packed(given).dtype == torch.bfloat16
