"""Requests in people's words, each with what must measurably happen: the models' answers, judged.

`judged_cases` puts every request to a few held-out photographs, damaged so that it makes sense there.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Literal, TypeAlias

import numpy as np
from PIL import Image, ImageOps
from rich.console import Console
from rich.progress import track

from mgie.api.compose_options import ComposeOptions
from mgie.api.picture import Picture
from mgie.compose.region import whole_picture
from mgie.editors.loading import open_editor
from mgie.evaluate.verdicts import NO_CHANGE, damaged, is_opposite, is_right
from mgie.model.editor import run_edit
from mgie.model.events import EditDone, Editor, EncodingReady
from mgie.pipeline import finish, paste, prepare
from mgie.synth.light import Pixels
from mgie.synth.photos import PhotoSplit, list_photos

# Neither is trained on; "development" is looked at while the recipe is being improved.
RequestList: TypeAlias = Literal["judged", "development"]
NUM_PHOTOS = 3  # per request; the first held-out ones by the hash of their paths


@dataclass(frozen=True, kw_only=True)
class JudgedCase:
    """One request on one photograph."""

    kind: str  # of request, e.g. "complaint", "beyond ability"
    text: str
    expected: str  # see `verdicts`
    picture: Pixels  # the damaged photograph


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """One answer, judged."""

    case: JudgedCase
    plan: str  # the expressive instruction
    is_right: bool
    is_opposite: bool

    @property
    def is_beyond(self) -> bool:
        """Whether the request was one to decline."""
        return self.case.expected == NO_CHANGE


def judged_photos(folder: Path, split: PhotoSplit = "held_out", count: int = NUM_PHOTOS) -> list[Pixels]:
    """The photographs that requests are judged on, whole, (H, W, 3)."""
    paths = sorted(
        list_photos(folder, split), key=lambda path: zlib.crc32(path.relative_to(folder).as_posix().encode())
    )
    return [_read(path) for path in paths[:count]]


def judged_cases(photos: Sequence[Pixels], requests: RequestList = "judged") -> list[JudgedCase]:
    """Every request on every photograph; as many photographs as a request has damages."""
    source = files("mgie.evaluate") / "data" / f"{requests}.json"
    return [
        JudgedCase(
            kind=request["kind"],
            text=request["text"],
            expected=request["expected"],
            picture=damaged(photo, damage),
        )
        for request in json.loads(source.read_text(encoding="utf-8"))
        for photo, damage in zip(photos, request["damage"], strict=True)
    ]


def judge_editor(editor: Editor, cases: Sequence[JudgedCase], *, seed: int = 0) -> Iterator[Verdict]:
    """Edit every case as an artist would get it, and judge it."""
    for case in cases:
        after, plan = edit_picture(editor, case.picture, case.text, seed=seed)
        yield Verdict(
            case=case,
            plan=plan,
            is_right=is_right(case.expected, case.picture, after),
            is_opposite=is_opposite(case.expected, case.picture, after),
        )


def judge_systems(
    models: Sequence[str], cases: Sequence[JudgedCase], *, seed: int = 0
) -> dict[str, list[Verdict]]:
    """Verdicts on every model, by name."""
    verdicts: dict[str, list[Verdict]] = {}
    for name in models:
        editor = open_editor(name)
        verdicts[editor.info.id] = [
            *track(
                judge_editor(editor, cases, seed=seed),
                editor.info.id,
                total=len(cases),
                console=Console(stderr=True),
            )
        ]
    return verdicts


def edit_picture(editor: Editor, pixels: Pixels, text: str, *, seed: int) -> tuple[Pixels, str]:
    """The edited picture, and the plan."""
    picture = Picture(pixels=pixels)
    prepared = prepare(picture, whole_picture(picture, text), editor.info.native_size_px, ComposeOptions())
    last = list(run_edit(editor, prepared.model_image, text, seed=seed))[-1]
    if isinstance(last, EncodingReady):  # declined
        return pixels, last.encoding.expressive_instruction
    assert isinstance(last, EditDone)
    after = paste(picture, finish(prepared, last.sampled)).pixels
    return after.astype(np.uint8), last.encoding.expressive_instruction


def _read(path: Path) -> Pixels:
    with Image.open(path) as image:
        return np.asarray(ImageOps.exif_transpose(image).convert("RGB")).copy()
