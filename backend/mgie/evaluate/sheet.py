"""A contact sheet: requests in people's words on held-out photographs, before and after, with the plans."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from mgie.evaluate.judged import edit_picture
from mgie.model.events import Editor
from mgie.synth.asking import draw_request
from mgie.synth.light import Pixels
from mgie.synth.mini_mix import mini_operations, mini_weights
from mgie.synth.operations import by_name
from mgie.synth.photos import list_photos, read_square

PHOTO_PX = 150  # side of a photograph on the sheet
NUM_COLUMNS = 5
_GAP_PX, _TEXT_PX, _LINE_PX = 8, 76, 12
_WRAP = 54  # letters of a line


@dataclass(frozen=True, kw_only=True)
class Edited:
    """One edit on the sheet."""

    before: Pixels
    after: Pixels
    request: str
    plan: str


def edit_for_sheet(
    editor: Editor, folder: Path, count: int, *, size_px: int = 300, seed: int = 0
) -> Iterator[Edited]:
    """Held-out requests, each on another held-out photograph of a folder."""
    generator = np.random.default_rng(seed)
    paths = list_photos(folder, "held_out")
    chosen = generator.choice(len(paths), count, replace=len(paths) < count)
    weights, groups = mini_weights(), by_name(mini_operations())
    for index in chosen:
        photo = read_square(paths[int(index)], size_px)
        request = draw_request(weights, groups, "held_out", generator).text
        after, plan = edit_picture(editor, photo, request, seed=seed)
        yield Edited(before=photo, after=after, request=request, plan=plan)


def draw_sheet(edits: list[Edited]) -> Image.Image:
    """All edits in rows: before and after beside each other, request and plan below."""
    width, height = 2 * PHOTO_PX + _GAP_PX, PHOTO_PX + _TEXT_PX
    num_rows = -(-len(edits) // NUM_COLUMNS)
    sheet = Image.new("RGB", (NUM_COLUMNS * width + _GAP_PX, num_rows * height + _GAP_PX), "white")
    draw, font = ImageDraw.Draw(sheet), _font()
    for index, edit in enumerate(edits):
        left = _GAP_PX + index % NUM_COLUMNS * width
        top = _GAP_PX + index // NUM_COLUMNS * height
        for offset, pixels in ((0, edit.before), (PHOTO_PX, edit.after)):
            small = Image.fromarray(pixels).resize((PHOTO_PX, PHOTO_PX), Image.Resampling.LANCZOS)
            sheet.paste(small, (left + offset, top))
        lines = [*textwrap.wrap(f"“{edit.request}”", _WRAP)[:2], *textwrap.wrap(edit.plan, _WRAP)[:4]]
        for number, line in enumerate(lines):
            colour = "black" if number == 0 else "#404040"
            draw.text((left, top + PHOTO_PX + 2 + number * _LINE_PX), line, colour, font)
    return sheet


def _font() -> ImageFont.FreeTypeFont:
    """matplotlib's own: Pillow's has letters of English only, and requests come in other languages too."""
    import matplotlib as mpl

    return ImageFont.truetype(str(Path(mpl.get_data_path()) / "fonts/ttf/DejaVuSans.ttf"), 9)
