"""The Frechet Inception distance between two sets of pictures, as pytorch-fid 0.3 computes it (dims 2048)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import torch
from scipy.linalg import sqrtm

from mgie.errors import BadData
from mgie.evaluate.metrics.backbones import INCEPTION_FILE, find, load_strictly, read_state
from mgie.evaluate.metrics.inception import InceptionFeatures
from mgie.synth.light import Pixels

Features: TypeAlias = npt.NDArray[np.floating[Any]]  # (N, 2048)

_RIDGE = 1e-6  # added to both covariances when their product has no finite root


class FidEmbedder:
    """InceptionV3 with the weights of the original TensorFlow graph."""

    def __init__(self, backbones: Path | None, device: str = "cpu") -> None:
        path = find(backbones, INCEPTION_FILE)
        self._network = InceptionFeatures()
        load_strictly(self._network, read_state(path), path)
        self._network.to(device)
        self._device = device

    @torch.no_grad()
    def images(self, pictures: Sequence[Pixels]) -> Features:
        """(N, 2048) of pictures of any size: squashed to 299x299, bilinear, no antialias."""
        rows: list[Features] = []
        for picture in pictures:
            x = torch.from_numpy(np.array(picture)).permute(2, 0, 1)[None].to(self._device).float() / 255
            x = torch.nn.functional.interpolate(x, size=(299, 299), mode="bilinear", align_corners=False)
            rows.append(self._network(2 * x - 1).cpu().numpy())
        return np.concatenate(rows)


def frechet_distance(first: Features, second: Features) -> float:
    """Of two sets of features, each fitted by a Gaussian. Two rows each will do; thousands mean something."""
    if min(len(first), len(second)) < 2:
        raise BadData(f"FID wants at least two pictures a side, got {len(first)} and {len(second)}")
    a, b = first.astype(np.float64), second.astype(np.float64)
    covariance_a, covariance_b = np.cov(a, rowvar=False), np.cov(b, rowvar=False)
    root = sqrtm(covariance_a @ covariance_b)
    if not np.isfinite(root).all():
        ridge = np.eye(len(covariance_a)) * _RIDGE
        root = sqrtm((covariance_a + ridge) @ (covariance_b + ridge))
    shift = a.mean(axis=0) - b.mean(axis=0)
    trace = np.trace(covariance_a) + np.trace(covariance_b) - 2 * np.trace(np.real(root))
    return float(shift @ shift + trace)
