"""The values that cross between a host and the panel: places, pixels, documents, layers, events.

Coordinates are canvas pixels, origin at the top left. Pixels are row-major without padding, little-endian,
channels interleaved in the order of their name, alpha straight (not premultiplied).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from mgie.api.rect import Rect
from mgie.host.errors import HostError

SampleType = Literal["u8", "u16", "u32", "f16", "f32", "f64"]
Channels = Literal["gray", "graya", "rgb", "rgba"]
LayerKind = Literal["paint", "group", "mask", "other"]
SavedKind = Literal["channel", "selection_mask", "layer"]
InvokedAction = Literal["edit", "repeat"]
Program = Literal["gimp", "krita", "files"]

BYTES_PER_SAMPLE: dict[str, int] = {"u8": 1, "u16": 2, "u32": 4, "f16": 2, "f32": 4, "f64": 8}
NUM_CHANNELS: dict[str, int] = {"gray": 1, "graya": 2, "rgb": 3, "rgba": 4}
MAX_SIDE_PX = 1 << 19  # GIMP's own limit
MAX_MESSAGE_BYTES = 1 << 30


def refuse(message: str) -> HostError:
    """A value that breaks its own rules."""
    return HostError("BAD_REQUEST", message)


def check_choice(name: str, value: str, choices: object) -> None:
    """Raise when `value` is not one of the strings of the Literal `choices`."""
    if value not in get_args(choices):
        raise refuse(f"{name} is {value!r}; allowed are {', '.join(get_args(choices))}")


def check_rect(rect: Rect) -> Rect:
    """The same rectangle, empty or not; BAD_REQUEST where it is larger or further away than any canvas."""
    if not (0 <= rect.width <= MAX_SIDE_PX and 0 <= rect.height <= MAX_SIDE_PX):
        raise refuse(f"a rectangle of {rect.width}x{rect.height} px; each side must be 0 to {MAX_SIDE_PX}")
    if max(abs(rect.x), abs(rect.y)) > MAX_SIDE_PX:
        raise refuse(f"a rectangle at ({rect.x}, {rect.y}); each must be within {MAX_SIDE_PX} px")
    return rect


def check_opacity(opacity: float) -> float:
    """The same opacity; BAD_REQUEST where it is not 0 to 1."""
    if not 0.0 <= opacity <= 1.0:
        raise refuse(f"an opacity of {opacity}; it must be 0 to 1")
    return opacity


@dataclass(frozen=True, kw_only=True)
class PixelFormat:
    """How one pixel is stored. Integers span their whole range, floats are 0..1 and may exceed it."""

    sample: SampleType
    channels: Channels

    def __post_init__(self) -> None:
        check_choice("sample", self.sample, SampleType)
        check_choice("channels", self.channels, Channels)

    @property
    def num_channels(self) -> int:
        """1 to 4."""
        return NUM_CHANNELS[self.channels]

    @property
    def bytes_per_pixel(self) -> int:
        """1 to 32."""
        return NUM_CHANNELS[self.channels] * BYTES_PER_SAMPLE[self.sample]

    @property
    def has_alpha(self) -> bool:
        """Whether the last channel is opacity."""
        return self.channels in ("graya", "rgba")


PREVIEW_FORMAT = PixelFormat(sample="u8", channels="rgba")  # previews are always 8-bit sRGB


@dataclass(frozen=True, kw_only=True)
class HostPicture:
    """Pixels with their place on the canvas, in the document's own format and colours."""

    rect: Rect
    format: PixelFormat
    pixels: bytes  # rect.height * rect.width * format.bytes_per_pixel
    icc: bytes = b""  # the profile that describes these values exactly; empty means sRGB

    def __post_init__(self) -> None:
        expected = self.rect.num_pixels * self.format.bytes_per_pixel
        if len(self.pixels) != expected:
            size = f"{self.rect.width}x{self.rect.height} px {self.format.channels} {self.format.sample}"
            raise refuse(f"a picture of {size} has {len(self.pixels)} bytes; {expected} are needed")


@dataclass(frozen=True, kw_only=True)
class HostMask:
    """8-bit coverage over a rectangle; outside the rectangle it is 0."""

    rect: Rect
    coverage: bytes  # rect.height * rect.width; 0 untouched, 255 fully edited

    def __post_init__(self) -> None:
        if len(self.coverage) != self.rect.num_pixels:
            size = f"{self.rect.width}x{self.rect.height} px"
            raise refuse(
                f"a mask of {size} has {len(self.coverage)} bytes; {self.rect.num_pixels} are needed"
            )


