"""Pictures, masks and edits for tests of compositing."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from mgie.api.picture import AlphaKind, ColourSpace, Picture
from mgie.api.rect import Rect
from mgie.compose.region import Region
from mgie.compose.resample import Floats, resize
from mgie.model.events import FloatImage, Sampled
from mgie.pipeline import Prepared

CHANNELS: tuple[tuple[int, AlphaKind], ...] = (
    (1, "none"),
    (2, "straight"),
    (3, "none"),
    (4, "straight"),
    (4, "premultiplied"),
)
FORMATS = tuple(
    (dtype, channels, alpha)
    for dtype in ("uint8", "uint16", "float16", "float32")
    for channels, alpha in CHANNELS
)
SPACES = tuple(ColourSpace(name=name) for name in ("srgb", "linear", "display-p3", "adobe-rgb", "prophoto"))


def smooth_colours(height: int, width: int, *, seed: int = 0, cells: int = 6) -> Floats:
    """(height, width, 3) smooth colours between 0.02 and 0.98."""
    coarse = np.random.default_rng(seed).random((cells, cells, 3)).astype(np.float32)
    return np.clip(resize(coarse, width, height), 0.02, 0.98)


def make_picture(
    height: int = 48,
    width: int = 64,
    *,
    dtype: str = "uint8",
    channels: int = 3,
    alpha: AlphaKind = "none",
    space: ColourSpace = SPACES[0],
    seed: int = 0,
    x: int = 0,
    y: int = 0,
) -> Picture:
    """Smooth colours plus noise, with alpha between 0 and 1 where there is alpha."""
    random = np.random.default_rng(seed)
    colours = np.clip(
        smooth_colours(height, width, seed=seed) + random.normal(0, 0.03, (height, width, 3)), 0, 1
    )
    cover = np.clip(random.random((height, width, 1)) * 1.6 - 0.3, 0, 1)
    if alpha == "premultiplied":
        colours = colours * cover
    planes = np.concatenate([colours[..., : 1 if channels < 3 else 3], cover], axis=-1)[..., :channels]
    if np.dtype(dtype).kind == "u":
        planes = np.round(planes * np.iinfo(dtype).max)
        if alpha == "premultiplied":
            planes[..., :3] = np.minimum(planes[..., :3], planes[..., 3:])
    return Picture(pixels=planes.astype(dtype), alpha=alpha, colour_space=space, x=x, y=y)


def shown_to_model(prepared: Prepared) -> FloatImage:
    """What a perfect round trip would give back."""
    return (np.asarray(prepared.model_image, np.float32) / np.float32(255)).astype(np.float32)


def brighten(prepared: Prepared) -> Sampled:
    """A tonal edit of what the model was shown."""
    shown = shown_to_model(prepared)
    return Sampled((shown**0.6).astype(np.float32), shown)


def repaint(prepared: Prepared) -> Sampled:
    """A content edit: something else altogether."""
    shown = shown_to_model(prepared)
    return Sampled(np.ascontiguousarray(shown[::-1, ::-1]), shown)


def unchanged(prepared: Prepared) -> Sampled:
    """An edit that does nothing."""
    shown = shown_to_model(prepared)
    return Sampled(shown, shown)


@st.composite
def pictures(draw: st.DrawFn) -> Picture:
    """A small picture of any format anywhere on the canvas."""
    dtype, channels, alpha = draw(st.sampled_from(FORMATS))
    return make_picture(
        draw(st.integers(3, 40)),
        draw(st.integers(3, 40)),
        dtype=dtype,
        channels=channels,
        alpha=alpha,
        space=draw(st.sampled_from(SPACES if channels >= 3 else SPACES[:1])),
        seed=draw(st.integers(0, 99)),
        x=draw(st.integers(-20, 20)),
        y=draw(st.integers(-20, 20)),
    )


@st.composite
def regions_of(draw: st.DrawFn, picture: Picture) -> Region:
    """A region that touches the picture, with a mask of full, soft and empty parts."""
    width, height = draw(st.integers(1, 50)), draw(st.integers(1, 50))
    x = draw(st.integers(picture.x - width + 1, picture.x + picture.width - 1))
    y = draw(st.integers(picture.y - height + 1, picture.y + picture.height - 1))
    random = np.random.default_rng(draw(st.integers(0, 99)))
    mask = np.clip(random.integers(-300, 556, (height, width)), 0, 255).astype(np.uint8)
    inside = Rect(x, y, width, height).intersect(Rect(picture.x, picture.y, picture.width, picture.height))
    mask[inside.y - y, inside.x - x] = 255
    return Region(rect=Rect(x, y, width, height), mask=mask if draw(st.booleans()) else None)
