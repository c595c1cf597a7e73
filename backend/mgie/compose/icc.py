"""ICC profiles of the matrix/curve kind: reading them, and writing those of the well-known spaces.

Layout and tag types: ICC.1:2022. Profiles with look-up tables are recognised and left to LittleCMS.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from mgie.compose.curves import (
    ADOBE_RGB_CURVE,
    IDENTITY,
    PROPHOTO_CURVE,
    SRGB_CURVE,
    Curve,
    ParametricCurve,
    TableCurve,
)
from mgie.errors import BadImage

Matrix: TypeAlias = npt.NDArray[Any]  # (3, 3) float64
Primaries: TypeAlias = tuple[tuple[float, float], ...]  # xy of red, green, blue

D50 = np.array([0.9642, 1.0, 0.8249])  # the profile connection space's white, XYZ
# How many of g, a, b, c, d, e, f each 'para' function type carries.
_PARA_COUNTS = {0: 1, 1: 3, 2: 4, 3: 5, 4: 7}
_NO_PICTURE_CLASSES = (b"link", b"abst", b"nmcl")  # from device to device, effects, spot colours
HDR_TRANSFERS = {16: "PQ", 18: "HLG"}  # ITU-T H.273


@dataclass(frozen=True, kw_only=True, eq=False)
class Profile:
    """What the numbers of a picture mean."""

    num_colours: int  # 1 gray, 3 RGB
    to_xyz: Matrix  # linear RGB to XYZ relative to D50; for gray its columns add up to D50
    curves: tuple[Curve, Curve, Curve]  # red, green, blue (thrice the same for gray)
    has_tables: bool = False  # transforms by look-up table: matrix and curves say nothing
    has_inverse: bool = True  # with tables: whether one leads from the connection space back


@dataclass(frozen=True, kw_only=True)
class _Named:
    description: str
    primaries: Primaries
    white: tuple[float, float]
    curve: ParametricCurve


_D65_XY = (0.3127, 0.3290)
_D50_XY = (0.3457, 0.3585)
_SRGB_PRIMARIES = ((0.64, 0.33), (0.30, 0.60), (0.15, 0.06))
_NAMED = {
    "srgb": _Named(description="sRGB", primaries=_SRGB_PRIMARIES, white=_D65_XY, curve=SRGB_CURVE),
    "linear": _Named(
        description="Linear light, sRGB primaries", primaries=_SRGB_PRIMARIES, white=_D65_XY, curve=IDENTITY
    ),
    "display-p3": _Named(
        description="Display P3",
        primaries=((0.68, 0.32), (0.265, 0.69), (0.15, 0.06)),
        white=_D65_XY,
        curve=SRGB_CURVE,
    ),
    "adobe-rgb": _Named(
        description="Compatible with Adobe RGB (1998)",
        primaries=((0.64, 0.33), (0.21, 0.71), (0.15, 0.06)),
        white=_D65_XY,
        curve=ADOBE_RGB_CURVE,
    ),
    "prophoto": _Named(
        description="ROMM RGB (ProPhoto)",
        primaries=((0.734699, 0.265301), (0.159597, 0.840403), (0.036598, 0.000105)),
        white=_D50_XY,
        curve=PROPHOTO_CURVE,
    ),
}


def named_profile(name: str) -> Profile:
    """The profile of a well-known space."""
    space = _NAMED[name]
    matrix = primaries_to_xyz(space.primaries, space.white)
    return Profile(num_colours=3, to_xyz=matrix, curves=(space.curve, space.curve, space.curve))


def primaries_to_xyz(primaries: Primaries, white: tuple[float, float]) -> Matrix:
    """The matrix from linear RGB to XYZ, adapted from the space's white to D50 (Bradford)."""
    columns = np.array([[x / y, 1.0, (1 - x - y) / y] for x, y in primaries]).T
    white_xyz = np.array([white[0] / white[1], 1.0, (1 - white[0] - white[1]) / white[1]])
    to_xyz = columns * np.linalg.solve(columns, white_xyz)
    cone = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])
    gains = (cone @ D50) / (cone @ white_xyz)
    return np.linalg.solve(cone, gains[:, None] * (cone @ to_xyz))


