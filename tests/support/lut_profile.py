"""ICC profiles that work by look-up tables and say what sRGB says."""

from __future__ import annotations

import struct
from typing import Any

import numpy as np
import numpy.typing as npt

from mgie.compose.icc import D50, build_profile, named_profile

_NODES = 17


def lut_profile(
    *, has_inverse: bool, has_matrix: bool = False, more: tuple[tuple[bytes, bytes], ...] = ()
) -> bytes:
    """RGB tables to Lab, and back where asked for."""
    tags = [*_common(), *more, (b"A2B0", _to_lab())]
    if has_inverse:
        tags.append((b"B2A0", _from_lab()))
    if has_matrix:
        tags += _tags_of(build_profile("srgb"), (b"rXYZ", b"gXYZ", b"bXYZ", b"rTRC", b"gTRC", b"bTRC"))
    return _profile(tags, b"RGB ")


def gray_lut_profile() -> bytes:
    """Gray tables to Lab: lightness is the number."""
    lightness = np.linspace(0, 1, _NODES) * 65280
    lab = np.stack([lightness, np.full(_NODES, 32768.0), np.full(_NODES, 32768.0)], -1)
    return _profile([*_common(), (b"A2B0", _table(lab, 1))], b"GRAY")


def _to_lab() -> bytes:
    axis = np.linspace(0, 1, _NODES)
    rgb = np.stack([plane.ravel() for plane in np.meshgrid(axis, axis, axis, indexing="ij")], -1)
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    ratio = linear @ named_profile("srgb").to_xyz.T / D50
    f = np.where(ratio > 0.008856, np.cbrt(ratio), 7.787 * ratio + 16 / 116)
    lab = np.stack([116 * f[:, 1] - 16, 500 * (f[:, 0] - f[:, 1]), 200 * (f[:, 1] - f[:, 2])], -1)
    return _table(np.stack([lab[:, 0] * 652.8, (lab[:, 1] + 128) * 256, (lab[:, 2] + 128) * 256], -1), 3)


def _from_lab() -> bytes:
    axis = np.linspace(0, 1, _NODES) * 65535
    raw = np.stack([plane.ravel() for plane in np.meshgrid(axis, axis, axis, indexing="ij")], -1)
    fy = (raw[:, 0] / 652.8 + 16) / 116
    fx, fz = fy + (raw[:, 1] / 256 - 128) / 500, fy - (raw[:, 2] / 256 - 128) / 200
    f = np.stack([fx, fy, fz], -1)
    xyz = np.where(f > 0.206893, f**3, (f - 16 / 116) / 7.787) * D50
    linear = np.clip(xyz @ np.linalg.inv(named_profile("srgb").to_xyz).T, 0, 1)
    rgb = np.where(linear <= 0.0031308, linear * 12.92, 1.055 * np.maximum(linear, 1e-9) ** (1 / 2.4) - 0.055)
    return _table(rgb * 65535, 3)


def _table(values: npt.NDArray[Any], num_inputs: int) -> bytes:
    """The tag type lut16Type with straight curves."""
    identity = np.eye(3) * 65536
    head = b"mft2\0\0\0\0" + bytes([num_inputs, 3, _NODES, 0]) + identity.astype(">i4").tobytes()
    straight = np.array([0, 65535], ">u2").tobytes()
    grid = np.clip(values, 0, 65535).round().astype(">u2").tobytes()
    return head + struct.pack(">HH", 2, 2) + straight * num_inputs + grid + straight * 3


def _common() -> list[tuple[bytes, bytes]]:
    description = b"desc\0\0\0\0" + struct.pack(">I", 5) + b"test\0" + bytes(78)
    white = b"XYZ \0\0\0\0" + b"".join(struct.pack(">i", round(float(value) * 65536)) for value in D50)
    return [(b"desc", description), (b"cprt", b"text\0\0\0\0x\0"), (b"wtpt", white)]


def _tags_of(profile: bytes, names: tuple[bytes, ...]) -> list[tuple[bytes, bytes]]:
    (count,) = struct.unpack_from(">I", profile, 128)
    entries = [struct.unpack_from(">4sII", profile, 132 + 12 * index) for index in range(count)]
    return [(name, profile[offset : offset + size]) for name, offset, size in entries if name in names]


def _profile(tags: list[tuple[bytes, bytes]], model: bytes) -> bytes:
    offset = 132 + 12 * len(tags)
    table = body = b""
    for name, content in tags:
        table += struct.pack(">4sII", name, offset + len(body), len(content))
        body += content + b"\0" * (-len(content) % 4)
    white = b"".join(struct.pack(">i", round(float(value) * 65536)) for value in D50)
    header = struct.pack(">I4xI", offset + len(body), 0x02400000) + b"mntr" + model + b"Lab "
    header += struct.pack(">6H", 2026, 1, 1, 0, 0, 0) + b"acsp" + bytes(28) + white + bytes(48)
    return header + struct.pack(">I", len(tags)) + table + body
