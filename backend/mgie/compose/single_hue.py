"""Black and white, sepia and other prints of one hue, kept pure to the last pixel.

A small autoencoder leaves traces of colour in a picture that should have none, and a colour map carries them
to the document. So where the model's picture has one hue, and its input had more, the hue is fitted as a
function of tone, and every pixel of the edit takes its colour from there.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mgie.compose.resample import Floats

_LUMA = np.array([0.2126, 0.7152, 0.0722], dtype=np.float32)
_DEGREE = 3  # of colour as a polynomial of tone
# Largest deviation from one hue, in working colours, and over that of the input: measured on the shipped
# model, black and white leaves 0.004 to 0.006 and a seventh (a third where the input was nearly grey); a
# moonlit night 0.006 to 0.015 and a quarter to a half.
_LIMITS = ((0.0095, 0.2), (0.0055, 0.42))
_GRAY = 0.02  # a hue that is fainter than this, root mean square, is none


@dataclass(frozen=True, kw_only=True, eq=False)
class SingleHue:
    """Colour as a function of tone."""

    coefficients: npt.NDArray[np.float32]  # (degree + 1, 3): colour minus tone; all zero for black and white
    tones: tuple[float, float]  # the range they were fitted in; beyond it the hue stays

    def purified(self, colours: Floats) -> Floats:
        """Colours (3, h, w) with their own tone and this hue."""
        tone = np.clip(np.tensordot(_LUMA, colours, 1), 0.0, 1.0)
        if not self.coefficients.any():
            return np.broadcast_to(tone, colours.shape)
        powers = np.stack([tone.clip(*self.tones) ** power for power in range(len(self.coefficients))])
        return tone + np.tensordot(self.coefficients.T, powers, 1)


def find_single_hue(before: Floats, after: Floats) -> SingleHue | None:
    """The hue of a picture (h, w, 3) that has one although the picture before had more; else None."""
    coefficients, left = _fit(after)
    _, had = _fit(before)
    if not any(left <= limit and left <= share * had for limit, share in _LIMITS):
        return None
    tone = after.reshape(-1, 3) @ _LUMA
    if np.sqrt(np.square(_powers(tone) @ coefficients).mean()) < _GRAY:
        coefficients = np.zeros_like(coefficients)
    low, high = np.quantile(tone, (0.01, 0.99))
    return SingleHue(coefficients=coefficients, tones=(float(low), float(high)))


def _powers(tone: npt.NDArray[np.floating]) -> npt.NDArray[np.float32]:
    return np.stack([tone**power for power in range(_DEGREE + 1)], axis=1)


def _fit(picture: Floats) -> tuple[npt.NDArray[np.float32], float]:
    """Coefficients of colour over tone, and the root mean square of what they leave."""
    flat = picture.reshape(-1, 3)
    tone = flat @ _LUMA
    colour = flat - tone[:, None]
    powers = _powers(tone)
    ridge = 1e-5 * len(tone) * np.eye(_DEGREE + 1, dtype=np.float32)
    coefficients = np.linalg.solve(powers.T @ powers + ridge, powers.T @ colour).astype(np.float32)
    return coefficients, float(np.sqrt(np.square(colour - powers @ coefficients).mean()))
