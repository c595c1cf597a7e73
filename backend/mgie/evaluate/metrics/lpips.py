"""LPIPS (Zhang et al. 2018) as the package lpips 0.1 computes it, on AlexNet, VGG16 or SqueezeNet 1.1.

The networks are torchvision's without their classifiers, so that no torchvision is needed; their weights and
lpips' linear layers come from files in these libraries' formats.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal, TypeAlias

import numpy as np
import torch
from torch import Tensor, nn

from mgie.evaluate.metrics.backbones import LPIPS_FILES, find, load_strictly, read_state
from mgie.synth.light import Pixels

LpipsNet: TypeAlias = Literal["alex", "vgg", "squeeze"]

_SHIFT, _SCALE = (-0.030, -0.088, -0.188), (0.458, 0.448, 0.450)  # on pictures in [-1, 1]
_EPSILON = 1e-10
# Layers after which features are compared, and how many channels they have there.
_TAPS: dict[LpipsNet, tuple[tuple[int, int], ...]] = {
    "alex": ((1, 64), (4, 192), (7, 384), (9, 256), (11, 256)),
    "vgg": ((3, 64), (8, 128), (15, 256), (22, 512), (29, 512)),
    "squeeze": ((1, 64), (4, 128), (7, 256), (9, 384), (10, 384), (11, 512), (12, 512)),
}
_VGG16 = (64, 64, 0, 128, 128, 0, 256, 256, 256, 0, 512, 512, 512, 0, 512, 512, 512)  # 0 is pooling


class Fire(nn.Module):
    """SqueezeNet's block: squeeze, then 1x1 and 3x3 side by side."""

    def __init__(self, in_channels: int, squeezed: int, expanded: int) -> None:
        super().__init__()
        self.squeeze = nn.Conv2d(in_channels, squeezed, 1)
        self.expand1x1 = nn.Conv2d(squeezed, expanded, 1)
        self.expand3x3 = nn.Conv2d(squeezed, expanded, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        """(B, in, H, W) to (B, 2 expanded, H, W)."""
        x = self.squeeze(x).relu()
        return torch.cat([self.expand1x1(x).relu(), self.expand3x3(x).relu()], dim=1)


class Lpips:
    """The distance of one network. Call it with two pictures of one size."""

    def __init__(self, net: LpipsNet, backbones: Path | None, device: torch.device | str = "cpu") -> None:
        """Raises BackboneMissing when one of the two files is not there."""
        linear_file, trunk_file = LPIPS_FILES[net]
        paths = [find(backbones, f"lpips/{name}") for name in (linear_file, trunk_file)]
        linear, trunk = (read_state(path) for path in paths)
        self._layers = _layers(net)
        load_strictly(nn.ModuleDict({"features": self._layers}), trunk, paths[1])
        weights = nn.ParameterDict(
            {f"lin{i}": torch.empty(1, channels, 1, 1) for i, (_, channels) in enumerate(_TAPS[net])}
        )
        load_strictly(
            weights, {key.removesuffix(".model.1.weight"): w for key, w in linear.items()}, paths[0]
        )
        self._weights = [weight.to(device) for weight in weights.values()]
        self._taps = {index for index, _ in _TAPS[net]}
        self._layers.to(device)
        self._device = device

    @torch.no_grad()
    def __call__(self, first: Pixels, second: Pixels) -> float:
        """0 for equal pictures; both 8-bit sRGB (H, W, 3) of one size."""
        pair = torch.stack([torch.from_numpy(np.array(picture)) for picture in (first, second)])
        x = pair.permute(0, 3, 1, 2).to(self._device).float() / 255 * 2 - 1
        x = (x - _row(_SHIFT, x)) / _row(_SCALE, x)
        total, tap = 0.0, 0
        for index, layer in enumerate(self._layers):
            x = layer(x)
            if index in self._taps:
                unit = x / (x.square().sum(1, keepdim=True).sqrt() + _EPSILON)
                total += float((self._weights[tap] * (unit[:1] - unit[1:]).square()).sum(1).mean())
                tap += 1
        return total


def lpips_shapes(net: LpipsNet) -> tuple[dict[str, tuple[int, ...]], dict[str, tuple[int, ...]]]:
    """Names and shapes in lpips' own file and in torchvision's, as far as they are read."""
    linear = {f"lin{i}.model.1.weight": (1, width, 1, 1) for i, (_, width) in enumerate(_TAPS[net])}
    trunk = nn.ModuleDict({"features": _layers(net)}).state_dict()
    return linear, {name: tuple(weight.shape) for name, weight in trunk.items()}


def _row(values: tuple[float, float, float], like: Tensor) -> Tensor:
    return torch.tensor(values, dtype=like.dtype, device=like.device).view(1, 3, 1, 1)


def _layers(net: LpipsNet) -> nn.Sequential:
    """torchvision's `features` up to the last layer that is compared."""
    match net:
        case "alex":
            return _alexnet()
        case "vgg":
            return _vgg16()
        case "squeeze":
            return _squeezenet()


def _alexnet() -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(3, 64, 11, stride=4, padding=2),
        nn.ReLU(),
        nn.MaxPool2d(3, 2),
        nn.Conv2d(64, 192, 5, padding=2),
        nn.ReLU(),
        nn.MaxPool2d(3, 2),
        nn.Conv2d(192, 384, 3, padding=1),
        nn.ReLU(),
        nn.Conv2d(384, 256, 3, padding=1),
        nn.ReLU(),
        nn.Conv2d(256, 256, 3, padding=1),
        nn.ReLU(),
    )


def _vgg16() -> nn.Sequential:
    layers: list[nn.Module] = []
    before = 3
    for width in _VGG16:
        layers += [nn.Conv2d(before, width, 3, padding=1), nn.ReLU()] if width else [nn.MaxPool2d(2, 2)]
        before = width or before
    return nn.Sequential(*layers)


def _squeezenet() -> nn.Sequential:
    pool = nn.MaxPool2d(3, 2, ceil_mode=True)
    return nn.Sequential(
        nn.Conv2d(3, 64, 3, stride=2),
        nn.ReLU(),
        pool,
        Fire(64, 16, 64),
        Fire(128, 16, 64),
        pool,
        Fire(128, 32, 128),
        Fire(256, 32, 128),
        pool,
        Fire(256, 48, 192),
        Fire(384, 48, 192),
        Fire(384, 64, 256),
        Fire(512, 64, 256),
    )
