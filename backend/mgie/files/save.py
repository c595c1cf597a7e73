"""The one way a picture is written: whole into a temporary file, read back, then put in its place.

Where that fails the result is saved somewhere else, and the error names the file: no work is lost.
"""

from __future__ import annotations

import contextlib
import logging
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NoReturn

import numpy as np

from mgie.api.picture import Picture, Pixels
from mgie.api.text import shown_name
from mgie.atomic_write import atomic_write
from mgie.errors import BadData, BadImage, BadOption, MgieError, NotSaved, SavedElsewhere
from mgie.files.document import Document, Kind
from mgie.files.formats import encode, kind_for, open_document
from mgie.files.openraster import NewLayer, encode_openraster
from mgie.files.png import straight
from mgie.files.record import Provenance, after, pixel_digest
from mgie.files.xmp import to_xmp

log = logging.getLogger(__name__)

_STRIP_ROWS = 256  # compared at a time


@dataclass(frozen=True, kw_only=True)
class Saved:
    """A file that was written and read back."""

    path: Path
    provenance: Provenance | None = None  # as the file carries it
    largest_change: float = 0.0  # 0..1 of the range: what the format did to a pixel; above 0 for JPEG alone

    @property
    def note(self) -> str:
        """What to tell people, "" where the file holds the result bit by bit."""
        if not self.largest_change:
            return ""
        levels = max(round(self.largest_change * 255), 1)
        return f"JPEG compression also changed pixels outside of it, by up to {levels} of 255"


def save_document(path: Path, document: Document) -> Saved:
    """Write a flat picture file by its ending, all at once. Raises `MgieError` alone."""
    kind = kind_for(path)
    return _save(path, document, None, lambda given: encode(kind, given))


def save_result(
    path: Path,
    document: Document,
    provenance: Provenance,
    *,
    source: Path,
    layers: list[NewLayer] | None = None,
) -> Saved:
    """Write an edit with its record; an .ora file becomes a copy of `source` with further layers.

    document: what was read from the source, with the edited picture. Raises `SavedElsewhere` where the result
    is safe but in another file, and `NotSaved` where it could be put nowhere.
    """
    kind = kind_for(path)
    if kind == "ora":
        return _save(path, document, provenance, lambda given: encode_openraster(source, given, layers or []))
    return _save(path, document, provenance, lambda given: encode(kind, given))


def _save(
    path: Path, document: Document, provenance: Provenance | None, encoder: Callable[[Document], bytes]
) -> Saved:
    try:
        return _write(path, kind_for(path), document, provenance, encoder)
    except BadOption as error:
        if provenance is None:
            raise  # nothing was made that could be lost
        _save_elsewhere(path, document, provenance, str(error))
    except (OSError, MgieError) as error:
        reason = str((error.strerror if isinstance(error, OSError) else None) or error)
        _save_elsewhere(path, document, provenance, reason)
    except Exception as error:  # an encoder that fails must not cost the result
        log.exception("encoder failed")
        _save_elsewhere(path, document, provenance, f"its encoder failed, {type(error).__name__}")


def _write(
    path: Path,
    kind: Kind,
    document: Document,
    provenance: Provenance | None,
    encoder: Callable[[Document], bytes],
) -> Saved:
    """Encode, write beside the place, read back, and put it in place."""
    with atomic_write(path) as temporary:
        _put(temporary, encoder(_recorded(document, provenance)))
        found = open_document(temporary).picture
        change = _largest_change(_stored(document.picture, kind), found)
        if change and kind != "jpeg":
            raise BadImage("the written file does not give back its pixels")
        if change and provenance is not None:
            provenance = replace(provenance, file_digest=pixel_digest(found))
            _put(temporary, encoder(_recorded(document, provenance)))
    return Saved(path=path, provenance=provenance, largest_change=change)


def _recorded(document: Document, provenance: Provenance | None) -> Document:
    if provenance is None:
        return document
    return replace(document, xmp=to_xmp(after(_earlier(document), provenance), document.xmp))


def _earlier(document: Document) -> Provenance | None:
    """The record that the source carries already."""
    try:
        return document.provenance
    except BadData:
        log.warning("the earlier edit record is damaged and is replaced")
        return None


def _put(path: Path, data: bytes) -> None:
    with path.open("wb") as file:
        file.write(data)
    if path.stat().st_size != len(data):
        raise OSError(f"{path.stat().st_size} of {len(data)} bytes arrived")


def _stored(picture: Picture, kind: Kind) -> Pixels:
    """The pixels as a kind of file holds them."""
    return picture.pixels if kind == "tiff" else straight(picture)


def _largest_change(pixels: Pixels, found: Picture) -> float:
    """Between what was to be written and what was read back, 0..1 of the range."""
    stored = found.pixels
    if stored.dtype != pixels.dtype or stored.shape[:2] != pixels.shape[:2]:
        raise BadImage("the written file has another size or depth than the result")
    if stored.shape[2] > pixels.shape[2]:  # WebP knows no gray
        pixels = np.concatenate(
            [pixels[..., :1]] * 3 + ([pixels[..., 1:]] if pixels.shape[2] == 2 else []), -1
        )
    if stored.shape != pixels.shape:
        raise BadImage("the written file has other channels than the result")
    largest = 0.0
    for top in range(0, len(pixels), _STRIP_ROWS):
        rows = slice(top, top + _STRIP_ROWS)
        if not np.array_equal(pixels[rows], stored[rows], equal_nan=pixels.dtype.kind == "f"):
            apart = np.abs(pixels[rows].astype(np.float64) - stored[rows])
            largest = max(largest, float(np.nan_to_num(apart, nan=np.inf).max()) / found.white)
    return largest


def _save_elsewhere(path: Path, document: Document, provenance: Provenance | None, reason: str) -> NoReturn:
    """As TIFF, which holds everything, in the first place that takes it."""
    name = shown_name(path)
    recorded = _recorded(document, provenance)
    data = _anyhow(recorded)
    for folder in _other_folders(path):
        place = _free_place(folder, path)
        try:
            with atomic_write(place, mode=0o600, follows_links=False) as temporary:
                _put(temporary, data)
                open_document(temporary)
        except (OSError, MgieError) as error:
            log.warning("no fallback in %s: %s", folder, type(error).__name__)
            continue
        raise SavedElsewhere(f"{name} could not be written ({reason}); the result is saved as {place}")
    raise NotSaved(f"{name} could not be written ({reason}), nor any other file; make room and try again")


def _anyhow(document: Document) -> bytes:
    """A TIFF file's bytes, without the metadata where that is what cannot be written."""
    try:
        return encode("tiff", document)
    except Exception:  # the pixels count
        log.exception("the metadata cannot be written")
        return encode("tiff", Document(picture=document.picture))


def _other_folders(path: Path) -> Iterator[Path]:
    """Beside the output, the home folder, and the system's folder for temporary files."""
    yield path.parent
    with contextlib.suppress(RuntimeError):  # nobody's home is known
        yield Path.home()
    yield Path(tempfile.gettempdir())


def _free_place(folder: Path, path: Path) -> Path:
    stem = "".join(letter for letter in shown_name(path.with_suffix(""))[:40] if letter.isprintable())
    number = 1
    while (place := folder / f"{stem}-result-{number}.tif").exists():
        number += 1
    return place
