"""The transitions of a running edit."""

from hypothesis import given
from hypothesis import strategies as st

from mgie.panel.state import messages as m
from mgie.panel.state.problem import Problem
from mgie.panel.state.progress import Phase, Progress
from support.fake_ports import FRAME, result

WHOLE = (
    m.Created(edit="edits/1"),
    m.Queued(sequence=1, position=2),
    m.StageEntered(sequence=2, stage=m.Stage.WRITING),
    m.TextDelta(sequence=3, text="The sky ", offset=0),
    m.TextDelta(sequence=4, text="turns gold.", offset=8),
    m.TextReady(sequence=5, text="The sky turns gold.", is_held=False),
    m.StageEntered(sequence=6, stage=m.Stage.SAMPLING),
    m.StepDone(sequence=7, step=1, num_steps=2, eta_s=1.5),
    m.PreviewArrived(frame=FRAME),
    m.StepDone(sequence=8, step=2, num_steps=2, eta_s=0.0),
    m.StageEntered(sequence=9, stage=m.Stage.FINISHING),
    m.ResultArrived(sequence=10, result=result()),
    m.Finished(sequence=11),
)


def _after(messages: tuple[m.Message, ...]) -> Progress:
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
    assert _after((*WHOLE[:cut], m.StreamLost(), *WHOLE[resumed:])) == _after(WHOLE)


def test_a_held_edit_waits_with_its_text() -> None:
    edit = _after((*WHOLE[:5], m.TextReady(sequence=5, text="All of it.", is_held=True)))
    assert edit.phase is Phase.HELD
    assert edit.text == "All of it."


def test_an_edit_begun_again_writes_its_text_from_the_start() -> None:
    edit = _after((*WHOLE[:8], m.Restarted(sequence=20)))
    assert (edit.text, edit.step) == ("", 0)


def test_only_a_sampled_edit_can_be_kept() -> None:
    assert not _after(WHOLE[:7]).can_keep
    assert _after(WHOLE[:8]).can_keep
    assert not _after(WHOLE).can_keep


def test_a_lost_stream_is_told_until_the_next_message() -> None:
    lost = _after(WHOLE[:4]).after(m.StreamLost())
    assert lost.is_reconnecting
    assert not lost.after(WHOLE[4]).is_reconnecting


def test_variations_are_kept_in_order_and_once() -> None:
    edit = Progress(job="j")
    for sequence, index in enumerate((2, 0, 2, 1), start=1):
        edit = edit.after(m.ResultArrived(sequence=sequence, result=result(index)))
    assert [r.index for r in edit.results] == [0, 1, 2]


def test_nothing_changes_after_the_end() -> None:
    failed = Progress(job="j").failed(Problem(reason="SERVER_BUSY"))
    assert failed.after(m.TextDelta(sequence=99, text="late", offset=0)) == failed
    assert failed.failed(Problem(reason="OTHER")) == failed
