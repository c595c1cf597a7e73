"""What a profile in a file makes of its picture's colours, where it fits them."""

from __future__ import annotations

from mgie.api.picture import SRGB, ColourSpace
from mgie.compose.colour import icc_bytes
from mgie.compose.icc import fits

UNFIT = "the file's colour profile is for gray pixels and was left out; its colours are taken as sRGB"


def space_of(
    profile: bytes, num_colours: int, default: ColourSpace = SRGB
) -> tuple[ColourSpace, tuple[str, ...]]:
    """The colour space of a file with this profile, b"" for none, and what is to be said about it.

    A gray profile in an RGB file is ignored, as by every viewer. `BadImage` for profiles that are damaged, or
    for CMYK, HDR and the like.
    """
    if not profile:
        return default, ()
    if not fits(profile, num_colours):
        return default, (UNFIT,)
    return ColourSpace(name="icc", icc_profile=profile), ()


def profile_of(space: ColourSpace, num_colours: int) -> bytes:
    """The profile that says what a picture's numbers mean, b"" for sRGB. num_colours: 1 or 3."""
    return b"" if space == SRGB else icc_bytes(space, num_colours)
