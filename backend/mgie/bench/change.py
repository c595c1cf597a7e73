"""How much a cheaper way of editing changes text, visual tokens and picture."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from PIL import Image

from mgie.api.options import Options
from mgie.model.editor import run_edit
from mgie.model.events import EditDone, Editor, UNetEncoding


class Change(NamedTuple):
    """The difference between two edits of one picture with one seed."""

    same_text: bool  # the expressive instructions are the same
    visual_tokens: float  # largest difference, as a share of the largest value
    picture_mean: float  # mean difference of the colours, 0..1
    picture_max: float  # largest difference of a colour, 0..1


def change_between(
    golden: Editor, found: Editor, image: Image.Image, instruction: str, *, seed: int, options: Options
) -> Change:
    """Edit with both and compare. Both are of MGIE's family."""
    before, after = (_edit(editor, image, instruction, seed, options) for editor in (golden, found))
    tokens = [_visual_tokens(done) for done in (before, after)]
    difference = np.abs(after.sampled.image - before.sampled.image)
    return Change(
        before.encoding.expressive_instruction == after.encoding.expressive_instruction,
        float(np.abs(tokens[1] - tokens[0]).max() / np.abs(tokens[0]).max()),
        float(difference.mean()),
        float(difference.max()),
    )


def _edit(editor: Editor, image: Image.Image, instruction: str, seed: int, options: Options) -> EditDone:
    *_, done = run_edit(editor, image, instruction, seed=seed, options=options)
    assert isinstance(done, EditDone)
    return done


def _visual_tokens(done: EditDone) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    assert isinstance(done.encoding, UNetEncoding)
    assert done.encoding.visual_tokens is not None
    return done.encoding.visual_tokens.numpy()
