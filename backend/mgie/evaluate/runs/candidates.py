"""What is measured: models, and the rows that every table needs beside them.

`copy`             the input, untouched: what doing nothing scores
`goal`             the goal itself: the oracle row
`round-trip:NAME`  the input through a model's encoder and decoder: what scores like this was no edit
`pictures:FOLDER`  pictures that another program made, KEY.png or KEY.jpg each
`mgie`, `lgie`, `insp2p`, NAME, FOLDER, WRITER+PAINTER   models
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, get_args

import numpy as np
from PIL import Image

from mgie.api.compose_options import ComposeOptions
from mgie.api.models import Model
from mgie.api.options import OptionValue
from mgie.api.picture import Picture
from mgie.compose.region import whole_picture
from mgie.editors.loading import open_editor
from mgie.errors import BadOption, ModelNotInstalled
from mgie.evaluate.datasets.item import EvalItem
from mgie.evaluate.runs.config import RunConfig, Variant, item_seed
from mgie.evaluate.runs.fit import model_picture, reference
from mgie.model.events import (
    Editor,
    EditorKind,
    Encoding,
    Sampled,
    SampleRequest,
)
from mgie.model.generators import drain
from mgie.model.load_options import LoadOptions
from mgie.pipeline import Prepared, finish, paste, prepare
from mgie.synth.light import Pixels
from mgie.train.data.pairs import BadPair
from mgie.train.data.reading import read_picture
from mgie.weights.installed import installed_models

DECLINED = "REQUEST_DECLINED"


@dataclass(frozen=True, kw_only=True)
class Task:
    """An item to edit, in a unit of work."""

    index: int  # in the data set
    item: EvalItem  # its `image` is the picture to start from


@dataclass(frozen=True, kw_only=True)
class Edited:
    """What came out, and what there is to say about it."""

    picture: Pixels
    expressive_instruction: str = ""
    raw_text: str = ""
    warning: str = ""
    encode_s: float | None = None
    sample_s: float | None = None  # its share of the batch
    num_in_batch: int = 1
    round_trip_l1: float | None = None  # how far from the mere round trip; near 0 no edit happened


class Candidate(Protocol):
    """Edits a batch. The same tasks and variant give the same pictures."""

    @property
    def info(self) -> Model | None:
        """The model, where there is one."""
        ...

    def edit(self, tasks: Sequence[Task], variant: Variant, config: RunConfig) -> list[Edited]:
        """One answer per task. Raises BadPair where there is none to give."""
        ...


def open_candidate(spec: str, *, device: str = "cpu") -> Candidate:
    """What `spec` names; see the head of this module."""
    if spec in ("copy", "goal"):
        return FromItem(uses_goal=spec == "goal")
    kind, colon, rest = spec.partition(":")
    if colon and kind == "pictures":
        return FromFolder(Path(rest))
    if colon and kind == "round-trip":
        return RoundTrip(open_editor(model_of(rest), LoadOptions(device=device)))
    return FromModel(open_editor(model_of(spec), LoadOptions(device=device)))


def model_of(spec: str) -> str:
    """A model's name or folder; a kind alone means the only installed model of that kind."""
    if spec not in get_args(EditorKind):
        return spec
    found = [m.name for m in installed_models() if m.manifest is not None and m.manifest.kind == spec]
    if spec in found or not found:
        if not found:
            raise ModelNotInstalled(f"no model of kind {spec} is installed; see `mgie models pull`")
        return spec
    if len(found) > 1:
        raise BadOption(f"{len(found)} models are of kind {spec}: {', '.join(found)}; name one")
    return found[0]


class FromItem:
    """The data set's own picture: the input, or the goal."""

    def __init__(self, *, uses_goal: bool) -> None:
        self._uses_goal = uses_goal

    @property
    def info(self) -> Model | None:
        """No model."""
        return None

    def edit(self, tasks: Sequence[Task], variant: Variant, config: RunConfig) -> list[Edited]:
        """The pictures as they are judged."""
        return [Edited(picture=self._picture(task.item, config)) for task in tasks]

    def _picture(self, item: EvalItem, config: RunConfig) -> Pixels:
        judged = reference(item, config.fit, config.size_px)
        if not self._uses_goal:
            return judged.input
        if judged.goal is None:
            raise BadPair(f"{item.key}: the data set has no goal")
        return judged.goal


class FromFolder:
    """Pictures made elsewhere, found by key; seeds other than 0 in folders `1/`, `2/` ..."""

    def __init__(self, folder: Path) -> None:
        if not folder.is_dir():
            raise BadOption(f"{folder} is no folder of pictures")
        self._folder = folder

    @property
    def info(self) -> Model | None:
        """No model."""
        return None

    def edit(self, tasks: Sequence[Task], variant: Variant, config: RunConfig) -> list[Edited]:
        """The files of the items."""
        folder = self._folder / str(variant.seed) if variant.seed else self._folder
        return [Edited(picture=_found(folder, task.item.key)) for task in tasks]


def _found(folder: Path, key: str) -> Pixels:
    for suffix in (".png", ".jpg", ".jpeg", ".webp"):
        if (folder / f"{key}{suffix}").is_file():
            return read_picture(folder / f"{key}{suffix}")
    raise BadPair(f"{folder} holds no picture {key}")


