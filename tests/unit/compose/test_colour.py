"""Profiles: our matrix and curve maths against LittleCMS, and what a damaged profile does."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable

import imagecodecs
import numpy as np
import pytest
from PIL import Image, ImageCms
from skimage.color import deltaE_ciede2000, xyz2lab

from mgie.api.picture import ColourSpace, Picture, SpaceName
from mgie.compose.colour import from_working, icc_bytes, srgb_to_working, to_working, working_to_srgb
from mgie.compose.curves import PROPHOTO_CURVE, SRGB_CURVE, ParametricCurve, TableCurve
from mgie.compose.icc import D50, build_profile, named_profile, parse_profile
from mgie.compose.pixels import read_colours, write_colours
from mgie.compose.resample import Floats
from mgie.errors import BadImage
from support.fake_pictures import make_picture

NAMES: tuple[SpaceName, ...] = ("srgb", "linear", "display-p3", "adobe-rgb", "prophoto")
EVERYTHING = (slice(None), slice(None))


def as_icc(name: str) -> ColourSpace:
    """A named space, as a document would carry it."""
    return ColourSpace(name="icc", icc_profile=build_profile(name))


def colour_target() -> Floats:
    """(17, 289, 3): an even grid over the whole cube."""
    steps = np.linspace(0, 1, 17, dtype=np.float32)
    return np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(17, 289, 3)


def lab(encoded: Floats, name: str) -> Floats:
    """CIE L*a*b* (D50) of encoded colours."""
    profile = named_profile(name)
    linear = np.stack(
        [c.decode(encoded[..., i].astype(np.float64)) for i, c in enumerate(profile.curves)], -1
    )
    return xyz2lab(linear @ profile.to_xyz.T * (np.array([0.96422, 1, 0.82521]) / D50), illuminant="D50")


@pytest.mark.parametrize("name", NAMES)
def test_eight_bits_agree_with_littlecms(name: str) -> None:
    """Within LittleCMS's own rounding to 8 bits."""
    target = np.round(colour_target() * 255).astype(np.uint8)
    profile = ImageCms.ImageCmsProfile(io.BytesIO(build_profile(name)))
    reference = ImageCms.profileToProfile(
        Image.fromarray(target), profile, ImageCms.createProfile("sRGB"), renderingIntent=1
    )
    space = as_icc(name)
    ours = working_to_srgb(to_working(target.astype(np.float32) / 255, space), space)
    assert np.abs(np.clip(ours, 0, 1) * 255 - np.asarray(reference)).max() < 1.0


@pytest.mark.parametrize("name", NAMES)
def test_float_agrees_with_littlecms(name: str) -> None:
    """Against LittleCMS in float without optimisation: the profile's 16-bit fractions are the difference."""
    target = colour_target()
    reference = imagecodecs.cms_transform(
        target, build_profile(name), build_profile("srgb"), colorspace="rgb", outcolorspace="rgb", flags=0x100
    )
    space = as_icc(name)
    ours = working_to_srgb(to_working(target, space), space)
    assert np.abs(np.clip(ours, 0, 1) - np.clip(reference, 0, 1)).max() < 2e-3


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("dtype", "limit"), [("uint8", 0.5), ("uint16", 0.05)])
def test_a_target_returns_from_the_models_colours(name: str, dtype: str, limit: float) -> None:
    """Document to sRGB and back, rounded to the document's depth: CIEDE2000 stays below the limit."""
    white = np.iinfo(dtype).max
    pixels = np.round(colour_target() * white).astype(dtype)
    picture = Picture(pixels=pixels, colour_space=as_icc(name))
    colours, alpha = read_colours(picture, EVERYTHING)
    srgb = working_to_srgb(np.moveaxis(colours, 0, -1), picture.colour_space)
    back = np.moveaxis(srgb_to_working(srgb, picture.colour_space), -1, 0)
    target = np.zeros_like(pixels)
    write_colours(target, picture, back, alpha, np.ones(pixels.shape[:2], np.bool_))
    difference = deltaE_ciede2000(lab(pixels / white, name), lab(target / white, name))
    assert difference.max() < limit


