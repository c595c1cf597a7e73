"""Letting a model answer the cases: what the artist would get, at the photograph's own size."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from PIL import Image

from mgie.api.compose_options import ComposeOptions
from mgie.api.options import Options
from mgie.api.picture import Picture
from mgie.compose.region import whole_picture
from mgie.evaluate.cases import Case
from mgie.model.events import Editor, Encoding, SampleRequest
from mgie.model.generators import drain
from mgie.pipeline import Prepared, finish, paste, prepare
from mgie.synth.light import Pixels

BATCH = 8  # cases sampled together
Way: TypeAlias = Literal["asked", "told", "blind"]  # see `answer_cases`
_GRAY = (128, 128, 128)


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What came out for one case."""

    picture: Pixels
    expressive_instruction: str  # "" where the editor writes none


def copy_input(cases: Sequence[Case]) -> list[Answer]:
    """The baseline that does nothing."""
    return [Answer(picture=case.pair.input, expressive_instruction="") for case in cases]


def answer_cases(
    editor: Editor,
    cases: Sequence[Case],
    options: Options | None = None,
    *,
    way: Way = "asked",
    seed: int = 0,
) -> Iterator[Answer]:
    """Edit every case, in order.

    way: "asked": as a person asks. "told": the true plan of a case goes along as a person's correction, so
        that painting alone is judged. "blind": what reads and writes gets a gray picture, so that the
        difference is what looking is worth; painted is the photograph all the same.
    """
    for start in range(0, len(cases), BATCH):
        chosen = cases[start : start + BATCH]
        prepared = [_prepare(case, editor) for case in chosen]
        requests = [
            SampleRequest(
                image=each.model_image,
                encoding=_encode(editor, each, case, way),
                seed=seed + start + offset,
            )
            for offset, (each, case) in enumerate(zip(prepared, chosen, strict=True))
        ]
        painted = [request for request in requests if not request.encoding.declined]
        sampled = iter(drain(editor.sample(painted, options or {})) if painted else [])
        for each, request, case in zip(prepared, requests, chosen, strict=True):
            picture = case.pair.input  # as it was, where the request is declined
            if not request.encoding.declined:
                picture = paste(each.picture, finish(each, next(sampled))).pixels.astype("uint8")
            yield Answer(picture=picture, expressive_instruction=request.encoding.expressive_instruction)


def _prepare(case: Case, editor: Editor) -> Prepared:
    picture = Picture(pixels=case.pair.input)
    return prepare(picture, whole_picture(picture), editor.info.native_size_px, ComposeOptions())


def _encode(editor: Editor, prepared: Prepared, case: Case, way: Way) -> Encoding:
    seen = Image.new("RGB", prepared.model_image.size, _GRAY) if way == "blind" else prepared.model_image
    plan = case.pair.expressive_instruction if way == "told" else None
    return drain(editor.encode(seen, case.pair.instruction, expressive_instruction=plan))
