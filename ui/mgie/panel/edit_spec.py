"""From a job of the panel to what the backend is asked for: the one place where that is written down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from mgie.api.edit import EditSpec
from mgie.api.pixel_blobs import MaskBlob, PictureBlob
from mgie.panel.state.job import Job


def edit_spec(
    job: Job, picture: PictureBlob, mask: MaskBlob | None, references: Sequence[PictureBlob] = ()
) -> EditSpec:
    """Everything that decides what a job computes. mask: None for the whole picture.

    Hosts have layer masks, so the weight is not applied to the pixels. A batch never waits for an answer.
    """
    settings = job.settings
    return EditSpec(
        picture=picture,
        mask=mask,
        instruction=job.instruction,
        expressive_instruction=job.text,
        model=settings.model,
        options=settings.options,
        seeds=settings.seeds(),
        compose=replace(settings.compose, leaves_weight_to_layer=True),
        hold_before_sampling=settings.holds_before_sampling,
        hold_when_unsure=not job.batch,
        references=tuple(references),
    )
