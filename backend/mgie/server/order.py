"""`Order`: everything that decides what an edit computes, checked, in plain values."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from mgie.api.compose_options import ComposeOptions
from mgie.api.picture import AlphaKind, SpaceName
from mgie.api.rect import Rect
from mgie.model.events import SamplerName, SamplingOptions


@dataclass(frozen=True, kw_only=True)
class RawPixels:
    """What the bytes of a raw picture are."""

    rect: Rect
    dtype: str  # numpy's name: uint8, uint16, float16 or float32
    num_channels: int  # 1..4
    alpha: AlphaKind
    space: SpaceName
    icc_digest: str  # "" without a profile

    @property
    def num_bytes(self) -> int:
        """Size of the blob."""
        sample_bytes = {"uint8": 1, "uint16": 2, "float16": 2, "float32": 4}[self.dtype]
        return self.rect.width * self.rect.height * self.num_channels * sample_bytes


@dataclass(frozen=True, kw_only=True)
class PictureSource:
    """A picture among the blobs: raw pixels, or an image file at a place."""

    digest: str
    raw: RawPixels | None  # None: an image file
    x: int = 0  # of an image file on the canvas, px
    y: int = 0

    @property
    def digests(self) -> tuple[str, ...]:
        """The blobs it needs."""
        icc = self.raw.icc_digest if self.raw else ""
        return (self.digest, icc) if icc else (self.digest,)


@dataclass(frozen=True, kw_only=True)
class MaskSource:
    """Coverage among the blobs."""

    rect: Rect
    digest: str  # "": the whole rectangle

    @property
    def digests(self) -> tuple[str, ...]:
        """The blobs it needs."""
        return (self.digest,) if self.digest else ()


@dataclass(frozen=True, kw_only=True)
class SamplingWish:
    """Sampling options as far as the client named them."""

    num_inference_steps: int | None = None
    guidance_scale: float | None = None
    image_guidance_scale: float | None = None
    sampler: SamplerName | None = None

    def __post_init__(self) -> None:
        self.over(SamplingOptions())  # raises for anything out of range

    def over(self, defaults: SamplingOptions) -> SamplingOptions:
        """The model's recommendation with the client's wishes put over it."""
        return replace(defaults, **{name: value for name, value in vars(self).items() if value is not None})


@dataclass(frozen=True, kw_only=True)
class Order:
    """One edit, as asked for."""

    picture: PictureSource
    mask: MaskSource | None  # None: the whole picture
    instruction: str
    expressive_instruction: str = ""  # given instead of being written; "" to have it written
    model: str
    sampling: SamplingWish = field(default_factory=SamplingWish)
    seeds: tuple[int, ...]  # at least one
    compose: ComposeOptions = field(default_factory=ComposeOptions)
    leaves_weight_to_layer: bool = False  # see `pipeline.finish`, is_layer
    hold: bool = False  # stop after the expressive instruction

    @property
    def digests(self) -> tuple[str, ...]:
        """The blobs it needs."""
        return self.picture.digests + (self.mask.digests if self.mask else ())
