"""Profiles made of tables: there and back, also where the file has only the way there."""

from __future__ import annotations

import struct

import numpy as np
import pytest

from mgie.api.picture import ColourSpace, Picture
from mgie.compose.colour import srgb_to_working, working_to_srgb
from mgie.compose.icc import D50, build_profile, named_profile, parse_profile
from mgie.compose.resample import Floats
from mgie.errors import BadImage
from support.lut_profile import gray_lut_profile, lut_profile


def colours() -> Floats:
    """(5, 25, 3) inside the gamut."""
    steps = np.linspace(0.05, 0.95, 5, dtype=np.float32)
    return np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(5, 25, 3)


@pytest.mark.parametrize("has_inverse", [True, False])
def test_tables_that_say_srgb_change_nothing_there_and_back(*, has_inverse: bool) -> None:
    """Within what 17 nodes with straight lines between them are off sRGB's curve."""
    space = ColourSpace(name="icc", icc_profile=lut_profile(has_inverse=has_inverse))
    assert parse_profile(space.icc_profile).has_inverse == has_inverse
    shown = working_to_srgb(colours(), space)
    assert np.abs(shown - colours()).max() < 0.03
    again = srgb_to_working(shown, space)
    assert again.shape == colours().shape
    apart = np.abs(again - colours())
    # a table from Lab mixes colours inside and outside the gamut at its border; the inverse here does not
    assert apart.max() < (0.15 if has_inverse else 0.03)
    assert apart.mean() < 0.02


def test_what_lies_outside_the_tables_is_brought_to_their_border() -> None:
    space = ColourSpace(name="icc", icc_profile=lut_profile(has_inverse=False))
    found = srgb_to_working(np.float32([[[-0.5, 2.0, 0.5]]]), space)
    assert np.isfinite(found).all()
    assert found.min() >= 0
    assert found.max() <= 1


def test_gray_tables_work_in_both_directions() -> None:
    space = ColourSpace(name="icc", icc_profile=gray_lut_profile())
    gray = np.repeat(np.linspace(0.1, 0.9, 9, dtype=np.float32)[None, :, None], 3, axis=-1)
    shown = working_to_srgb(gray, space)
    assert (np.diff(shown[0, :, 1]) > 0).all()
    assert np.abs(srgb_to_working(shown, space) - gray).max() < 0.02


def test_a_matrix_is_taken_where_the_tables_lead_one_way_only() -> None:
    both = lut_profile(has_inverse=False, has_matrix=True)
    assert not parse_profile(both).has_tables


def test_tables_that_are_damaged_give_a_sentence() -> None:
    broken = lut_profile(has_inverse=True).replace(b"mft2", b"xxxx")
    space = ColourSpace(name="icc", icc_profile=broken)
    with pytest.raises(BadImage, match="tables"):
        working_to_srgb(colours(), space)


@pytest.mark.parametrize("transfer", [16, 18])
def test_an_hdr_profile_is_refused(transfer: int) -> None:
    tag = b"cicp\0\0\0\0" + bytes([9, transfer, 0, 1])
    with pytest.raises(BadImage, match="HDR"):
        parse_profile(lut_profile(has_inverse=True, more=((b"cicp", tag),)))


@pytest.mark.parametrize(
    "curve", [b"curv\0\0\0\0" + struct.pack(">I4H", 4, 0, 0, 0, 0), b"para\0\0\0\0" + bytes(32)]
)
def test_curves_that_lead_nowhere_are_refused(curve: bytes) -> None:
    data = bytearray(build_profile("srgb"))
    count = struct.unpack_from(">I", data, 128)[0]
    for index in range(count):
        name, offset, _ = struct.unpack_from(">4sII", data, 132 + 12 * index)
        if name == b"gTRC":
            data[offset : offset + len(curve)] = curve
    with pytest.raises(BadImage, match="damaged"):
        parse_profile(bytes(data))


def test_gray_profiles_have_no_colour() -> None:
    profile = parse_profile(build_profile("srgb", 1))
    assert profile.num_colours == 1
    assert np.allclose(named_profile("srgb").to_xyz.sum(axis=1), D50, atol=1e-3)
    assert Picture(pixels=np.zeros((1, 1, 1), np.uint8)).num_colours == 1
