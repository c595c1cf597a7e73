"""Where a picture came from: a JSON record of every edit, and the XMP packet that carries it in a file.

The packet also holds IPTC's DigitalSourceType, so that other programs can tell that a model took part.
"""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import asdict, dataclass, fields
from typing import Any
from xml.etree import ElementTree
from xml.sax.saxutils import escape, quoteattr

import imagecodecs
import numpy as np

from mgie.api.picture import Coverage, Picture
from mgie.api.rect import Rect
from mgie.compose.region import Region
from mgie.errors import BadData

FORMAT = 1
SOURCE_TYPE = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"
NAMESPACE = "https://mgie.invalid/ns/record/1.0/"
_IPTC = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"


@dataclass(frozen=True, kw_only=True)
class EditRecord:
    """One edit of one region: everything needed to do it again."""

    instruction: str  # the artist's words
    expressive_instruction: str  # what the language model wrote
    corrected_instruction: str | None  # what the artist made of it, None when left as it was
    seed: int
    model: str
    model_digest: str  # SHA-256, hex
    sampling: dict[str, Any]  # fields of SamplingOptions
    compose: dict[str, Any]  # fields of ComposeOptions
    rect: tuple[int, int, int, int]  # canvas coordinates: x, y, width, height
    group: int = 0  # the tiles of one region share a number
    mask_png: str = ""  # base64 of an 8-bit gray PNG, "" when the whole rectangle was selected
    report: dict[str, Any]  # drift, seam, changed pixels


@dataclass(frozen=True, kw_only=True)
class Provenance:
    """All edits between an input and an output picture."""

    input_name: str  # file name without folder
    input_digest: str  # SHA-256 over the pixels, see `pixel_digest`
    output_digest: str
    versions: dict[str, str]  # of the packages that took part, and the device
    edits: tuple[EditRecord, ...]

    def to_json(self) -> str:
        """One line of JSON."""
        return json.dumps({"format": FORMAT, **asdict(self)}, ensure_ascii=False, sort_keys=True)


def from_json(text: str) -> Provenance:
    """Read a record; `BadData` for anything else."""
    try:
        values = json.loads(text)
        if not isinstance(values, dict) or values.pop("format", None) != FORMAT:
            raise BadData(f"the edit record is not of format {FORMAT}; a newer version may read it")
        edits = tuple(_edit_from(edit) for edit in values.pop("edits"))
        return Provenance(**values, edits=edits)
    except (ValueError, TypeError, KeyError) as error:
        raise BadData(f"the edit record is damaged ({error}); the picture cannot be reproduced") from error


def _edit_from(values: dict[str, Any]) -> EditRecord:
    values["rect"] = tuple(values["rect"])
    return EditRecord(**values)


def pixel_digest(picture: Picture) -> str:
    """SHA-256 over type, shape and values of the pixels; metadata and compression do not matter."""
    digest = hashlib.sha256(f"{picture.pixels.dtype.name} {picture.pixels.shape}".encode())
    digest.update(np.ascontiguousarray(picture.pixels).data)
    return digest.hexdigest()


def encode_mask(region: Region) -> str:
    """The mask as base64 PNG, "" for a plain rectangle."""
    if region.mask is None or region.mask.min() == 255:
        return ""
    return base64.b64encode(imagecodecs.png_encode(region.mask, level=9)).decode()


def decode_region(record: EditRecord) -> Region:
    """The region an edit was made in."""
    mask: Coverage | None = None
    if record.mask_png:
        try:
            mask = np.asarray(imagecodecs.png_decode(base64.b64decode(record.mask_png)))
        except (ValueError, RuntimeError) as error:
            raise BadData(f"the mask in the edit record is damaged ({error})") from error
    return Region(rect=Rect(*record.rect), instruction=record.instruction, mask=mask)


def to_xmp(provenance: Provenance) -> bytes:
    """An XMP packet with the DigitalSourceType and the whole record."""
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
        '<x:xmpmeta xmlns:x="adobe:ns:meta/">'
        f'<rdf:RDF xmlns:rdf="{_RDF}">'
        f'<rdf:Description rdf:about="" xmlns:Iptc4xmpExt="{_IPTC}" xmlns:mgie="{NAMESPACE}" '
        f"Iptc4xmpExt:DigitalSourceType={quoteattr(SOURCE_TYPE)}>"
        f"<mgie:Record>{escape(provenance.to_json())}</mgie:Record>"
        "</rdf:Description></rdf:RDF></x:xmpmeta>"
        '<?xpacket end="w"?>'
    ).encode()


def from_xmp(packet: bytes) -> Provenance | None:
    """The record in an XMP packet, None when it holds none."""
    if NAMESPACE.encode() not in packet or b"<!" in packet:  # no document types: nothing to expand
        return None
    try:
        root = ElementTree.fromstring(packet.decode().strip("\ufeff\0 \n"))
    except (ElementTree.ParseError, UnicodeDecodeError) as error:
        raise BadData(f"the picture's XMP metadata is damaged ({error})") from error
    element = root.find(f".//{{{NAMESPACE}}}Record")
    return None if element is None or element.text is None else from_json(element.text)


def record_values(value: Any) -> dict[str, Any]:
    """A flat frozen dataclass as JSON values."""
    return {field.name: getattr(value, field.name) for field in fields(value)}