def parse_profile(data: bytes) -> Profile:
    """Read an RGB or gray profile; `BadImage` for anything that is none."""
    if len(data) < 132 or data[36:40] != b"acsp":
        raise BadImage(f"the colour profile ({len(data)} bytes) is no ICC profile; assign a valid one")
    model, kind = data[16:20], data[12:16]
    if model not in (b"RGB ", b"GRAY") or kind in _NO_PICTURE_CLASSES:
        shown = f"{model.decode('latin-1').strip()} pixels, class {kind.decode('latin-1').strip()}"
        raise BadImage(f"the colour profile is for {shown}; convert the picture to RGB or gray first")
    tags = _tags(data)
    _refuse_hdr(tags)
    has_matrix = (b"rXYZ" if model == b"RGB " else b"kTRC") in tags
    has_inverse = b"B2A0" in tags or b"B2A1" in tags
    if not has_matrix or (b"A2B0" in tags and has_inverse):
        if b"A2B0" not in tags and b"A2B1" not in tags:
            raise BadImage("the colour profile has neither a matrix nor tables; assign another one")
        return _table_profile(3 if model == b"RGB " else 1, has_inverse=has_inverse)
    try:
        return _gray_profile(tags) if model == b"GRAY" else _rgb_profile(tags)
    except (ArithmeticError, KeyError, ValueError, struct.error, IndexError, np.linalg.LinAlgError) as error:
        raise BadImage(f"the colour profile is damaged ({error}); assign another one") from error


def fits(data: bytes, num_colours: int) -> bool:
    """Whether a profile is for pictures of so many colours; `BadImage` where it cannot be followed at all.

    A gray picture with an RGB profile is well defined: its number stands for all three. Not so the reverse.
    """
    return parse_profile(data).num_colours >= num_colours


def build_profile(name: str, num_colours: int = 3) -> bytes:
    """The ICC profile (version 4, display class) of a well-known space, ready to attach to a file."""
    space = _NAMED[name]
    return profile_from(space.primaries, space.white, space.curve, space.description, num_colours)


def profile_from(
    primaries: Primaries,
    white: tuple[float, float],
    curve: ParametricCurve,
    description: str,
    num_colours: int = 3,
) -> bytes:
    """The ICC profile of a space given by its primaries and white (xy) and its curve."""
    tags = [
        (b"desc", _mluc(description)),
        (b"cprt", _mluc("No copyright, use freely")),
        (b"wtpt", _xyz(D50)),
    ]
    if num_colours == 1:
        return _assemble([*tags, (b"kTRC", _para(curve))], b"GRAY")
    matrix = primaries_to_xyz(primaries, white)
    columns = [(name, _xyz(matrix[:, i])) for i, name in enumerate((b"rXYZ", b"gXYZ", b"bXYZ"))]
    curves = [(name, _para(curve)) for name in (b"rTRC", b"gTRC", b"bTRC")]
    return _assemble([*tags, *columns, *curves])


def rgb_profile_of_gray(data: bytes) -> bytes:
    """For files that know no gray: the profile under which three equal numbers mean what one did."""
    profile = parse_profile(data)
    if profile.num_colours == 3:
        return data
    if profile.has_tables:
        raise BadImage("the gray colour profile works by tables, so RGB files cannot have it; write a .png")
    matrix = named_profile("linear").to_xyz
    columns = [(name, _xyz(matrix[:, i])) for i, name in enumerate((b"rXYZ", b"gXYZ", b"bXYZ"))]
    curve = _tags(data)[b"kTRC"]
    texts = [(b"desc", _mluc("Gray as RGB")), (b"cprt", _mluc("No copyright, use freely"))]
    curves = [(name, curve) for name in (b"rTRC", b"gTRC", b"bTRC")]
    return _assemble([*texts, (b"wtpt", _xyz(D50)), *columns, *curves])


def _tags(data: bytes) -> dict[bytes, bytes]:
    (count,) = struct.unpack_from(">I", data, 128)
    if count > 200 or 132 + 12 * count > len(data):
        raise BadImage(f"the colour profile claims {count} tags in {len(data)} bytes; assign another one")
    tags: dict[bytes, bytes] = {}
    for index in range(count):
        name, offset, size = struct.unpack_from(">4sII", data, 132 + 12 * index)
        tags[name] = data[offset : offset + size]
    return tags


def _refuse_hdr(tags: dict[bytes, bytes]) -> None:
    """A profile's tables show such a picture toned down; its numbers mean more."""
    transfer = HDR_TRANSFERS.get(tags.get(b"cicp", bytes(12)).ljust(12, b"\0")[9])
    if transfer:
        raise BadImage(f"the colour profile is for HDR ({transfer}); convert the picture to SDR first")


