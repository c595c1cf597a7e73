"""The engine as a training data set: pair `index` is always the same pair."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from mgie.atomic_write import atomic_write
from mgie.errors import BadData
from mgie.synth.asking import Request, draw_request
from mgie.synth.corpus import Split
from mgie.synth.engine import SyntheticPair, answer_request, name_weights
from mgie.synth.expressive import describe
from mgie.synth.locals import everywhere
from mgie.synth.mini_mix import mini_operations, mini_weights
from mgie.synth.operation import Operation
from mgie.synth.operations import OPERATIONS, by_name
from mgie.synth.photos import PhotoSplit, pack_photos, read_small_pack
from mgie.synth.statistics import measure
from mgie.train.data.pairs import EditPair

DEFAULT_NUM_PAIRS = 100_000


def load_photos(path: Path, size_px: int, split: PhotoSplit) -> npt.NDArray[np.uint8]:
    """Photographs of a split: from a folder, from a pack of `save_pack`, or from one of `save_small_pack`."""
    if path.suffix == ".zip":
        return read_small_pack(path, size_px, split)
    if path.suffix != ".npz":
        return pack_photos(path, size_px, split)
    with np.load(path) as pack:
        if split not in pack:
            raise BadData(f"{path} holds {', '.join(pack)}; expected {split}")
        photos: npt.NDArray[np.uint8] = pack[split]
    if photos.shape[1:] != (size_px, size_px, 3):
        raise BadData(f"{path} holds pictures of {photos.shape[1:]}; expected ({size_px}, {size_px}, 3)")
    return photos


def save_pack(photos: Path, path: Path, size_px: int) -> None:
    """Write both splits of a folder of photographs, or of a small pack, into one file."""
    splits = {split: load_photos(photos, size_px, split) for split in ("train", "held_out")}
    with atomic_write(path) as partial:
        np.savez(partial, **splits)  # pyright: ignore[reportArgumentType]  # numpy's stub lacks **arrays


class Asked(NamedTuple):
    """A request without its picture."""

    description: str  # of some picture
    request: Request


class SyntheticSource:
    """`num_pairs` pairs made on demand; see `PairSource`."""

    def __init__(
        self,
        path: Path,
        *,
        size_px: int = 128,
        num_pairs: int,
        seed: int = 0,
        split: Split = "train",
        operations: Sequence[Operation] = OPERATIONS,
        weights: Mapping[str, float] | None = None,
        has_refusals: bool = True,
        is_whole: bool = False,
    ) -> None:
        self._photos = load_photos(path, size_px, "train" if split == "train" else "held_out")
        self._num_pairs, self._seed = num_pairs, seed
        self._split: Split = split
        self._has_refusals, self._is_whole = has_refusals, is_whole
        self._groups: dict[str, tuple[Operation, ...]] = by_name(tuple(operations))
        self._weights = weights or name_weights(operations)
        self._descriptions: dict[int, str] = {}

    @property
    def name(self) -> str:
        """For logs and tables."""
        return f"synthetic-{self._split}"

    def __len__(self) -> int:
        """Number of pairs."""
        return self._num_pairs

    def synthetic(self, index: int) -> SyntheticPair:
        """Pair `index` with what the engine knows about it."""
        generator = np.random.default_rng((self._seed, index))
        photo = self._photos[int(generator.integers(len(self._photos)))]
        request = self._draw(generator)
        if request.operation.family not in ("local", "removal", "overlay") and generator.random() < 0.5:
            photo = np.ascontiguousarray(photo[:, ::-1])
        if self._is_whole:
            request = replace(request, operation=everywhere(request.operation))
        return answer_request(photo, request, generator)

    def request(self, index: int) -> Request:
        """Request `index` alone."""
        return self._draw(np.random.default_rng((self._seed, index)))

    def asked(self, index: int) -> Asked:
        """Request `index` beside the description of some photograph; none that only a picture can answer."""
        generator = np.random.default_rng((self._seed, index))
        photo = int(generator.integers(len(self._photos)))
        if photo not in self._descriptions:
            self._descriptions[photo] = describe(measure(self._photos[photo]))
        while True:
            request = self._draw(generator)
            if not any(part.restores for part in request.operation.parts or (request.operation,)):
                return Asked(self._descriptions[photo], request)

    def _draw(self, generator: np.random.Generator) -> Request:
        while True:
            request = draw_request(self._weights, self._groups, self._split, generator)
            if self._has_refusals or request.operation.family != "refusal":
                return request

    def __getitem__(self, index: int) -> EditPair:
        """Pair `index`."""
        pair = self.synthetic(index)
        return EditPair(
            key=f"{self._seed}-{index}",
            image=pair.input,
            goal=pair.goal,
            instruction=pair.instruction,
            expressive_instruction=pair.expressive_instruction,
            group=pair.operation.name,
        )


def open_synthetic(
    path: Path,
    *,
    split: str,
    seed: int,
    num_pairs: int | None,
    for_painting: bool = False,
) -> SyntheticSource:
    """The data set that mgie-mini learns from.

    path: folder of photographs, or a pack; for_painting: without refusals, which are never painted, and local
    edits on the whole picture, as their regions are masked afterwards.
    """
    if split not in ("train", "held_out"):
        raise BadData(f"the synthetic engine has no split {split!r}; choose train or held_out")
    return SyntheticSource(
        path,
        num_pairs=num_pairs or DEFAULT_NUM_PAIRS,
        seed=seed,
        split=split,
        operations=mini_operations(),
        weights=mini_weights(),
        has_refusals=not for_painting,
        is_whole=for_painting,
    )
