"""What is computed from points of `embeddings`: cosines and the named scores made of them."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Point: TypeAlias = npt.NDArray[np.float32]  # (D,), unit length

_SMALLEST = 1e-8  # of a length, as in torch's cosine_similarity


def cosine(first: Point, second: Point) -> float:
    """CLIP-I (the paper's CVS), DINO, CLIP-T (the paper's CTS): which one depends on the points alone."""
    return float(first @ second)


def clip_score(image: Point, text: Point) -> float:
    """CLIP-S (Hessel et al. 2021) without references: 2.5 max(cos, 0)."""
    return 2.5 * max(cosine(image, text), 0.0)


def directional(image_before: Point, image_after: Point, text_before: Point, text_after: Point) -> float:
    """InstructPix2Pix' `sim_direction`: cosine between the change of picture and the change of caption.

    0 where the picture or the caption did not change at all.
    """
    image, text = image_after - image_before, text_after - text_before
    lengths = max(float(np.linalg.norm(image)), _SMALLEST) * max(float(np.linalg.norm(text)), _SMALLEST)
    return float(image @ text) / lengths