def _rgb_profile(tags: dict[bytes, bytes]) -> Profile:
    columns = [np.array(struct.unpack_from(">3i", tags[name], 8)) for name in (b"rXYZ", b"gXYZ", b"bXYZ")]
    matrix = np.stack(columns, axis=1) / 65536.0
    np.linalg.inv(matrix)  # a singular matrix cannot be a space
    red, green, blue = (_curve(tags[name]) for name in (b"rTRC", b"gTRC", b"bTRC"))
    return Profile(num_colours=3, to_xyz=matrix, curves=(red, green, blue))


def _gray_profile(tags: dict[bytes, bytes]) -> Profile:
    curve = _curve(tags[b"kTRC"])
    matrix = named_profile("linear").to_xyz
    return Profile(num_colours=1, to_xyz=matrix, curves=(curve, curve, curve))


def _table_profile(num_colours: int, *, has_inverse: bool) -> Profile:
    return Profile(
        num_colours=num_colours,
        to_xyz=np.eye(3),
        curves=(SRGB_CURVE, SRGB_CURVE, SRGB_CURVE),
        has_tables=True,
        has_inverse=has_inverse,
    )


def _curve(tag: bytes) -> Curve:
    curve = _any_curve(tag)
    low, high = (float(curve.decode(np.asarray(end))) for end in (0.0, 1.0))
    if not low < high:
        raise ValueError("a curve that does not rise")
    return curve


def _any_curve(tag: bytes) -> Curve:
    if tag[:4] == b"para":
        return _read_para(tag)
    if tag[:4] != b"curv":
        raise BadImage(f"the colour profile has a curve of type {tag[:4]!r}; expected 'curv' or 'para'")
    (count,) = struct.unpack_from(">I", tag, 8)
    if count == 0:
        return IDENTITY
    samples = np.array(struct.unpack_from(f">{count}H", tag, 12), np.float64)
    if count == 1:
        return _rising(ParametricCurve(g=float(samples[0]) / 256.0))
    return TableCurve(samples / 65535.0)


def _read_para(tag: bytes) -> ParametricCurve:
    (kind,) = struct.unpack_from(">H", tag, 8)
    values = [v / 65536.0 for v in struct.unpack_from(f">{_PARA_COUNTS[kind]}i", tag, 12)]
    g, a, b, c, d, e, f = values + [0.0] * (7 - len(values))
    if kind == 0:
        return _rising(ParametricCurve(g=g))
    if kind == 1:
        return _rising(ParametricCurve(g=g, a=a, b=b, d=-b / a))
    if kind == 2:  # the fourth number is the constant both below and above the knee
        return _rising(ParametricCurve(g=g, a=a, b=b, d=-b / a, e=c, f=c))
    return _rising(ParametricCurve(g=g, a=a, b=b, c=c, d=d, e=e, f=f))


def _rising(curve: ParametricCurve) -> ParametricCurve:
    if curve.g <= 0 or curve.a <= 0:
        raise ValueError(f"a curve with exponent {curve.g:g} and factor {curve.a:g}")
    return curve


def _assemble(tags: list[tuple[bytes, bytes]], model: bytes = b"RGB ") -> bytes:
    offset = 132 + 12 * len(tags)
    table, body = b"", b""
    for name, content in tags:
        table += struct.pack(">4sII", name, offset + len(body), len(content))
        body += content + b"\0" * (-len(content) % 4)
    size = offset + len(body)
    header = struct.pack(">I4xI", size, 0x04400000) + b"mntr" + model + b"XYZ "
    header += struct.pack(">6H", 2026, 1, 1, 0, 0, 0) + b"acsp" + b"\0" * 28
    header += _s15(D50) + b"\0" * 48
    return header + struct.pack(">I", len(tags)) + table + body


def _s15(values: npt.NDArray[np.float64] | list[float]) -> bytes:
    return b"".join(struct.pack(">i", round(float(value) * 65536)) for value in values)


def _xyz(values: npt.NDArray[np.float64]) -> bytes:
    return b"XYZ \0\0\0\0" + _s15(values)


def _para(curve: ParametricCurve) -> bytes:
    numbers = [curve.g, curve.a, curve.b, curve.c, curve.d]
    return b"para\0\0\0\0" + struct.pack(">HH", 3, 0) + _s15(numbers)


def _mluc(text: str) -> bytes:
    encoded = text.encode("utf-16-be")
    return b"mluc\0\0\0\0" + struct.pack(">II2s2sII", 1, 12, b"en", b"US", len(encoded), 28) + encoded
