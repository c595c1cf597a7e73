"""From a document's colours to the model's sRGB and back, and the space in which edits are transferred.

Edits are transferred in the document's own primaries and, unless its numbers are linear light, its own curve:
so only the model's small pictures are ever converted, and an untouched pixel is never converted at all.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from mgie.api.picture import ColourSpace
from mgie.compose.curves import SRGB_CURVE, is_linear
from mgie.compose.icc import Profile, build_profile, named_profile, parse_profile
from mgie.compose.lut_profiles import srgb_to_tables, tables_to_srgb

Colours: TypeAlias = npt.NDArray[
    np.floating[Any]
]  # (..., 3) float32, encoded, 0..1 inside the gamut, unclipped


@lru_cache(maxsize=16)
def profile_of(space: ColourSpace) -> Profile:
    """What the numbers of a space mean."""
    return parse_profile(space.icc_profile) if space.name == "icc" else named_profile(space.name)


@lru_cache(maxsize=8)
def icc_bytes(space: ColourSpace, num_colours: int = 3) -> bytes:
    """The profile to attach to a file of 1 or 3 colours in this space."""
    return space.icc_profile if space.name == "icc" else build_profile(space.name, num_colours)


def is_light_linear(space: ColourSpace) -> bool:
    """Whether the space's numbers are proportional to light."""
    profile = profile_of(space)
    return not profile.has_tables and is_linear(profile.curves[1])


def to_working(values: Colours, space: ColourSpace) -> Colours:
    """Document numbers to those edits are transferred in: sRGB's curve over linear light, else unchanged."""
    return SRGB_CURVE.encode(values) if is_light_linear(space) else values


def from_working(values: Colours, space: ColourSpace) -> Colours:
    """The inverse of `to_working`."""
    return SRGB_CURVE.decode(values) if is_light_linear(space) else values


def working_to_srgb(values: Colours, space: ColourSpace) -> Colours:
    """Working numbers of a document to sRGB; what sRGB cannot hold lies outside 0..1."""
    if space.name == "srgb" or space.name == "linear":
        return values
    profile = profile_of(space)
    if profile.has_tables:
        return tables_to_srgb(values, space.icc_profile, profile)
    linear = _decode(from_working(values, space), profile)
    matrix = np.linalg.solve(named_profile("srgb").to_xyz, profile.to_xyz)
    return SRGB_CURVE.encode(linear @ matrix.T).astype(np.float32)


def srgb_to_working(values: Colours, space: ColourSpace) -> Colours:
    """sRGB to a document's working numbers; a gray document gets its gray three times."""
    if space.name == "srgb" or space.name == "linear":
        return values
    profile = profile_of(space)
    if profile.has_tables:
        return srgb_to_tables(values, space.icc_profile, profile)
    linear = SRGB_CURVE.decode(values.astype(np.float64))
    srgb = named_profile("srgb").to_xyz
    if profile.num_colours == 1:
        linear = np.repeat((linear @ srgb[1])[..., None], 3, axis=-1)
    else:
        linear = linear @ np.linalg.solve(profile.to_xyz, srgb).T
    return to_working(_encode(linear, profile), space).astype(np.float32)


def gray_of(srgb: Colours) -> Colours:
    """Luminance of encoded sRGB colours, encoded again, three times."""
    luminance = SRGB_CURVE.decode(srgb) @ named_profile("srgb").to_xyz[1]
    return np.repeat(SRGB_CURVE.encode(luminance)[..., None], 3, axis=-1).astype(np.float32)


def _decode(values: Colours, profile: Profile) -> npt.NDArray[Any]:
    wide = values.astype(np.float64)
    return np.stack([curve.decode(wide[..., i]) for i, curve in enumerate(profile.curves)], axis=-1)


def _encode(linear: npt.NDArray[Any], profile: Profile) -> npt.NDArray[Any]:
    return np.stack([curve.encode(linear[..., i]) for i, curve in enumerate(profile.curves)], axis=-1)
