"""The Frechet Inception distance between two sets of pictures, as pytorch-fid 0.3 computes it (dims 2048)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import torch

from mgie.errors import BadData
from mgie.evaluate.metrics.backbones import INCEPTION_FILE, find, load_strictly, read_state
from mgie.evaluate.metrics.inception import InceptionFeatures
from mgie.synth.light import Pixels

Features: TypeAlias = npt.NDArray[np.floating[Any]]  # (N, 2048)


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
    """Of two sets of features, each fitted by a Gaussian. Two rows each will do; thousands mean something.

    The trace of the root of the covariances' product is taken as the sum of the singular values of their
    factors' product: the same number as pytorch-fid's matrix root, and exact for fewer rows than columns.
    """
    if min(len(first), len(second)) < 2:
        raise BadData(f"FID wants at least two pictures a side, got {len(first)} and {len(second)}")
    a, b = first.astype(np.float64), second.astype(np.float64)
    shift = a.mean(axis=0) - b.mean(axis=0)
    root_a, root_b = _covariance_factor(a), _covariance_factor(b)
    common = np.linalg.svd(root_a @ root_b.T, compute_uv=False).sum()
    trace = np.square(root_a).sum() + np.square(root_b).sum() - 2 * common
    return float(shift @ shift + trace)


def _covariance_factor(features: Features) -> Features:
    """R (K, D) with R^T R the covariance of the rows; K is the smaller of N and D."""
    return np.linalg.qr((features - features.mean(axis=0)) / np.sqrt(len(features) - 1)).R
