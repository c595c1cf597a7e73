"""Whether an edit went the way a request in people's words asks, measured on 8-bit sRGB arrays (H, W, 3).

What must happen is a code: "A&B" both, "A|B" one of them. B brightness, C contrast, S saturation, W warmth,
G green (+) or magenta (-), SH shadows, HI highlights, each with + or -; BW black and white, SEP sepia,
NC no change at all (beyond ability).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from skimage.color import rgb2lab

from mgie.synth.light import Pixels, to_linear, to_pixels

NO_CHANGE = "NC"
# Smallest change that counts, per code.
THRESHOLDS = {
    "B": 1.5,  # mean L*
    "C": 0.7,  # deviation of L*
    "S": 1.0,  # mean chroma
    "W": 0.06,  # stops of red over blue
    "G": 0.04,  # stops of green over red and blue
    "SH": 1.2,  # mean L* of the darkest quarter
    "HI": 0.8,  # mean L* of the lightest eighth
}
_CASTS = {
    "blue": (0.72, 0.97, 1.35),
    "yellow": (1.15, 1.02, 0.55),
    "green": (0.85, 1.12, 0.85),
    "magenta": (1.15, 0.85, 1.15),
}  # gains of red, green, blue
_STOPS = {"dark": -1.5, "bright": 1.0}
_SATURATIONS = {"pale": 0.35, "gaudy": 1.8}
_AIR = np.array([0.42, 0.44, 0.47], dtype=np.float32)
_MONOCHROME = ("BW", "SEP")

Lab = npt.NDArray[np.float64]


def damaged(photo: Pixels, kind: str) -> Pixels:
    """A photograph made so that the request has a reason; "" leaves it alone."""
    linear = to_linear(photo)
    encoded = photo.astype(np.float32) / 255
    if kind in _STOPS:
        return to_pixels(linear * np.float32(2 ** _STOPS[kind]))
    if kind in _CASTS:
        return to_pixels(linear * np.array(_CASTS[kind], dtype=np.float32))
    if kind in _SATURATIONS:
        gray = (linear @ np.array([0.2126, 0.7152, 0.0722], dtype=np.float32))[..., None]
        return to_pixels(np.maximum(gray + _SATURATIONS[kind] * (linear - gray), 0))
    if kind == "flat":
        return np.round(255 * (0.5 + (encoded - 0.5) * 0.5)).astype(np.uint8)
    if kind == "harsh":
        return np.round(255 / (1 + np.exp(-9 * (encoded - 0.5)))).astype(np.uint8)
    if kind == "haze":
        return to_pixels(linear * 0.55 + _AIR * 0.45)
    return photo


def is_right(expected: str, before: Pixels, after: Pixels) -> bool:
    """Whether the edit is what was asked for; a drained picture is wrong unless paleness was."""
    if expected == NO_CHANGE:
        return np.array_equal(before, after)
    ways = (way.split("&") for way in expected.split("|"))
    right = any(all(_holds(code, before, after) for code in way) for way in ways)
    wants_paleness = any(code in expected for code in ("S-", *_MONOCHROME))
    return right and (wants_paleness or not _is_drained(before, after))


def is_opposite(expected: str, before: Pixels, after: Pixels) -> bool:
    """Whether every way to be right was missed by going the other way, clearly."""
    if expected == NO_CHANGE:
        return False
    ways = (way.split("&") for way in expected.split("|"))
    return all(any(_goes_against(code, before, after) for code in way) for way in ways)


def change(code: str, before: Pixels, after: Pixels) -> float:
    """Signed change in units of its threshold."""
    if code in ("W", "G"):
        measured = _balance(code, after) - _balance(code, before)
        return measured / THRESHOLDS[code]
    first, second = rgb2lab(before), rgb2lab(after)
    light, new_light = first[..., 0], second[..., 0]
    if code == "B":
        measured = new_light.mean() - light.mean()
    elif code == "C":
        measured = new_light.std() - light.std()
    elif code == "S":
        measured = _chroma(second) - _chroma(first)
    else:
        part = light <= np.percentile(light, 25) if code == "SH" else light >= np.percentile(light, 88)
        measured = new_light[part].mean() - light[part].mean()
    return float(measured) / THRESHOLDS[code]


def _holds(code: str, before: Pixels, after: Pixels) -> bool:
    if code in _MONOCHROME:
        lab = rgb2lab(after)
        if code == "BW":
            return _chroma(lab) < 2.5
        return bool(lab[..., 2].mean() > 4 and lab[..., 2].std() < 8 and lab[..., 1].std() < 5)
    return _along(code, before, after) >= 1


def _goes_against(code: str, before: Pixels, after: Pixels) -> bool:
    return code not in _MONOCHROME and _along(code, before, after) <= -1


def _along(code: str, before: Pixels, after: Pixels) -> float:
    return change(code[:-1], before, after) * (1 if code[-1] == "+" else -1)


def _is_drained(before: Pixels, after: Pixels) -> bool:
    first, second = _chroma(rgb2lab(before)), _chroma(rgb2lab(after))
    return first - second > 3 and second < 0.6 * first


def _chroma(lab: Lab) -> float:
    return float(np.hypot(lab[..., 1], lab[..., 2]).mean())


def _balance(code: str, picture: Pixels) -> float:
    red, green, blue = to_linear(picture).reshape(-1, 3).mean(0, dtype=np.float64) + 1e-3
    return float(np.log2(red / blue) if code == "W" else np.log2(green / np.sqrt(red * blue)))
