"""Local edits: painted on the whole picture, and kept where a mask says they hold.

A painter at an eighth of a small picture's resolution cannot keep inside the sky or the reds. A pixel belongs
to a region by its colour and its place, which is all that `RegionMasks` sees of it. `AreaRows` paints what is
asked for in several areas of a picture as rows of one batch, and joins them.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from mgie.model.config import ReaderConfig
from mgie.model.events import WHOLE, Area

_WIDTH = 64
_NUM_SEEN = 5  # red, green, blue, across, down


class RegionMasks(nn.Module):
    """Masks of all regions at once, every pixel for itself."""

    def __init__(self, config: ReaderConfig) -> None:
        super().__init__()
        num_regions = sum(bool(name) for name in config.regions)
        self.layers = nn.Sequential(
            nn.Conv2d(_NUM_SEEN, _WIDTH, 1),
            nn.SiLU(),
            nn.Conv2d(_WIDTH, _WIDTH, 1),
            nn.SiLU(),
            nn.Conv2d(_WIDTH, num_regions, 1),
        )

    def forward(self, pixels: Tensor) -> Tensor:
        """Logits (B, regions, H, W) of pictures (B, 3, H, W), -1..1."""
        count, _, height, width = pixels.shape
        across = torch.linspace(-1, 1, width).to(pixels).expand(count, 1, height, width)
        down = torch.linspace(-1, 1, height).to(pixels)[:, None].expand(count, 1, height, width)
        return self.layers(torch.cat([pixels, across, down], 1))

    def mask(self, pixels: Tensor, area: Area) -> Tensor:
        """(B, 1, H, W) 0..1: how much each pixel takes of what is done in an area."""
        if not area.region:
            return torch.ones_like(pixels[:, :1])
        inside = self(pixels)[:, area.region - 1 : area.region].sigmoid()
        return inside if area.is_inside else 1 - inside


class AreaRows:
    """The rows of a batch: one for each area in which a request does something."""

    def __init__(
        self, areas: Sequence[Sequence[Area]], pixels: Tensor, region_masks: RegionMasks | None
    ) -> None:
        """areas: of every request; pixels: (B, 3, H, W) their pictures, -1..1."""
        self.owners = [index for index, each in enumerate(areas) for _ in each]  # the request of every row
        self._masks: Tensor | None = (
            None  # (R, 1, H, W); None where every row is a request and holds everywhere
        )
        if region_masks is None or all(tuple(each) == (WHOLE,) for each in areas):
            return
        masks = [
            region_masks.mask(pixels[index : index + 1], area)
            for index, each in enumerate(areas)
            for area in each
        ]
        self._masks = torch.cat(masks).float()

    @property
    def is_local(self) -> bool:
        """Whether any row holds in a part of its picture only."""
        return self._masks is not None

    def joined(self, before: Tensor, painted: Tensor) -> Tensor:
        """(B, C, h, w): pictures or latents, changed by all of their rows (R, C, h, w) together."""
        if self._masks is None:
            return painted
        owners = torch.tensor(self.owners, device=painted.device)
        masks = F.adaptive_avg_pool2d(self._masks.to(painted.device), (painted.shape[2], painted.shape[3]))
        return before.index_add(0, owners, (masks * (painted - before[owners])).to(before.dtype))