@pytest.mark.parametrize("name", NAMES)
def test_a_built_profile_reads_as_what_it_was_built_from(name: str) -> None:
    profile, named = parse_profile(build_profile(name)), named_profile(name)
    assert np.abs(profile.to_xyz - named.to_xyz).max() < 1e-5
    x = np.linspace(0, 1, 101)
    assert np.abs(profile.curves[0].decode(x) - named.curves[0].decode(x)).max() < 1e-4


@pytest.mark.parametrize("name", NAMES)
def test_white_is_the_connection_spaces_white(name: str) -> None:
    assert np.allclose(named_profile(name).to_xyz.sum(axis=1), D50, atol=1e-3)


@pytest.mark.parametrize("curve", [SRGB_CURVE, PROPHOTO_CURVE, TableCurve(np.linspace(0, 1, 64) ** 2.2)])
def test_curves_turn_back_also_outside_the_range(curve: ParametricCurve | TableCurve) -> None:
    x = np.linspace(-0.5, 1.5, 201)
    assert np.abs(curve.encode(curve.decode(x)) - x).max() < 1e-6


def test_a_document_in_linear_light_is_edited_in_perceptual_steps() -> None:
    space = ColourSpace(name="linear")
    half = np.full((1, 1, 3), 0.2140411, np.float32)
    assert np.allclose(to_working(half, space), 0.5, atol=1e-5)
    assert np.allclose(from_working(to_working(half, space), space), half, atol=1e-6)


def test_a_gray_profile_gives_gray() -> None:
    data = bytearray(build_profile("srgb"))
    data[16:20] = b"GRAY"
    data = bytes(data).replace(b"rTRC", b"kTRC")
    space = ColourSpace(name="icc", icc_profile=data)
    gray = np.full((1, 1, 3), 0.4, np.float32)
    assert np.allclose(working_to_srgb(gray, space), gray, atol=1e-3)
    assert np.allclose(srgb_to_working(gray, space), gray, atol=1e-3)


def table_profile() -> bytes:
    """Linear light with sRGB's primaries, as a look-up table (lut16Type)."""
    corners = np.array([[r, g, b] for r in (0, 1) for g in (0, 1) for b in (0, 1)], np.float64)
    nodes = np.round(corners @ named_profile("linear").to_xyz.T * 32768).astype(">u2").tobytes()
    line = struct.pack(">6H", 0, 65535, 0, 65535, 0, 65535)
    identity = struct.pack(">9i", *(65536 * (i % 4 == 0) for i in range(9)))
    tag = b"mft2\0\0\0\0" + bytes((3, 3, 2, 0)) + identity + struct.pack(">HH", 2, 2)
    tag += line + nodes + line
    header = build_profile("linear")[4:128]
    size = 132 + 12 + len(tag)
    return struct.pack(">I", size) + header + struct.pack(">I4sII", 1, b"A2B0", 144, len(tag)) + tag


def test_a_profile_with_tables_goes_through_littlecms() -> None:
    space = ColourSpace(name="icc", icc_profile=table_profile())
    assert parse_profile(table_profile()).has_tables
    target = colour_target()
    expected = np.clip(SRGB_CURVE.encode(target), 0, 1)
    assert np.abs(working_to_srgb(to_working(target, space), space) - expected).max() < 0.01


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda d: d[:100], "no ICC profile"),
        (lambda d: d[:16] + b"CMYK" + d[20:], "CMYK"),
        (lambda d: d[:128] + struct.pack(">I", 10**6) + d[132:], "claims"),
        (lambda d: d.replace(b"gTRC", b"zzzz"), "damaged"),
        (lambda d: d.replace(b"para", b"xxxx"), "type"),
    ],
)
def test_a_damaged_profile_is_refused(damage: Callable[[bytes], bytes], message: str) -> None:
    with pytest.raises(BadImage, match=message):
        parse_profile(damage(build_profile("adobe-rgb")))


def test_the_profile_of_a_document_is_attached_as_it_came() -> None:
    space = as_icc("prophoto")
    assert icc_bytes(make_picture(space=space).colour_space) == build_profile("prophoto")
