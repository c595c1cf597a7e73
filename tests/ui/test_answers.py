"""Answers that cannot be used: that edit fails with a sentence, and the next one goes well."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
from PyQt6.QtCore import Qt

from mgie.api.edit import EditResult
from mgie.api.events import EditEvent, InstructionDelta, InstructionReady, Preview, Queued, StepProgress
from mgie.api.models import Model
from mgie.api.options import OptionSchema
from mgie.api.to_proto import to_proto
from mgie.panel.answer_checks import usable_models
from mgie.panel.state.job import Outcome
from mgie.panel.state.progress import Phase
from mgie.v1 import edit_service_pb2 as pb
from mgie.v1 import types_pb2

Spoil = Callable[[pb.EditEvent], None]
LIE = "0" * 64  # a digest of nothing


def _result(**rect: int) -> Spoil:
    def spoil(event: pb.EditEvent) -> None:
        for name, value in rect.items():
            setattr(event.result.picture.raw.rect, name, value)

    return spoil


def _set(path: str, value: object) -> Spoil:
    """Set one field, given with dots."""

    def spoil(event: pb.EditEvent) -> None:
        message: object = event
        *parents, name = path.split(".")
        for parent in parents:
            message = getattr(message, parent)
        setattr(message, name, value)

    return spoil


def _weight(event: pb.EditEvent) -> None:
    event.result.weight.CopyFrom(types_pb2.Mask(rect=types_pb2.Rect(width=100, height=100)))


def _encoded(event: pb.EditEvent) -> None:
    event.result.picture.encoded.SetInParent()


def _no_picture(event: pb.EditEvent) -> None:
    event.result.ClearField("picture")


def _nothing(event: pb.EditEvent) -> None:
    event.ClearField("event")


CASES: dict[str, tuple[type, Spoil]] = {
    "result larger than its pixels": (EditResult, _result(width=41)),
    "result outside the canvas": (EditResult, _result(x=1)),
    "result of 2^32 px": (EditResult, _result(width=2**32 - 1, height=2**32 - 1)),
    "empty result": (EditResult, _result(width=0, height=0)),
    "result far away": (EditResult, _result(x=-(2**31))),
    "smaller result with all pixels": (EditResult, _result(width=3)),
    "sample type 0": (EditResult, _set("result.picture.raw.sample_type", 0)),
    "sample type 99": (EditResult, _set("result.picture.raw.sample_type", 99)),
    "other sample type": (EditResult, _set("result.picture.raw.sample_type", types_pb2.SAMPLE_TYPE_U16)),
    "channels 0": (EditResult, _set("result.picture.raw.channels", 0)),
    "channels 77": (EditResult, _set("result.picture.raw.channels", 77)),
    "other channels": (EditResult, _set("result.picture.raw.channels", types_pb2.CHANNELS_GRAY)),
    "mask larger than the picture": (EditResult, _weight),
    "encoded result": (EditResult, _encoded),
    "no picture": (EditResult, _no_picture),
    "digest of other bytes": (EditResult, _set("result.picture.blob_digest", LIE)),
    "variation that was not asked for": (EditResult, _set("result.index", 2**32 - 1)),
    "preview with too few bytes": (Preview, _set("preview.width", 1000)),
    "preview of nothing": (Preview, lambda e: e.preview.Clear()),
    "preview format 9": (Preview, _set("preview.format", 9)),
    "preview as JPEG": (Preview, _set("preview.format", pb.PREVIEW_FORMAT_JPEG)),
    "preview of no place": (Preview, _set("preview.place.width", 0)),
    "endless text": (InstructionDelta, _set("instruction_delta.text", "x" * 3_000_000)),
    "far offset": (InstructionDelta, _set("instruction_delta.offset", 2**32 - 1)),
    "endless whole text": (InstructionReady, _set("instruction_ready.text", "x" * 3_000_000)),
    "step beyond the last": (StepProgress, _set("step_progress.step", 9)),
    "2^32 steps": (StepProgress, _set("step_progress.num_steps", 2**32 - 1)),
    "no end in sight": (StepProgress, _set("step_progress.eta_s", math.inf)),
    "no number": (StepProgress, _set("step_progress.eta_s", math.nan)),
    "endless queue": (Queued, _set("queued.position", 2**32 - 1)),
    "event of a newer backend": (StepProgress, _nothing),
}


def _placed(bench) -> bool:
    return any(k.outcome is Outcome.PLACED for k in bench.state.finished)


@pytest.mark.parametrize("case", CASES)
def test_an_unusable_answer_fails_that_edit_with_a_sentence(bench, case: str) -> None:
    kind, spoil = CASES[case]

    def spoiled(event: EditEvent) -> pb.EditEvent:
        message = to_proto(event, pb.EditEvent)
        if isinstance(event.event, kind):
            spoil(message)
        return message

    bench.backend.script.spoils = spoiled
    bench.backend.blobs[LIE] = b"other bytes"
    bench.start()
    bench.edit("add snow")
    bench.wait(lambda: bench.state.edit is not None and bench.state.edit.has_ended)
    assert bench.state.edit.phase is Phase.FAILED
    assert bench.state.edit.failure.reason in ("ANSWER_INVALID", "BLOB_INVALID")
    assert bench.panel.window.notice.sentence.text()
    assert bench.host.placed == []
    bench.backend.script.spoils = None
    bench.edit("add snow again")
    bench.wait(lambda: _placed(bench))


def _stretched(**changes: object) -> OptionSchema:
    return OptionSchema(**{"name": "n", "type": "number", "default_value": 1.0, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "schema",
    [
        _stretched(minimum=math.nan),
        _stretched(maximum=math.inf),
        _stretched(minimum=3.0, maximum=2.0, default_value=2.5),
        _stretched(default_value="one"),
        _stretched(type="choice", default_value="x", choices=("a",)),
    ],
)
def test_an_option_that_cannot_be_shown_is_left_out(schema: OptionSchema) -> None:
    good = _stretched(name="good", minimum=0.0, maximum=2.0)
    (model,) = usable_models((Model(name="models/odd", options=(schema, good)),))
    assert model.options == (good,)


def test_an_option_without_bounds_has_a_control(bench) -> None:
    schemas = (
        OptionSchema(name="count", type="integer", default_value=3, maximum=1e30),
        OptionSchema(name="amount", type="number", default_value=0.5),
        OptionSchema(name="note", type="text", default_value="plain"),
    )
    bench.backend.script.models = (Model(name="models/odd", is_default=True, options=schemas),)
    bench.start()
    assert set(bench.panel.window.settings.fields) == {"count", "amount", "note"}


def test_a_backend_that_cannot_list_its_models_is_explained_and_tried_again(bench) -> None:
    """Also one that is newer, or has a damaged model: the panel starts, says so, and goes on when it can."""
    bench.backend.list_models_fails = True
    bench.panel.start()
    bench.wait(lambda: bench.panel.window.notice.restart.isVisibleTo(bench.panel.window))
    assert bench.panel.window.notice.sentence.text()
    bench.backend.list_models_fails = False
    bench.panel.window.notice.restart.click()
    bench.wait(lambda: bench.state.backend.link.value == "ready")


def test_what_looks_like_html_is_shown_as_it_is(bench) -> None:
    def spoiled(event: EditEvent) -> pb.EditEvent:
        message = to_proto(event, pb.EditEvent)
        if isinstance(event.event, StepProgress):
            message.failed.message = "<img src='file:///etc/hostname'> is gone"
        return message

    bench.backend.script.spoils = spoiled
    bench.start()
    bench.edit("<b>add</b> snow")
    bench.wait(lambda: bench.state.edit is not None and bench.state.edit.has_ended)
    notice = bench.panel.window.notice
    assert notice.sentence.textFormat() == Qt.TextFormat.PlainText
    assert "<img" not in notice.toolTip()
    assert "<img" in notice.sentence.text()
