"""Krita's pixels as bytes in the order the panel expects, with the profile that describes them.

Krita stores integer RGB as B,G,R,A and float RGB as R,G,B,A, alpha straight, in the document's own space.
"""
# pyright: basic, reportMissingImports=false, reportMissingModuleSource=false, reportAttributeAccessIssue=false
# (Krita's module exists inside Krita only)

from __future__ import annotations

import logging
import struct
import zipfile
from array import array
from pathlib import Path

from krita import Document, InfoObject, Krita, Node

from mgie.api.rect import Rect
from mgie.host.errors import HostError
from mgie.host.temporary import process_folder
from mgie.host.types import Channels, PixelFormat, SampleType

log = logging.getLogger(__name__)

SAMPLES: dict[str, SampleType] = {"U8": "u8", "U16": "u16", "F16": "f16", "F32": "f32"}
CHANNELS: dict[str, Channels] = {"RGBA": "rgba", "GRAYA": "graya"}
UNEDITABLE = (
    "Documents of this colour model cannot be edited; choose Image > Convert Image Color Space and RGB first."
)
SRGB = "sRGB-elle-V2-srgbtrc.icc"  # Krita's own sRGB; stands for an empty profile
ARRAY_CODES = {"u8": "B", "u16": "H"}


def color_format(model: str, depth: str) -> PixelFormat | None:
    """Krita's names of a colour space as a pixel format; None for CMYK, Lab and the like."""
    if model not in CHANNELS or depth not in SAMPLES:
        return None
    return PixelFormat(sample=SAMPLES[depth], channels=CHANNELS[model])


def document_format(document: Document) -> PixelFormat:
    """The format of everything read from a document."""
    found = color_format(document.colorModel(), document.colorDepth())
    if found is None:
        raise HostError("UNSUPPORTED_FORMAT", unsupported(document))
    return found


def unsupported(document: Document) -> str:
    """Why a document cannot be edited; empty when it can."""
    if color_format(document.colorModel(), document.colorDepth()) is not None:
        return ""
    return UNEDITABLE


def swap_red_and_blue(pixels: bytes, pixel_format: PixelFormat) -> bytes:
    """B,G,R,A to R,G,B,A and back, where Krita stores it so."""
    if pixel_format.channels != "rgba" or pixel_format.sample not in ARRAY_CODES:
        return pixels
    samples = array(ARRAY_CODES[pixel_format.sample], pixels)
    samples[0::4], samples[2::4] = samples[2::4], samples[0::4]
    return samples.tobytes()


def document_icc(document: Document) -> bytes:
    """The document's profile; empty when that is plain sRGB."""
    model, depth, name = document.colorModel(), document.colorDepth(), document.colorProfile()
    if (model, name) == ("RGBA", SRGB):
        return b""
    key = (model, depth, name)
    if key not in _profiles:
        _profiles[key] = export_profile(*key)
    return _profiles[key]


_profiles: dict[tuple[str, str, str], bytes] = {}


def export_profile(model: str, depth: str, name: str) -> bytes:
    """A profile's bytes. Krita hands them out only inside a .kra file, so one of 1x1 px is written."""
    scratch = new_scratch(model, depth, name)
    try:
        with process_folder() as folder:
            path = Path(folder) / "profile.kra"
            scratch.exportImage(str(path), InfoObject())
            scratch.waitForDone()
            with zipfile.ZipFile(path) as archive:
                names = [entry for entry in archive.namelist() if entry.endswith("annotations/icc")]
                return archive.read(names[0]) if names else b""
    finally:
        scratch.close()


def new_scratch(model: str, depth: str, profile: str) -> Document:
    """A document without a window, for work that must not enter an artist's undo history. Close it."""
    scratch = Krita.instance().createDocument(1, 1, "mgie", model, depth, profile, 72.0)
    if scratch is None:
        raise HostError("HOST_FAILED", f"Krita makes no document of {model}/{depth} with {profile}")
    scratch.setBatchmode(True)
    return scratch


def read_alpha(node: Node, rect: Rect, pixel_format: PixelFormat) -> bytes:
    """The opacity of a layer as 8-bit coverage."""
    data = bytes(node.projectionPixelData(rect.x, rect.y, rect.width, rect.height))
    step = pixel_format.bytes_per_pixel
    if pixel_format.sample in ("u8", "u16"):
        return data[step - 1 :: step]  # of u16 the high byte
    code = "e" if pixel_format.sample == "f16" else "f"
    values = struct.iter_unpack(f"<{pixel_format.num_channels}{code}", data)
    return bytes(min(255, max(0, round(pixel[-1] * 255))) for pixel in values)


class DocumentSource:
    """What is visible in a document, or one layer of it."""

    def __init__(self, document: Document, node: Node | None, hidden: list[Node]) -> None:
        self.format = document_format(document)
        self.icc = document_icc(document)
        self._document = document
        self._node = node
        self._hidden = hidden  # previews that must not be part of the picture
        if hidden:
            self._show_hidden(False)
        document.waitForDone()

    def read(self, rect: Rect) -> bytes:
        """The pixels of a canvas rectangle."""
        place = (rect.x, rect.y, rect.width, rect.height)
        if self._node is None:
            data = self._document.pixelData(*place)
        elif self._node.type() == "paintlayer":
            data = self._node.pixelData(*place)
        else:
            data = self._node.projectionPixelData(*place)
        if len(data) != rect.num_pixels * self.format.bytes_per_pixel:
            raise HostError("DOCUMENT_CLOSED", "the document was closed while it was read")
        return swap_red_and_blue(bytes(data), self.format)

    def close(self) -> None:
        """Show the previews again."""
        if self._hidden:
            self._show_hidden(True)

    def _show_hidden(self, is_visible: bool) -> None:
        for node in self._hidden:
            node.setVisible(is_visible)
        self._document.refreshProjection()
