"""What a run is: one editor on one data set, with seeds and guidance scales. Written as run.json."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple

from mgie.errors import BadOption
from mgie.evaluate.datasets.catalogue import DatasetSpec, FitName
from mgie.model.events import SamplerName

COPY_LABEL = "copy-input"  # the row of doing nothing


class Variant(NamedTuple):
    """One way to edit an item."""

    seed: int
    image_guidance_scale: float


@dataclass(frozen=True, kw_only=True)
class RunConfig:
    """Everything that decides what comes out. Sampling fields of None are the model's own."""

    label: str  # the row of a table
    dataset: DatasetSpec
    editor: str  # see `open_candidate`
    editor_digest: str = ""  # of the weights; a resumed run must find the same
    fit: FitName = "square"  # how a picture reaches the editor
    size_px: int = 512  # side for "square" and "ip2p", native size for "product"
    num_seeds: int = 1
    num_inference_steps: int | None = None
    guidance_scale: float | None = None
    image_guidance_scales: tuple[float, ...] = ()  # several make a trade-off curve; () is the model's own
    sampler: SamplerName | None = None
    instruction_suffix: str = ""  # put behind every instruction: words that an editor was trained to want
    turns: Literal["single", "chained"] = "single"  # chained: a turn starts from the answer to the one before
    batch_size: int = 8  # items sampled together; part of the run, since it decides the last bits

    def __post_init__(self) -> None:
        for name in ("num_seeds", "size_px", "batch_size"):
            if getattr(self, name) < 1:
                raise BadOption(f"{name} is {getattr(self, name)}; choose 1 or more")
        if not self.label.strip():
            raise BadOption("the label is empty; it names the run's row in a table")

    def variants(self, own_image_guidance: float) -> Iterator[Variant]:
        """All of them, one seed after the other. own_image_guidance: the model's."""
        for seed in range(self.num_seeds):
            for scale in self.image_guidance_scales or (own_image_guidance,):
                yield Variant(seed, scale)


def item_seed(seed: int, index: int) -> int:
    """The noise of one item: another one for every item, the same in every run and process."""
    return seed * 1_000_000 + index
