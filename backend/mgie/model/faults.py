"""What a picture lacks, where only the picture tells: "fix it", "make it better".

A small language model names it rightly in a quarter of all pictures. Such faults show in the distribution of
tones and colours, so that is looked at.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from mgie.model.config import ReaderConfig

_WIDTH = 64
_SHARES = (0.0, 0.02, 0.1, 0.25, 0.5, 0.75, 0.9, 0.98, 1.0)  # the quantiles that are looked at
_NUM_BANDS = 3  # dark, middle and light pixels, whose mean colours are looked at
_NUM_FEATURES = 4 * len(_SHARES) + 2 * _NUM_BANDS + 1


class PictureFaults(nn.Module):
    """Tones and colours of a picture to which repair it needs."""

    def __init__(self, config: ReaderConfig) -> None:
        super().__init__()
        self.repairs = config.repairs
        self.layers = nn.Sequential(
            nn.Linear(_NUM_FEATURES, _WIDTH),
            nn.SiLU(),
            nn.Linear(_WIDTH, _WIDTH),
            nn.SiLU(),
            nn.Linear(_WIDTH, len(self.repairs)),
        )

    def forward(self, pixels: Tensor) -> Tensor:
        """Logits (B, repairs) of pictures (B, 3, H, W), -1..1."""
        features = torch.stack([tone_statistics(picture) for picture in pixels])
        return self.layers(features.to(pixels))

    @torch.no_grad()
    def likeliest(self, pixels: Tensor, decisions: Sequence[str]) -> str:
        """Which of some decisions in words one picture (3, H, W) needs."""
        like = next(self.parameters())
        scores = dict(zip(self.repairs, self(pixels[None].to(like))[0].tolist(), strict=True))
        return max(decisions, key=lambda text: max(scores[each] for each in self.repairs if each in text))


def tone_statistics(picture: Tensor) -> Tensor:
    """(features,) of one picture (3, H, W), -1..1: quantiles, colours of three bands, deviation of tone."""
    red, green, blue = picture.float().flatten(1) / 2 + 0.5
    tone = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    warmth, tint = red - blue, green - (red + blue) / 2
    spread = torch.maximum(torch.maximum(red, green), blue) - torch.minimum(torch.minimum(red, green), blue)
    shares = torch.tensor(_SHARES, device=tone.device)
    quantiles = [torch.quantile(each, shares) for each in (tone, warmth, tint, spread)]
    order = tone.argsort()
    bands = [each[order].tensor_split(_NUM_BANDS) for each in (warmth, tint)]
    means = torch.stack([band.mean() for each in bands for band in each])
    return torch.cat([*quantiles, means, tone.std(correction=0)[None]])
