"""Pixels as they cross the wire: what the bytes of a blob are, and where they lie on the canvas."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from mgie.api.picture import AlphaKind, Coverage, Picture, SpaceName
from mgie.api.rect import Rect
from mgie.errors import BadImage, EmptyMask

SampleType: TypeAlias = Literal["u8", "u16", "f16", "f32"]
Channels: TypeAlias = Literal["gray", "graya", "rgb", "rgba"]

_DTYPES = {"u8": "uint8", "u16": "uint16", "f16": "float16", "f32": "float32"}
_SAMPLE_TYPES: dict[str, SampleType] = {"uint8": "u8", "uint16": "u16", "float16": "f16", "float32": "f32"}
CHANNELS: tuple[Channels, ...] = ("gray", "graya", "rgb", "rgba")  # in the order of their number


@dataclass(frozen=True, kw_only=True)
class PictureSpec:
    """What the bytes of a raw picture are. Rows follow each other without padding, little-endian."""

    rect: Rect  # canvas coordinates
    sample_type: SampleType
    channels: Channels
    alpha: AlphaKind | None = None  # None: straight where there is alpha
    colour_space: SpaceName | None = None  # None: the profile where one is given, else sRGB
    icc_digest: str = ""  # SHA-256 of the profile's blob, only with colour space "icc"

    def __post_init__(self) -> None:
        if self.rect.is_empty:
            size = f"{self.rect.width}x{self.rect.height}"
            raise BadImage(f"the picture is {size} px; it must hold at least one pixel")
        if (self.space == "icc") != bool(self.icc_digest):
            raise BadImage("a profile's digest goes with the colour space ICC, and only with it")
        if self.has_alpha == (self.alpha_kind == "none"):
            raise BadImage(f"alpha {self.alpha_kind!r} does not fit the channels {self.channels}")

    @property
    def has_alpha(self) -> bool:
        """Whether the last channel is alpha."""
        return self.channels in ("graya", "rgba")

    @property
    def alpha_kind(self) -> AlphaKind:
        """How alpha goes with colour."""
        return self.alpha or ("straight" if self.has_alpha else "none")

    @property
    def space(self) -> SpaceName:
        """What the colours mean."""
        return self.colour_space or ("icc" if self.icc_digest else "srgb")

    @property
    def num_channels(self) -> int:
        """1 to 4."""
        return CHANNELS.index(self.channels) + 1

    @property
    def dtype(self) -> np.dtype[np.generic]:
        """numpy's type of one number."""
        return np.dtype(_DTYPES[self.sample_type])

    @property
    def num_bytes(self) -> int:
        """Size of the blob."""
        return self.rect.width * self.rect.height * self.num_channels * self.dtype.itemsize


@dataclass(frozen=True, kw_only=True)
class EncodedSpec:
    """An image file as it is; its own size, depth and profile count."""

    x: int = 0  # left column on the canvas, px
    y: int = 0  # top row on the canvas, px


@dataclass(frozen=True, kw_only=True)
class PictureBlob:
    """A picture whose bytes are a blob: raw pixels or an image file, exactly one of them."""

    blob_digest: str  # SHA-256, hex
    raw: PictureSpec | None = None
    encoded: EncodedSpec | None = None

    def __post_init__(self) -> None:
        if (self.raw is None) == (self.encoded is None):
            raise BadImage("a picture is either raw or encoded; say which")

    @property
    def digests(self) -> tuple[str, ...]:
        """The blobs it needs."""
        icc = self.raw.icc_digest if self.raw else ""
        return (self.blob_digest, icc) if icc else (self.blob_digest,)


@dataclass(frozen=True, kw_only=True)
class MaskBlob:
    """8-bit coverage over a rectangle, row by row; outside the rectangle it is 0."""

    rect: Rect  # canvas coordinates
    blob_digest: str = ""  # SHA-256, hex; "": all 255

    def __post_init__(self) -> None:
        if self.rect.is_empty:
            size = f"{self.rect.width}x{self.rect.height}"
            raise EmptyMask(f"the mask is {size} px; select something first")

    @property
    def digests(self) -> tuple[str, ...]:
        """The blobs it needs."""
        return (self.blob_digest,) if self.blob_digest else ()


def spec_of(picture: Picture, icc_digest: str = "") -> PictureSpec:
    """How a picture's pixels are described. icc_digest: of its profile's blob, where it has one."""
    return PictureSpec(
        rect=Rect(picture.x, picture.y, picture.width, picture.height),
        sample_type=_SAMPLE_TYPES[picture.pixels.dtype.name],
        channels=CHANNELS[picture.pixels.shape[2] - 1],
        alpha=picture.alpha,
        colour_space=picture.colour_space.name,
        icc_digest=icc_digest,
    )


def pixel_bytes(picture: Picture) -> memoryview:
    """The bytes that `spec_of` describes."""
    little = np.ascontiguousarray(picture.pixels, picture.pixels.dtype.newbyteorder("<"))
    return little.reshape(-1).view(np.uint8).data


def pixels_from(data: bytes, spec: PictureSpec) -> np.ndarray[tuple[int, int, int], np.dtype[np.generic]]:
    """(H, W, C): the pixels of a raw blob. Raises BadImage where the bytes do not fit."""
    if len(data) != spec.num_bytes:
        size = f"{spec.rect.width}x{spec.rect.height} px {spec.channels} {spec.sample_type}"
        raise BadImage(f"{size} need {spec.num_bytes} bytes, but there are {len(data)}")
    numbers = np.frombuffer(data, spec.dtype.newbyteorder("<")).astype(spec.dtype, copy=False)
    return numbers.reshape(spec.rect.height, spec.rect.width, spec.num_channels)


def coverage_from(data: bytes, mask: MaskBlob) -> Coverage:
    """(H, W): the coverage of a mask's blob. Raises BadImage where the bytes do not fit."""
    shape = (mask.rect.height, mask.rect.width)
    if not mask.blob_digest:
        return np.full(shape, 255, np.uint8)
    if len(data) != shape[0] * shape[1]:
        raise BadImage(f"a mask of {shape[1]}x{shape[0]} px needs as many bytes, but there are {len(data)}")
    return np.frombuffer(data, np.uint8).reshape(shape)
