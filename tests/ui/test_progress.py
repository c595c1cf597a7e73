"""The transitions of a running edit."""

from hypothesis import given
from hypothesis import strategies as st

from mgie.api.events import (
    Declined,
    EditEvent,
    EventBody,
    Finished,
    InstructionDelta,
    InstructionReady,
    Preview,
    Queued,
    Reading,
    Restarted,
    Stage,
    StageChanged,
    StepProgress,
)
from mgie.api.failure import Failure
from mgie.panel.state.messages import Created, Message, ResultFetched
from mgie.panel.state.progress import Phase, Progress
from support.fake_ports import FRAME, result

PREVIEW = Preview(index=0, step=1, place=FRAME.place, width=FRAME.width, height=FRAME.height, data=FRAME.rgb)


def _event(sequence: int, event: EventBody) -> EditEvent:
    return EditEvent(event=event, sequence=sequence)


WHOLE = (
    Created(edit="edits/1"),
    _event(1, Queued(position=2)),
    _event(2, StageChanged(stage=Stage.WRITING)),
    _event(3, InstructionDelta(text="The sky ", offset=0)),
    _event(4, InstructionDelta(text="turns gold.", offset=8)),
    _event(5, InstructionReady(text="The sky turns gold.")),
    _event(6, StageChanged(stage=Stage.SAMPLING)),
    _event(7, StepProgress(step=1, num_steps=2, eta_s=1.5)),
    _event(0, PREVIEW),
    _event(8, StepProgress(step=2, num_steps=2, eta_s=0.0)),
    _event(9, StageChanged(stage=Stage.FINISHING)),
    ResultFetched(sequence=10, picture=result()),
    _event(11, Finished(seconds=1.0)),
)


def _after(messages: tuple[Message, ...]) -> Progress:
    edit = Progress(job="j", phase=Phase.SENDING)
    for message in messages:
        edit = edit.after(message)
    return edit


def test_a_whole_edit_ends_with_its_words_and_its_result() -> None:
    edit = _after(WHOLE)
    assert edit.phase is Phase.DONE
    assert edit.text == "The sky turns gold."
    assert edit.results == (result(),)
    assert edit.previews == {0: FRAME}


@given(st.integers(0, len(WHOLE)), st.integers(0, len(WHOLE)))
def test_a_stream_resumed_too_early_changes_nothing(cut: int, back: int) -> None:
    resumed = max(0, cut - back)
    assert _after((*WHOLE[:cut], *WHOLE[resumed:])) == _after(WHOLE)


def test_a_held_edit_waits_with_its_text() -> None:
    edit = _after((*WHOLE[:5], _event(5, InstructionReady(text="All of it.", is_held=True))))
    assert edit.phase is Phase.HELD
    assert edit.text == "All of it."


def test_an_edit_begun_again_writes_its_text_from_the_start() -> None:
    edit = _after((*WHOLE[:8], _event(20, Restarted())))
    assert (edit.text, edit.step) == ("", 0)


def test_only_a_sampled_edit_can_be_kept() -> None:
    assert not _after(WHOLE[:7]).can_keep
    assert _after(WHOLE[:8]).can_keep
    assert not _after(WHOLE).can_keep


def test_readings_are_there_while_the_edit_waits_for_a_choice() -> None:
    readings = (Reading(text="Warmer.", probability=0.6), Reading(text="Colder.", probability=0.4))
    held = _after((*WHOLE[:5], _event(5, InstructionReady(text="Warmer.", is_held=True, readings=readings))))
    assert held.readings == readings
    assert held.after(_event(6, InstructionReady(text="Colder.", is_corrected=True))).readings == ()


def test_a_declined_edit_has_ended_and_says_why() -> None:
    declined = Declined(message="It cannot add snow.", suggestions=("make it darker",))
    edit = _after((*WHOLE[:4], _event(5, declined)))
    assert edit.phase is Phase.DECLINED
    assert edit.has_ended
    assert edit.declined == declined
    assert edit.results == ()


def test_variations_are_kept_in_order_and_once() -> None:
    edit = Progress(job="j")
    for sequence, index in enumerate((2, 0, 2, 1), start=1):
        edit = edit.after(ResultFetched(sequence=sequence, picture=result(index)))
    assert [r.index for r in edit.results] == [0, 1, 2]


def test_nothing_changes_after_the_end() -> None:
    failed = Progress(job="j").after(_event(0, Failure(reason="SERVER_BUSY", message="")))
    assert failed.phase is Phase.FAILED
    assert failed.after(_event(99, InstructionDelta(text="late", offset=0))) == failed
    assert failed.after(_event(0, Failure(reason="OTHER", message=""))) == failed
