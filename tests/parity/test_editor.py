"""From picture and instruction to the edited picture in one go, against the published pipeline."""

from __future__ import annotations

from dataclasses import asdict

import numpy as np
import pytest

from mgie.model.editor import make_editor, run_edit
from mgie.model.events import EditDone, EncodingReady, InstructionDelta
from support import parity_pack
from support.parity_pack import Diffusion
from support.tiny import tiny_info


@pytest.mark.parametrize("run", parity_pack.diffusions(), ids=str)
def test_an_edit_ends_in_the_published_picture(run: Diffusion) -> None:
    case = run.case
    editor = make_editor(
        parity_pack.config(),
        case.networks(),
        parity_pack.tokenizer(),
        info=tiny_info(),
        text_mode="published",
    )
    edit = run_edit(
        editor, case.image, case.info["instruction"], seed=parity_pack.seed(), options=asdict(run.options)
    )
    *events, done = edit
    text = "".join(event.text for event in events if isinstance(event, InstructionDelta))
    assert text == case.info["expressive"]
    (ready,) = (event for event in events if isinstance(event, EncodingReady))
    np.testing.assert_allclose(ready.encoding.visual_tokens[0], case.mllm["hid8"], atol=1e-4)
    np.testing.assert_allclose(ready.encoding.edit_embeds, case.mllm["edit"], atol=1e-4)
    np.testing.assert_allclose(ready.encoding.negative_embeds, case.mllm["null"], atol=1e-4)
    assert isinstance(done, EditDone)
    levels = np.round(255 * done.sampled.image)
    assert np.abs(levels - run.arrays["image_u8"].astype(np.float32)).max() <= 2