class RoundTrip:
    """Encoder and decoder of a model, no edit between them."""

    def __init__(self, editor: Editor) -> None:
        self._editor = editor

    @property
    def info(self) -> Model | None:
        """The model whose autoencoder it is."""
        return self._editor.info

    def edit(self, tasks: Sequence[Task], variant: Variant, config: RunConfig) -> list[Edited]:
        """What the decoder makes of the picture."""
        images = [model_picture(task.item.image, config.fit, config.size_px) for task in tasks]
        return [Edited(picture=to_bytes(self._editor.round_trip(image))) for image in images]


class FromModel:
    """A model behind the `Editor` protocol. Encodes once, samples every variant."""

    def __init__(self, editor: Editor) -> None:
        self._editor = editor
        self._encodings: dict[tuple[int, str, bytes], tuple[Encoding, float]] = {}

    @property
    def info(self) -> Model:
        """The loaded model."""
        return self._editor.info

    def edit(self, tasks: Sequence[Task], variant: Variant, config: RunConfig) -> list[Edited]:
        """Pictures of one size are sampled as one batch."""
        prepared = [self._prepare(task, config) for task in tasks]
        images = [each if isinstance(each, Image.Image) else each.model_image for each in prepared]
        encoded = [self._encode(task, image, config) for task, image in zip(tasks, images, strict=True)]
        answers: dict[int, Edited] = {
            i: _declined(tasks[i].item, encoded[i], config)
            for i in range(len(tasks))
            if encoded[i][0].declined
        }
        sizes = sorted({image.size for i, image in enumerate(images) if i not in answers})
        for size in sizes:
            batch = [i for i, image in enumerate(images) if image.size == size and i not in answers]
            requests = [
                SampleRequest(
                    image=images[i],
                    encoding=encoded[i][0],
                    seed=item_seed(variant.seed, tasks[i].index),
                )
                for i in batch
            ]
            started = time.perf_counter()
            sampled = drain(self._editor.sample(requests, sampling_options(config, variant)))
            seconds = (time.perf_counter() - started) / len(batch)
            for i, one in zip(batch, sampled, strict=True):
                answers[i] = _edited(prepared[i], one, encoded[i], seconds, len(batch))
        return [answers[i] for i in range(len(tasks))]

    def _prepare(self, task: Task, config: RunConfig) -> Image.Image | Prepared:
        if config.fit != "product":
            return model_picture(task.item.image, config.fit, config.size_px)
        picture = Picture(pixels=task.item.image)
        return prepare(picture, whole_picture(picture), config.size_px, ComposeOptions())

    def _encode(self, task: Task, image: Image.Image, config: RunConfig) -> tuple[Encoding, float]:
        """The encoding and how long it took; remembered while the same items come again."""
        instruction = task.item.instruction + config.instruction_suffix
        key = (task.index, instruction, image.tobytes())
        if key not in self._encodings:
            if len(self._encodings) >= 256:
                self._encodings.clear()
            started = time.perf_counter()
            encoding = drain(self._editor.encode(image, instruction))
            self._encodings[key] = (encoding, time.perf_counter() - started)
        return self._encodings[key]


def sampling_options(config: RunConfig, variant: Variant) -> dict[str, OptionValue]:
    """What the run sets; what it leaves open is the model's."""
    given: dict[str, OptionValue | None] = {
        "num_inference_steps": config.num_inference_steps,
        "guidance_scale": config.guidance_scale,
        "image_guidance_scale": variant.image_guidance_scale if config.image_guidance_scales else None,
        "sampler": config.sampler,
    }
    return {name: value for name, value in given.items() if value is not None}


def to_bytes(image: Any) -> Pixels:
    """A float picture in [0, 1] as 8 bits, rounded as the published pipeline does."""
    return np.round(255 * np.clip(image, 0, 1)).astype(np.uint8)


def _declined(item: EvalItem, encoded: tuple[Encoding, float], config: RunConfig) -> Edited:
    """A request that the model says is beyond it: the picture stays as it is."""
    encoding, encode_s = encoded
    return Edited(
        picture=reference(item, config.fit, config.size_px).input,
        expressive_instruction=encoding.expressive_instruction,
        raw_text=encoding.raw_text,
        warning=DECLINED,
        encode_s=encode_s,
    )


def _edited(
    prepared: Image.Image | Prepared,
    sampled: Sampled,
    encoded: tuple[Encoding, float],
    sample_s: float,
    num_in_batch: int,
) -> Edited:
    encoding, encode_s = encoded
    picture = to_bytes(sampled.image)
    if isinstance(prepared, Prepared):
        picture = paste(prepared.picture, finish(prepared, sampled)).pixels.astype(np.uint8)
    return Edited(
        picture=picture,
        expressive_instruction=encoding.expressive_instruction,
        raw_text=encoding.raw_text,
        warning=encoding.warning.reason if encoding.warning else "",
        encode_s=encode_s,
        sample_s=sample_s,
        num_in_batch=num_in_batch,
        round_trip_l1=float(np.abs(sampled.image - sampled.round_trip).mean()),
    )
