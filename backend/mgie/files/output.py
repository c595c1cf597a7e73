"""Where a result goes: everything that can be known is checked before the model runs."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from pathlib import Path
from typing import Literal, TypeAlias

import numpy as np

from mgie.api.text import shown_name
from mgie.errors import BadOption, DiskFull
from mgie.files import jpeg, png, webp
from mgie.files.document import Document, Kind
from mgie.files.formats import kind_for
from mgie.files.openraster import check_openraster

_NAME_ROOM = 12  # bytes: rsync and the like put a dot before a name and seven letters after it
_SPARE_BYTES = 1 << 16  # beside the pixels: record, profile, metadata
_MAX_SIDES = {"png": png.MAX_SIDE_PX, "jpeg": jpeg.MAX_SIDE_PX, "webp": webp.MAX_SIDE_PX}


Lack: TypeAlias = Literal["depth", "transparency", "size"]


class UnfitKind(BadOption):
    """A kind of file that cannot hold the picture."""

    def __init__(self, message: str, lack: Lack) -> None:
        """lack: what it has too little of."""
        super().__init__(message)
        self.lack: Lack = lack


def check_output(path: Path, document: Document, source: Path, *, num_files: int = 1) -> None:
    """Refuse a result that could not be saved, before any work is done.

    document: the picture read from `source`, whose format the result will have; num_files: how many of its
    size are to be written there. Looks at ending, depth, size, alpha, further pages, name, folder, protection
    and free space; raises `BadOption`, `BadImage`, `DiskFull`.
    """
    kind = kind_for(path)
    if kind == "ora":
        if document.kind != "ora":
            raise BadOption(
                f"{shown_name(path)}: an .ora result is a copy of an .ora input; choose another ending"
            )
        check_openraster(source)
    _check_format(path, kind, document)
    check_place(path)
    if document.left_out and _is_same(path, source):
        raise BadOption(
            f"{shown_name(path)} also holds {document.left_out}, which would be lost; write to another file"
        )
    _check_space(path, kind, document, num_files)


def check_place(path: Path) -> None:
    """Refuse a path at which no file can be put: a long name, no folder, no permission, a protected file."""
    name = shown_name(path)
    try:
        target = Path(os.path.realpath(path))
        old = target.stat()
    except FileNotFoundError:
        target, old = Path(os.path.realpath(path)), None
    except (OSError, ValueError) as error:  # ValueError: a zero byte
        reason = error.strerror if isinstance(error, OSError) else error
        raise BadOption(f"{name} cannot be written ({reason}); choose another place") from error
    if old is not None and not stat.S_ISREG(old.st_mode):
        raise BadOption(f"{name} is not a file; choose another name")
    if old is not None and (not old.st_mode & 0o222 or not os.access(target, os.W_OK)):
        raise BadOption(f"{name} is write-protected; choose another name, or allow writing to it first")
    folder = _existing_folder(target.parent)
    if not folder.is_dir():
        raise BadOption(f"{name} cannot be written: {shown_name(folder)} is no folder; choose another")
    if old is None:
        _check_name(folder, target.name)
    _check_folder(folder, target, name)


def _check_format(path: Path, kind: Kind, document: Document) -> None:
    picture, name = document.picture, shown_name(path)
    bits = f"{picture.pixels.dtype}"
    if kind in ("jpeg", "webp") and picture.pixels.dtype != np.uint8:
        message = f"{name}: this format holds 8 bits, the picture {bits}; write a .png or .tif file"
        raise UnfitKind(message, "depth")
    if kind in ("png", "ora") and picture.pixels.dtype.kind == "f":
        raise UnfitKind(f"{name}: this format cannot hold {bits} pixels; write a .tif file", "depth")
    if kind == "jpeg" and picture.has_alpha:
        message = f"{name}: JPEG has no transparency; write a .png, .webp or .tif file"
        raise UnfitKind(message, "transparency")
    longest, limit = max(picture.width, picture.height), _MAX_SIDES.get(kind)
    if limit is not None and longest > limit:
        message = f"{name}: this format holds {limit} px per side, the picture has {longest}"
        raise UnfitKind(f"{message}; write a .tif file", "size")
    if kind == "jpeg" and len(document.exif) > jpeg.MAX_SEGMENT - 6:
        raise BadOption(f"{name}: JPEG cannot hold {len(document.exif)} bytes of Exif; write a .png file")
    if kind == "webp":
        webp.check_profile_fits(picture)


def _existing_folder(folder: Path) -> Path:
    """The folder, or the nearest above it that is there."""
    while not os.path.lexists(folder) and folder != folder.parent:
        folder = folder.parent
    return folder


def _check_name(folder: Path, name: str) -> None:
    try:
        limit = os.pathconf(folder, "PC_NAME_MAX")
    except (AttributeError, OSError, ValueError):
        limit = 255
    num_bytes = len(os.fsencode(name))
    if num_bytes > limit - _NAME_ROOM:
        raise BadOption(
            f"the output's name has {num_bytes} bytes; this folder takes {limit}, of which programs "
            f"that copy files need {_NAME_ROOM} for temporary names; shorten it"
        )


def _check_folder(folder: Path, target: Path, name: str) -> None:
    """Try it: permissions alone do not tell whether a file can be made here."""
    place = shown_name(folder) or str(folder)
    if not folder.stat().st_mode & 0o222:
        raise BadOption(f"{name} cannot be written: folder {place} is write-protected; choose another")
    try:
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".mgie-"):
            pass
    except OSError as error:
        reason = error.strerror or error
        raise BadOption(f"{name} cannot be put into {place} ({reason}); choose another folder") from error


def _is_same(path: Path, source: Path) -> bool:
    try:
        return path.samefile(source)
    except OSError:
        return False


def _check_space(path: Path, kind: Kind, document: Document, num_files: int) -> None:
    """The new file lies beside the old one until it is whole."""
    num_bytes = document.picture.pixels.nbytes
    needed = num_files * ((num_bytes // 2 if kind == "jpeg" else num_bytes) + _SPARE_BYTES)
    free = shutil.disk_usage(_existing_folder(Path(os.path.realpath(path)).parent)).free
    if needed > free:
        raise DiskFull(
            f"{shown_name(path)} may take {needed / 1e6:.1f} MB, but {free / 1e6:.1f} MB are free there; "
            "make room or choose another place"
        )
