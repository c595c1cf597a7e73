"""`Picture`: pixels in the document's own format, and `ColourSpace`: what their numbers mean."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, get_args

import numpy as np
import numpy.typing as npt

from mgie.errors import BadImage

AlphaKind: TypeAlias = Literal["none", "straight", "premultiplied"]
SpaceName: TypeAlias = Literal["srgb", "linear", "display-p3", "adobe-rgb", "prophoto", "icc"]
Pixels: TypeAlias = npt.NDArray[Any]  # (H, W, C), one of DTYPES
Coverage: TypeAlias = npt.NDArray[np.uint8]  # (H, W), 0 untouched .. 255 fully selected

DTYPES = (np.dtype(np.uint8), np.dtype(np.uint16), np.dtype(np.float16), np.dtype(np.float32))


@dataclass(frozen=True, kw_only=True)
class ColourSpace:
    """A well-known space by name, or `name="icc"` with the bytes of a profile.

    "linear" has sRGB's primaries and no curve.
    """

    name: SpaceName = "srgb"
    icc_profile: bytes = b""  # only with name "icc"

    def __post_init__(self) -> None:
        if self.name not in get_args(SpaceName):
            raise BadImage(f"colour space {self.name!r} is unknown; choose {', '.join(get_args(SpaceName))}")
        if (self.name == "icc") != bool(self.icc_profile):
            raise BadImage('a colour space has profile bytes exactly when its name is "icc"')


SRGB = ColourSpace()


@dataclass(frozen=True, kw_only=True, eq=False)
class Picture:
    """Pixels with everything needed to give them back unharmed.

    Integer pixels use their full range; float pixels have white at 1.0 and may lie outside 0..1.
    """

    pixels: Pixels  # (H, W, C); C: 1 gray, 2 gray + alpha, 3 RGB, 4 RGBA; u8, u16, f16 or f32
    alpha: AlphaKind = "none"  # "none" exactly for 1 and 3 channels
    x: int = 0  # place of the left column on the canvas, px
    y: int = 0  # place of the top row on the canvas, px
    colour_space: ColourSpace = SRGB

    def __post_init__(self) -> None:
        shape = self.pixels.shape
        if len(shape) != 3 or shape[2] not in (1, 2, 3, 4) or 0 in shape:
            raise BadImage(f"pixels have shape {shape}; expected (height, width, 1 to 4 channels)")
        if self.pixels.dtype not in DTYPES:
            raise BadImage(f"pixels are {self.pixels.dtype}; choose uint8, uint16, float16 or float32")
        if (self.alpha != "none") != (shape[2] in (2, 4)):
            raise BadImage(f"alpha is {self.alpha!r} but the pixels have {shape[2]} channels")

    @property
    def height(self) -> int:
        """Rows."""
        return self.pixels.shape[0]

    @property
    def width(self) -> int:
        """Columns."""
        return self.pixels.shape[1]

    @property
    def num_colours(self) -> int:
        """Channels without alpha: 1 or 3."""
        return 1 if self.pixels.shape[2] < 3 else 3

    @property
    def has_alpha(self) -> bool:
        """Whether the last channel is alpha."""
        return self.alpha != "none"

    @property
    def white(self) -> float:
        """The number that stands for 1.0."""
        return white_of(self.pixels.dtype)


def white_of(dtype: np.dtype[Any]) -> float:
    """The number that stands for 1.0 in pixels of a type."""
    return float(np.iinfo(dtype).max) if dtype.kind == "u" else 1.0
