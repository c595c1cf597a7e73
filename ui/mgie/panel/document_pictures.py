"""Pictures between host and backend: the same pixels as the values of either side."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from mgie.api.picture import SRGB, ColourSpace, Picture
from mgie.api.pixel_blobs import CHANNELS, Channels, SampleType
from mgie.api.rect import Rect
from mgie.host.types import HostPicture, PixelFormat
from mgie.panel.pixels import as_array

_U32_FULL = 4294967295.0
_SENT_AS: dict[str, SampleType] = {"u32": "f32", "f64": "f32"}  # formats that the backend does not have


def sent_format(document: PixelFormat) -> tuple[SampleType, Channels]:
    """How pixels of a document are sent: as they are, or as 32-bit floats."""
    return _SENT_AS.get(document.sample, document.sample), document.channels  # pyright: ignore[reportReturnType]


def picture_of(host: HostPicture) -> Picture:
    """A host's picture for the backend."""
    values: npt.NDArray[Any] = as_array(host)
    if host.format.sample == "u32":
        values = (values / _U32_FULL).astype(np.float32)
    elif host.format.sample == "f64":
        values = values.astype(np.float32)
    return Picture(
        pixels=values,
        alpha="straight" if host.format.has_alpha else "none",
        x=host.rect.x,
        y=host.rect.y,
        colour_space=ColourSpace(name="icc", icc_profile=host.icc) if host.icc else SRGB,
    )


def host_picture(picture: Picture, document: PixelFormat) -> HostPicture:
    """The backend's picture in a document's own format; it must have the same channels."""
    assert CHANNELS[picture.pixels.shape[2] - 1] == document.channels
    values = picture.pixels
    if document.sample == "u32":
        values = np.rint(np.clip(values.astype(np.float64), 0.0, 1.0) * _U32_FULL).astype("<u4")
    elif document.sample == "f64":
        values = values.astype("<f8")
    return HostPicture(
        rect=Rect(picture.x, picture.y, picture.width, picture.height),
        format=document,
        pixels=values.tobytes(),
        icc=picture.colour_space.icc_profile,
    )
