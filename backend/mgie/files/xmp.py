"""XMP packets: the edit record inside one, beside what other programs have written there."""

from __future__ import annotations

import hashlib
import re
import struct
from xml.etree import ElementTree
from xml.sax.saxutils import escape, quoteattr

from mgie.errors import BadData
from mgie.files.record import Provenance, from_json

SOURCE_TYPE = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"
NAMESPACE = "https://mgie.invalid/ns/record/1.0/"
JPEG_LIMIT = 65502  # bytes of a packet in one segment of a JPEG file
_IPTC = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_NOTE = "http://ns.adobe.com/xmp/note/"
_OURS = re.compile(
    rb'<rdf:Description\b[^>]*xmlns:mgie="'
    + re.escape(NAMESPACE.encode())
    + rb'"[^>]*>.*?</rdf:Description>',
    re.DOTALL,
)
_ORIENTATION = re.compile(rb'(tiff:Orientation(?:\s*=\s*["\']|>))\s*([1-8])')
_HAS_EXTENSION = re.compile(rb'\s*xmpNote:HasExtendedXMP\s*=\s*(["\'])([0-9A-Fa-f]*)\1')


def to_xmp(provenance: Provenance, existing: bytes = b"") -> bytes:
    """A packet with the DigitalSourceType and the whole record, beside what `existing` says."""
    description = (
        f'<rdf:Description rdf:about="" xmlns:Iptc4xmpExt="{_IPTC}" xmlns:mgie="{NAMESPACE}" '
        f"Iptc4xmpExt:DigitalSourceType={quoteattr(SOURCE_TYPE)}>"
        f"<mgie:Record>{escape(provenance.to_json())}</mgie:Record>"
        "</rdf:Description>"
    ).encode()
    return _inserted(existing, description) or _packet(description)


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


def orientation_of(packet: bytes) -> int:
    """What a packet says of how the picture is turned, 1..8; 1 when nothing."""
    found = _ORIENTATION.search(packet)
    return int(found[2]) if found else 1


def as_upright(packet: bytes) -> bytes:
    """The packet of a picture that has been turned upright."""
    return _ORIENTATION.sub(rb"\g<1>1", packet)


def split_for_jpeg(packet: bytes) -> tuple[bytes, bytes]:
    """A packet that fits into one segment, and the extension that carries the rest, b"" where all fits.

    XMP specification part 3, section 1.1.3.1: the main packet names the extension by its MD5.
    """
    if len(packet) <= JPEG_LIMIT:
        return packet, b""
    own = _OURS.search(packet)
    main = packet[: own.start()] + packet[own.end() :] if own else b""
    moved = _packet(own[0] if own else b"").partition(b"?>")[2].rpartition(b"<?xpacket")[0]
    if not own or len(main) > JPEG_LIMIT - 1000:  # what others wrote is too long itself: it moves whole
        main, moved = _packet(b""), _bare(packet)
    name = hashlib.md5(moved, usedforsecurity=False).hexdigest().upper()
    note = (
        f'<rdf:Description rdf:about="" xmlns:xmpNote="{_NOTE}" xmlns:Iptc4xmpExt="{_IPTC}" '
        f'xmpNote:HasExtendedXMP="{name}" Iptc4xmpExt:DigitalSourceType={quoteattr(SOURCE_TYPE)}/>'
    ).encode()
    return _inserted(_HAS_EXTENSION.sub(b"", main), note) or _packet(note), moved


def extension_pieces(extension: bytes, piece_bytes: int = 65_400) -> list[bytes]:
    """What follows the signature in each segment of an extension: its name, whole length, offset, content."""
    name = hashlib.md5(extension, usedforsecurity=False).hexdigest().upper().encode()
    return [
        name + struct.pack(">II", len(extension), start) + extension[start : start + piece_bytes]
        for start in range(0, len(extension), piece_bytes)
    ]


def joined_extension(packet: bytes, pieces: list[bytes]) -> bytes:
    """The packet with the descriptions of the extension it names, where all its pieces are there."""
    named = _HAS_EXTENSION.search(packet)
    mine = [piece for piece in pieces if named and piece[:32].upper() == named[2].upper() and len(piece) > 40]
    parts = {struct.unpack_from(">I", piece, 36)[0]: piece[40:] for piece in mine}
    extension = b"".join(parts[offset] for offset in sorted(parts))
    if not mine or len(extension) != struct.unpack_from(">I", mine[0], 32)[0]:
        return packet
    inner = re.search(rb"<rdf:RDF\b[^>]*>(.*)</rdf:RDF>", extension, re.DOTALL)
    if inner is None:
        return packet
    return _inserted(_HAS_EXTENSION.sub(b"", packet), inner[1]) or packet


def _packet(description: bytes) -> bytes:
    start = f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="{_RDF}">'.encode()
    opening = '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'.encode()
    return opening + start + description + b'</rdf:RDF></x:xmpmeta><?xpacket end="w"?>'


def _bare(packet: bytes) -> bytes:
    """A packet without its processing instructions."""
    return re.sub(rb"<\?xpacket.*?\?>", b"", packet, flags=re.DOTALL).strip()


def _inserted(packet: bytes, description: bytes) -> bytes:
    """The packet with a further description instead of an earlier one of ours; b"" when it is none."""
    others = _OURS.sub(b"", packet)
    head, end, tail = others.rpartition(b"</rdf:RDF>")
    whole = head + description + end + tail
    try:
        if end and b"<!" not in whole:
            ElementTree.fromstring(whole.decode().strip("\ufeff\0 \n"))
            return whole
    except (ElementTree.ParseError, UnicodeDecodeError):
        pass  # what is no XML cannot be kept beside ours
    return b""
