"""Whether what the backend says can be used: checked once, before any of it reaches the session.

The client has checked the form. Here is what depends on the document, and what a view could not show.
Every function raises ServiceError ANSWER_INVALID, with a sentence.
"""

from __future__ import annotations

import math
from dataclasses import replace

from mgie.api import events
from mgie.api.edit import EditResult
from mgie.api.events import EditEvent
from mgie.api.models import Model
from mgie.api.options import OptionSchema
from mgie.client.errors import invalid_answer
from mgie.errors import BadOption
from mgie.panel.document_pictures import sent_format
from mgie.panel.state.job import Job

MAX_TEXT = 20_000  # characters of one text to be shown
MAX_COUNT = 1_000_000  # of steps, edits ahead
MAX_CHOICES = 16  # suggestions, readings, installed models' options and presets
MAX_RECORD = 500_000  # characters; hosts store it with the layer
MAX_PREVIEW_SIDE_PX = 4096


def check_event(event: EditEvent, job: Job) -> None:
    """An event about a job."""
    match event.event:
        case events.Queued(position=count):
            _check_count("the place in the queue", count)
        case events.StepProgress() as progress:
            _check_progress(progress)
        case events.Preview() as preview:
            _check_preview(preview, job)
        case EditResult() as result:
            check_result(result, job)
        case events.InstructionDelta(text=text, offset=offset):
            _check_text(text)
            _check_count("a place in the text", offset)
        case events.InstructionReady(text=text, readings=readings):
            _check_texts(text, *(reading.text for reading in readings))
            if not all(0 <= reading.probability <= 1 for reading in readings):  # also refuses NaN
                raise invalid_answer("a probability is not between 0 and 1")
        case events.EditWarning(message=text):
            _check_text(text)
        case events.Declined(message=text, suggestions=suggestions):
            _check_texts(text, *suggestions)
        case _:
            pass


def check_result(result: EditResult, job: Job) -> None:
    """A result, before its pixels are fetched: it lies on the canvas, in the document's format."""
    _check_index(result.index, job)
    raw, target = result.picture.raw, job.target
    if raw is None:
        raise invalid_answer("a result is an image file instead of pixels")
    if not target.canvas.contains(raw.rect):
        raise invalid_answer(f"a result at {tuple(raw.rect)} reaches outside the canvas")
    if (raw.sample_type, raw.channels) != sent_format(target.format):
        raise invalid_answer(f"a result is {raw.channels} {raw.sample_type}, which the document is not")
    if raw.alpha_kind == "premultiplied":
        raise invalid_answer("a result has premultiplied alpha, which no document has")
    if result.weight is not None and not raw.rect.contains(result.weight.rect):
        raise invalid_answer("the mask of a result reaches outside its picture")
    if len(result.record_json) > MAX_RECORD:
        raise invalid_answer(f"a record has {len(result.record_json)} characters")


def usable_models(models: tuple[Model, ...]) -> tuple[Model, ...]:
    """Models with those options alone that can be shown; a model is never left out."""
    return tuple(
        replace(
            model,
            options=tuple(schema for schema in model.options[:MAX_CHOICES] if _is_usable(schema)),
            presets=model.presets[:MAX_CHOICES],
        )
        for model in models
    )


def _is_usable(schema: OptionSchema) -> bool:
    bounds = [bound for bound in (schema.minimum, schema.maximum) if bound is not None]
    try:
        schema.check(schema.default_value)
    except BadOption:
        return False
    return all(math.isfinite(bound) for bound in bounds) and sorted(bounds) == bounds


def _check_progress(progress: events.StepProgress) -> None:
    _check_count("the number of steps", progress.num_steps)
    if not 0 <= progress.step <= progress.num_steps:
        raise invalid_answer(f"it is at step {progress.step} of {progress.num_steps}")
    if progress.eta_s is not None and not 0 <= progress.eta_s <= MAX_COUNT:  # also refuses NaN
        raise invalid_answer(f"the time to go is {progress.eta_s} s")


def _check_preview(preview: events.Preview, job: Job) -> None:
    _check_index(preview.index, job)
    if preview.format != "rgb8":
        raise invalid_answer(f"a preview is {preview.format}, which was not asked for")
    if not (0 < preview.width <= MAX_PREVIEW_SIDE_PX and 0 < preview.height <= MAX_PREVIEW_SIDE_PX):
        raise invalid_answer(f"a preview has {preview.width}x{preview.height} px")
    if preview.place.is_empty:
        raise invalid_answer("a preview covers nothing")


def _check_index(index: int, job: Job) -> None:
    if index >= job.settings.num_variations:
        raise invalid_answer(f"there is no variation {index}")


def _check_count(what: str, count: int) -> None:
    if count > MAX_COUNT:
        raise invalid_answer(f"{what} is {count}")


def _check_texts(*texts: str) -> None:
    if len(texts) > MAX_CHOICES:
        raise invalid_answer(f"it offers {len(texts) - 1} choices")
    for text in texts:
        _check_text(text)


def _check_text(text: str) -> None:
    if len(text) > MAX_TEXT:
        raise invalid_answer(f"a text has {len(text)} characters")
