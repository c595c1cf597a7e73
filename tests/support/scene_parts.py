"""What the scenes of the panel are made of: a real photograph, a document, a backend, results."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import skimage.data

from mgie.api.failure import Failure
from mgie.api.rect import Rect
from mgie.host.types import HostMask, HostPicture, PixelFormat
from mgie.panel import pixels
from mgie.panel.state.job import Job
from mgie.panel.state.pictures import Frame, ResultPicture
from mgie.panel.state.settings import Settings
from mgie.panel.state.target import HostStatus, Target
from support.fake_ports import GUIDANCE, MODEL, READY, STEPS, result

WORDS = "make it look like late afternoon"
TEXT = (
    "The cup of coffee on the table would be lit by warm, low sunlight from the left, "
    "with long soft shadows and a golden tone on the wood."
)
SELECTION = Rect(x=150, y=60, width=330, height=290)


def _picture(tint: tuple[float, float, float] = (1.0, 1.0, 1.0)) -> HostPicture:
    rgb = skimage.data.coffee()
    tinted = np.clip(rgb * np.array(tint), 0, 255).astype(np.uint8)
    height, width = rgb.shape[:2]
    return HostPicture(
        rect=Rect(x=0, y=0, width=width, height=height),
        format=PixelFormat(sample="u8", channels="rgb"),
        pixels=tinted.tobytes(),
    )


def _ellipse() -> HostMask:
    y, x = np.ogrid[: SELECTION.height, : SELECTION.width]
    radius = np.hypot((x - 165) / 165, (y - 145) / 145)
    coverage = np.clip((1 - radius) * 12, 0, 1) * 255
    return HostMask(rect=SELECTION, coverage=coverage.astype(np.uint8).tobytes())


PICTURE = _picture()
BEFORE = pixels.frame_of(PICTURE, 640, _ellipse())
TARGET = Target(
    document="d",
    document_name="coffee.xcf",
    width=600,
    height=400,
    format=PixelFormat(sample="u16", channels="rgb"),
    profile="Display P3",
    layer="1",
    layer_name="photo",
    selection=SELECTION,
)
HOST = HostStatus(
    name="GIMP",
    version="3.0.4",
    is_connected=True,
    target=TARGET,
    thumbnail=pixels.thumbnail_of(PICTURE, _ellipse(), 224),
)
MINI_MODEL = replace(
    MODEL,
    name="models/mgie-mini",
    options=(replace(STEPS, default_value=30), GUIDANCE),
    abilities=("recolours only: light, contrast, colours and looks, of the whole picture or of a part",),
    examples=("make it brighter", "warm it up", "more contrast", "darken the sky"),
)
BACKEND = replace(
    READY, models=(MINI_MODEL, replace(MODEL, name="models/mgie-7b", is_default=False)), device="CPU"
)
SETTINGS = Settings(seed=2718281828)


def failure(reason: str) -> Failure:
    return Failure(reason=reason, message="")


def frame(*tint: float) -> Frame:
    return pixels.frame_of(_picture((tint[0], tint[1], tint[2])), 256)


def job(**changes: object) -> Job:
    job = Job(key="j", target=TARGET, instruction=WORDS, settings=SETTINGS)
    return replace(job, **changes)


def result_picture(index: int, frame: Frame) -> ResultPicture:
    return replace(result(index), picture=PICTURE, frame=frame)
