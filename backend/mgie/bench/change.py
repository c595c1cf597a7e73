"""How much a cheaper way of editing changes text, visual tokens and picture."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from PIL import Image

from mgie.api.options import Options
from mgie.model.editor import run_edit
from mgie.model.events import EditDone, Editor, Encoding, UNetEncoding


class Change(NamedTuple):
    """The difference between two edits of one picture with one seed."""

    same_text: bool  # the expressive instructions are the same
    visual_tokens: float | None  # largest difference, as a share of the largest value; None: there are none
    picture_mean: float  # mean difference of the colours, 0..1
    picture_max: float  # largest difference of a colour, 0..1


def change_between(
    golden: Editor, found: Editor, image: Image.Image, instruction: str, *, seed: int, options: Options
) -> Change:
    """Edit with both and compare. Both are of one kind."""
    before, after = (_edit(editor, image, instruction, seed, options) for editor in (golden, found))
    difference = np.abs(after.sampled.image - before.sampled.image)
    return Change(
        before.encoding.expressive_instruction == after.encoding.expressive_instruction,
        _change_of_tokens(before.encoding, after.encoding),
        float(difference.mean()),
        float(difference.max()),
    )


def _edit(editor: Editor, image: Image.Image, instruction: str, seed: int, options: Options) -> EditDone:
    *_, done = run_edit(editor, image, instruction, seed=seed, options=options)
    assert isinstance(done, EditDone)
    return done


def _change_of_tokens(before: Encoding, after: Encoding) -> float | None:
    """None for painters that read no visual tokens."""
    if not isinstance(before, UNetEncoding) or not isinstance(after, UNetEncoding):
        return None
    assert before.visual_tokens is not None
    assert after.visual_tokens is not None
    difference = (after.visual_tokens - before.visual_tokens).abs().max() / before.visual_tokens.abs().max()
    return float(difference)
