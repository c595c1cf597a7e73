"""What a PNG file says about its colours: cICP, iCCP, sRGB, gAMA and cHRM, in the order of precedence.

PNG specification, third edition, section 4.3. The spaces of cICP are those of ITU-T H.273.
"""

from __future__ import annotations

import struct
import zlib

from mgie.api.picture import SRGB, ColourSpace
from mgie.compose.colour import icc_bytes
from mgie.compose.curves import IDENTITY, SRGB_CURVE, ParametricCurve
from mgie.compose.icc import HDR_TRANSFERS, Primaries, parse_profile, profile_from
from mgie.errors import BadImage
from mgie.files.profiles import space_of

MAX_UNFOLDED = 64 << 20  # bytes a compressed chunk may unfold to
_LINEAR_GAMMA = 100_000
_D65 = (0.3127, 0.3290)
_SRGB_PRIMARIES = ((0.64, 0.33), (0.30, 0.60), (0.15, 0.06))
_CICP_PRIMARIES: dict[int, tuple[Primaries, tuple[float, float]]] = {
    1: (_SRGB_PRIMARIES, _D65),
    5: (((0.64, 0.33), (0.29, 0.60), (0.15, 0.06)), _D65),
    6: (((0.630, 0.340), (0.310, 0.595), (0.155, 0.070)), _D65),
    7: (((0.630, 0.340), (0.310, 0.595), (0.155, 0.070)), _D65),
    9: (((0.708, 0.292), (0.170, 0.797), (0.131, 0.046)), _D65),
    11: (((0.680, 0.320), (0.265, 0.690), (0.150, 0.060)), (0.314, 0.351)),
    12: (((0.680, 0.320), (0.265, 0.690), (0.150, 0.060)), _D65),
}
_BT709_CURVE = ParametricCurve(g=1 / 0.45, a=1 / 1.099, b=0.099 / 1.099, c=1 / 4.5, d=0.081)
_CICP_CURVES = {
    1: _BT709_CURVE,
    4: ParametricCurve(g=2.2),
    5: ParametricCurve(g=2.8),
    6: _BT709_CURVE,
    8: IDENTITY,
    13: SRGB_CURVE,
    14: _BT709_CURVE,
    15: _BT709_CURVE,
}
_NAMED_CICP = {(1, 13): "srgb", (12, 13): "display-p3", (1, 8): "linear"}


def colour_space(
    name: str, chunks: dict[bytes, bytes], num_colours: int
) -> tuple[ColourSpace, tuple[str, ...]]:
    """What the numbers of a PNG file mean, and what is to be said about it. name: of the file.

    Raises `BadImage` for what cannot be honoured.
    """
    if b"cICP" in chunks:
        return _from_cicp(name, chunks[b"cICP"], num_colours), ()
    if b"iCCP" in chunks:
        return space_of(inflate(name, chunks[b"iCCP"].partition(b"\0")[2][1:]), num_colours)
    if b"sRGB" in chunks or not {b"gAMA", b"cHRM"} & chunks.keys():
        return SRGB, ()
    return _from_gamma(name, chunks, num_colours), ()


def profile_chunk(space: ColourSpace, num_colours: int) -> tuple[bytes, bytes]:
    """Name and content of the chunk that says what a picture's numbers mean."""
    if space == SRGB:
        return b"sRGB", b"\0"
    if num_colours == 1 and space.name == "linear":
        return b"gAMA", struct.pack(">I", _LINEAR_GAMMA)
    return b"iCCP", b"profile\0\0" + zlib.compress(icc_bytes(space, num_colours))


def inflate(name: str, data: bytes) -> bytes:
    """Unfold a compressed chunk of the file called `name`."""
    try:
        return bytes(zlib.decompressobj().decompress(data, MAX_UNFOLDED))
    except zlib.error as error:
        raise BadImage(f"{name}: the PNG file's metadata is damaged ({error}); save it anew") from error


def _from_cicp(name: str, content: bytes, num_colours: int) -> ColourSpace:
    if len(content) != 4:
        raise BadImage(f"{name}: the PNG file's colour code has {len(content)} bytes, not 4; save it anew")
    primaries, transfer, matrix, is_full = content
    if transfer in HDR_TRANSFERS:
        raise BadImage(f"{name} is an HDR picture ({HDR_TRANSFERS[transfer]}); convert it to SDR first")
    if primaries not in _CICP_PRIMARIES or transfer not in _CICP_CURVES or matrix != 0 or is_full != 1:
        code = "-".join(map(str, content))
        raise BadImage(f"{name} has the colours {code} (cICP), unknown here; convert it to sRGB first")
    if (primaries, transfer) in _NAMED_CICP and num_colours == 3:
        named = _NAMED_CICP[primaries, transfer]
        return SRGB if named == "srgb" else _named(named)
    corners, white = _CICP_PRIMARIES[primaries]
    profile = profile_from(
        corners, white, _CICP_CURVES[transfer], f"cICP {primaries}-{transfer}", num_colours
    )
    return ColourSpace(name="icc", icc_profile=profile)


def _from_gamma(name: str, chunks: dict[bytes, bytes], num_colours: int) -> ColourSpace:
    """From exponent and primaries; what is missing is as in sRGB."""
    gamma = struct.unpack(">I", chunks[b"gAMA"])[0] if len(chunks.get(b"gAMA", b"")) == 4 else None
    if gamma is not None and not 10_000 <= gamma <= 1_000_000:
        raise BadImage(f"{name} gives the gamma {gamma / 1e5:g}, which cannot be; save it anew")
    white, primaries = _D65, _SRGB_PRIMARIES
    if len(chunks.get(b"cHRM", b"")) == 32:
        x = [value / 1e5 for value in struct.unpack(">8I", chunks[b"cHRM"])]
        white, primaries = (x[0], x[1]), ((x[2], x[3]), (x[4], x[5]), (x[6], x[7]))
    curve = SRGB_CURVE if gamma is None else ParametricCurve(g=1e5 / gamma)
    is_srgb = all(
        abs(a - b) < 0.002
        for found, known in zip((white, *primaries), (_D65, *_SRGB_PRIMARIES), strict=True)
        for a, b in zip(found, known, strict=True)
    )
    if (is_srgb or num_colours == 1) and gamma in (None, _LINEAR_GAMMA):
        return SRGB if gamma is None else _named("linear")
    try:
        profile = profile_from(primaries, white, curve, "PNG gAMA and cHRM", num_colours)
        parse_profile(profile)
    except (ArithmeticError, ValueError, struct.error) as error:  # LinAlgError is a ValueError
        raise BadImage(f"{name}: the primaries of its colours cannot be ({error}); save it anew") from error
    return ColourSpace(name="icc", icc_profile=profile)


def _named(name: str) -> ColourSpace:
    return ColourSpace(name="linear") if name == "linear" else ColourSpace(name="display-p3")