@dataclass(frozen=True, kw_only=True)
class LayerInfo:
    """One layer, group or mask of a document."""

    id: str  # stays the same while the document is open
    name: str
    kind: LayerKind
    rect: Rect
    is_visible: bool = True
    parent: str = ""  # id of the group it lies in; empty at the top
    is_in_hidden_group: bool = False  # of all the groups around it
    is_in_locked_group: bool = False
    is_in_faded_group: bool = False  # one that is half-opaque, masked or mixed in another way than normal
    is_clipped: bool = False  # shows only where the layers below it do
    opacity: float = 1.0  # 0..1

    def __post_init__(self) -> None:
        check_choice("kind", self.kind, LayerKind)
        check_opacity(self.opacity)


@dataclass(frozen=True, kw_only=True)
class SavedSelection:
    """A selection saved in the document: a channel, a selection mask, or the coverage of a layer."""

    id: str
    name: str
    kind: SavedKind
    rect: Rect

    def __post_init__(self) -> None:
        check_choice("kind", self.kind, SavedKind)


@dataclass(frozen=True, kw_only=True)
class DocumentInfo:
    """One open document, and where the artist stands in it."""

    id: str  # unique across the host's lifetime
    name: str  # what the host calls it; never a path
    width: int  # canvas, px
    height: int  # canvas, px
    format: PixelFormat  # of pictures read from it
    profile_name: str = ""  # for people
    active_layer: LayerInfo | None = None
    selection: Rect | None = None  # bounds; None without a selection
    unsupported: str = ""  # why it cannot be edited, one sentence; empty when it can

    def __post_init__(self) -> None:
        if not (1 <= self.width <= MAX_SIDE_PX and 1 <= self.height <= MAX_SIDE_PX):
            raise refuse(f"a canvas of {self.width}x{self.height} px; each side must be 1 to {MAX_SIDE_PX}")

    @property
    def canvas(self) -> Rect:
        """The whole canvas."""
        return Rect(x=0, y=0, width=self.width, height=self.height)


@dataclass(frozen=True, kw_only=True)
class HostInfo:
    """Which program this is and what it can do."""

    program: Program
    version: str  # the program's own
    can_preview: bool = True  # previews appear on a layer of the document
    can_overlay: bool = False  # shows pictures on its canvas that are in no document
    can_embed: bool = False  # takes the panel's window into a docker
    kept_previews: tuple[str, ...] = ()  # previews a lost panel asked to keep

    def __post_init__(self) -> None:
        check_choice("program", self.program, Program)


@dataclass(frozen=True, kw_only=True)
class FileLoss:
    """What a written file does not hold of a picture, or of the file it came from."""

    largest_change: float = 0.0  # 0..1 of the range: what compression did to a colour
    more_in: str = ""  # name of the file whose further pages, frames or layers stay there; "" for none


@dataclass(frozen=True, kw_only=True)
class Placement:
    """One result that becomes a layer."""

    picture: HostPicture
    name: str  # of the layer
    mask: HostMask | None = None  # becomes a layer mask; None: the picture's alpha decides
    provenance: str = ""  # JSON, stored with the layer
    above: str = ""  # id of the one layer it was made from, it goes right above; empty or gone: on top of all
    opacity: float = 1.0  # 0..1, of the layer
    replaces: str = ""  # id of a layer that goes as this one comes

    def __post_init__(self) -> None:
        check_opacity(self.opacity)


@dataclass(frozen=True, kw_only=True)
class HostState:
    """Everything the panel follows live."""

    documents: tuple[DocumentInfo, ...]
    active: str = ""  # id of the document the artist works in; empty without one

    @property
    def active_document(self) -> DocumentInfo | None:
        """The document the artist works in."""
        return next((document for document in self.documents if document.id == self.active), None)


@dataclass(frozen=True, kw_only=True)
class StateChanged:
    """The artist switched, opened, closed, selected or resized something."""

    state: HostState


@dataclass(frozen=True, kw_only=True)
class Invoked:
    """The artist chose a menu entry of the host."""

    action: InvokedAction
    document: str  # id

    def __post_init__(self) -> None:
        check_choice("action", self.action, InvokedAction)


@dataclass(frozen=True, kw_only=True)
class PreviewLost:
    """A preview layer is gone: undone, deleted, or its document closed."""

    preview: str  # id
    reason: str  # a key of errors.ADVICE


@dataclass(frozen=True, kw_only=True)
class PreviewSaved:
    """The artist saved or exported the document while a preview was on its canvas: the file holds it."""

    preview: str  # id


@dataclass(frozen=True, kw_only=True)
class LinkClosed:
    """The host ended or the link broke; nothing more will come."""

    reason: str  # a key of errors.ADVICE
    message: str


HostEvent = StateChanged | Invoked | PreviewLost | PreviewSaved | LinkClosed
