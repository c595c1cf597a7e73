"""Words written while another entry is painted: the same reports as one after the other, in every order."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Generator, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from mgie.api.events import EditWarning, InstructionReady, StepProgress
from mgie.api.options import Options
from mgie.errors import DeviceOutOfMemory
from mgie.model.company import has_company
from mgie.model.events import Editor, Encoding, InstructionDelta, Sampled, SampleRequest, Step
from mgie.model.same_encoding import difference_between
from mgie.server.lane import Command, Work, WorkItem
from mgie.server.lane_reports import LaneReport, Measurement, SampleReady
from mgie.server.worker import LaneWorker, LoadedEditor
from support.fake_editor import FakeEditor, Script
from support.meeting_editor import WRITER, MeetingEditor
from support.tiny import tiny_editor, tiny_picture


def item(edit: str, instruction: str = "", *, seed: int = 1, **fields: Any) -> WorkItem:
    picture = tiny_picture(64, 64, seed=seed)
    values: dict[str, Any] = {
        "edit": edit,
        "overview": picture,
        "tiles": (picture,),
        "instruction": instruction or f"make it {edit}",
        "options": {"num_inference_steps": 3},
        "seeds": ((0, 7),),
    }
    return WorkItem(**(values | fields))


def work(number: int, *items: WorkItem) -> Work:
    return Work(id=number, model="m", items=items)


def worker_of(editor: Editor, overlap: Any = "on", *, device: str = "cpu") -> LaneWorker:
    def load(_name: str) -> LoadedEditor:
        return LoadedEditor(editor, device)

    return LaneWorker(load, max_samples=4, num_encodings=8, overlap=overlap)


def plain(report: LaneReport) -> object:
    """A report as something that can be compared to the last bit; clocks are left out."""
    body = report.body
    if isinstance(body, SampleReady):
        body = replace(body, answers={})
        pictures = [
            (tile, a.image.tobytes(), a.round_trip.tobytes()) for tile, a in report.body.answers.items()
        ]
        return report.edit, body, pictures
    if isinstance(body, StepProgress):
        body = replace(body, eta_s=None)
    if isinstance(body, Measurement):
        body = replace(body, encode_s=None, step_s=None, peak_bytes=0)
    return report.edit, body


def run_expecting(worker: LaneWorker, now: Work, following: Work) -> list[LaneReport]:
    """Run an entry; what follows is named at the first step."""
    reports: list[LaneReport] = []
    for report in worker.run(now):
        reports.append(report)
        if isinstance(report.body, StepProgress) and report.body.step == 1:
            worker.expect(following)
    return reports


def test_words_of_what_comes_next_are_written_while_this_is_painted() -> None:
    editor = MeetingEditor(meets="make it b")
    worker, alone = worker_of(editor), worker_of(FakeEditor())
    first, second = work(1, item("a")), work(2, item("b"))
    found = run_expecting(worker, first, second) + list(worker.run(second))
    assert list(map(plain, found)) == list(map(plain, [*alone.run(first), *alone.run(second)]))
    assert editor.writers == {"make it a": threading.current_thread().name, "make it b": WRITER}
    assert editor.had_company == [False, True]
    assert not has_company()
    assert editor.seen.num_encoded == 2


@pytest.mark.parametrize("overlap", ["auto", "off"])
def test_on_a_cpu_nothing_is_written_ahead_unless_that_is_asked_for(overlap: str) -> None:
    editor = MeetingEditor()
    worker = worker_of(editor, overlap)
    first, second = work(1, item("a")), work(2, item("b"))
    run_expecting(worker, first, second)
    assert not worker.state().looks_ahead
    assert worker.state().notices == ()
    assert list(editor.writers) == ["make it a"]


def test_an_edit_that_does_not_come_is_not_written_further() -> None:
    editor = MeetingEditor(Script(token_s=0.01))
    worker = worker_of(editor)
    long = "make it " + "very " * 2000 + "red"
    first, second, third = work(1, item("a")), work(2, item("b", long)), work(3, item("c"))
    run_expecting(worker, first, second)
    while long not in editor.writers:
        time.sleep(0.01)
    worker.steer(Command(work=0, edit="b", cancel=True))
    assert any(isinstance(report.body, SampleReady) for report in worker.run(third))
    assert editor.writers[long] == WRITER
    assert editor.writers["make it c"] != WRITER
    assert editor.finished == ["make it a", "make it c"]
    assert not has_company()


def test_what_comes_before_the_expected_is_written_alone() -> None:
    editor = MeetingEditor(meets="make it b")
    worker, alone = worker_of(editor), worker_of(FakeEditor())
    first, second, between = work(1, item("a")), work(3, item("b")), work(2, item("c"))
    found = run_expecting(worker, first, second)
    found += [*worker.run(between), *worker.run(second)]
    golden = [*alone.run(first), *alone.run(between), *alone.run(second)]
    assert list(map(plain, found)) == list(map(plain, golden))
    assert editor.seen.num_encoded == 3  # what was finished is still used


@pytest.mark.parametrize("instruction", ["please fail", "please crash", "please decline", "unsure and warn"])
def test_whatever_the_words_end_in_is_told_when_the_edit_has_its_turn(instruction: str) -> None:
    worker, alone = worker_of(FakeEditor()), worker_of(FakeEditor())
    first = work(1, item("a"))
    second = work(2, item("b", instruction, holds_when_unsure=True), item("c"))
    found = run_expecting(worker, first, second)
    assert {report.edit for report in found} == {"a"}
    found += worker.run(second)
    golden = [*alone.run(first), *alone.run(second)]
    assert list(map(plain, found)) == list(map(plain, golden))


def test_an_edit_that_is_held_after_its_words_is_held() -> None:
    worker = worker_of(MeetingEditor(meets="make it b"))
    second = work(2, item("b", holds=True))
    run_expecting(worker, work(1, item("a")), second)
    found = list(worker.run(second))
    assert [r.body.is_held for r in found if isinstance(r.body, InstructionReady)] == [True]
    assert not any(isinstance(report.body, SampleReady) for report in found)


class Forgetful(MeetingEditor):
    """Painting lacks memory while the other thread is there."""

    def sample(
        self, requests: Sequence[SampleRequest], options: Options
    ) -> Generator[Step, None, list[Sampled]]:
        sampling = super().sample(requests, options)
        while True:
            try:
                step = next(sampling)
            except StopIteration as stop:
                return stop.value
            if has_company():
                raise DeviceOutOfMemory("full")
            yield step


def test_where_memory_runs_out_beside_another_thread_that_one_goes_first() -> None:
    editor = Forgetful(Script(token_s=0.02))
    worker = worker_of(editor)
    first, second = work(1, item("a")), work(2, item("b", "make it " + "very " * 500 + "red"))
    found = run_expecting(worker, first, second)
    assert any(isinstance(report.body, SampleReady) for report in found)
    assert not any(isinstance(report.body, EditWarning) for report in found)
    assert editor.seen.num_frugal == 0  # the model stands as before
    assert not worker.state().looks_ahead
    assert worker.state().notices == (
        "The next edit's words wait until this one is painted: there was too little memory for both.",
    )


def test_without_room_for_both_nothing_is_begun_and_nothing_waits_for_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[str] = []

    def has_room(device: str) -> bool:
        asked.append(device)
        return False

    monkeypatch.setattr("mgie.server.words_ahead._has_room", has_room)
    worker = worker_of(editor := MeetingEditor(Script()))
    second = work(2, item("b"))
    run_expecting(worker, work(1, item("a")), second)
    assert len(asked) > 1  # again, as room may come
    assert [report.edit for report in worker.run(second) if isinstance(report.body, SampleReady)] == ["b"]
    assert WRITER not in editor.writers.values()


class FullBeside(MeetingEditor):
    """Runs out of memory where it writes ahead."""

    def encode(
        self, image: Image.Image, instruction: str, **given: Any
    ) -> Generator[InstructionDelta | EditWarning, None, Encoding]:
        if threading.current_thread().name == WRITER and instruction != "make it b":
            time.sleep(0.5)  # the lane follows by now
            raise DeviceOutOfMemory("full")
        return (yield from super().encode(image, instruction, **given))


def test_words_ahead_that_lack_memory_cost_the_overlap_and_not_the_model() -> None:
    worker = worker_of(editor := FullBeside(Script()))
    second, last = work(2, item("b")), work(4, item("d"))
    run_expecting(worker, work(1, item("a")), second)
    list(worker.run(second))
    run_expecting(worker, work(3, item("c")), last)
    found = list(worker.run(last))
    assert any(isinstance(report.body, SampleReady) for report in found)
    assert not any(isinstance(report.body, EditWarning) for report in found)
    assert editor.seen.num_frugal == 0


class Unlike(MeetingEditor):
    """Writes something else in the second thread, as a race would."""

    def encode(
        self, image: Image.Image, instruction: str, **given: Any
    ) -> Generator[InstructionDelta | EditWarning, None, Encoding]:
        is_second = threading.current_thread().name == WRITER
        encoding = yield from super().encode(image, instruction, **given)
        return replace(encoding, raw_text="garbled") if is_second else encoding


@pytest.mark.parametrize(("editor", "is_same"), [(MeetingEditor, True), (Unlike, False)])
def test_on_a_gpu_the_first_words_are_compared_with_those_written_alone(
    editor: type[MeetingEditor], is_same: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda _device: (8 << 30, 8 << 30))
    monkeypatch.setattr(torch.cuda, "memory_reserved", lambda _device: 0)
    monkeypatch.setattr(torch.cuda, "memory_allocated", lambda _device: 0)
    monkeypatch.setattr(torch.cuda, "max_memory_allocated", lambda _device: 0)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda _device: "a GPU")
    made = editor(meets="make it b")
    worker, alone = worker_of(made, "auto", device="cuda:0"), worker_of(FakeEditor(), device="cuda:0")
    works = [work(number, item(name)) for number, name in enumerate("abc", start=1)]
    found = run_expecting(worker, works[0], works[1])
    found += run_expecting(worker, works[1], works[2])
    found += worker.run(works[2])
    golden = [report for entry in works for report in alone.run(entry)]
    assert list(map(plain, found)) == list(map(plain, golden))
    assert made.writers["make it b"] != WRITER  # written again, alone, and that counts
    assert worker.state().looks_ahead == is_same
    assert bool(worker.state().notices) != is_same


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_a_real_model_gives_the_same_to_the_last_bit_whatever_comes_next(seed: int) -> None:
    """Tiny random networks, words and pictures in two threads: entries, guesses and cancels at random."""
    rng = random.Random(seed)
    names = [f"{name}{rng.randrange(3)}" for name in "abcdef"]
    entries = [
        work(
            number,
            *(
                item(name, f"make it {name[0]}", seed=int(name[1]), seeds=((0, number),))
                for name in rng.sample(names, rng.choice([1, 1, 2]))
            ),
        )
        for number in range(1, 7)
    ]
    cancelled = {(entry.id, entry.items[-1].edit) for entry in rng.sample(entries, 1)}

    def run_all(worker: LaneWorker, guesses: Iterator[Work] | None) -> list[object]:
        found: list[object] = []
        for entry in entries:
            for number, edit in cancelled:
                if number == entry.id:
                    worker.steer(Command(work=number, edit=edit, cancel=True))
            for report in worker.run(entry):
                found.append(plain(report))
                if guesses is not None and isinstance(report.body, StepProgress):
                    worker.expect(next(guesses))
        worker.close()
        return found

    golden = run_all(worker_of(tiny_editor(), "off"), None)
    found = run_all(worker_of(tiny_editor(), "on"), iter(lambda: rng.choice(entries), None))
    assert found == golden


def test_encodings_are_compared_field_by_field() -> None:
    golden = Encoding(instruction="a", expressive_instruction="b", raw_text="c")
    assert difference_between(golden, replace(golden)) == ""
    assert difference_between(golden, replace(golden, raw_text="d")) == "raw_text"
    assert (
        difference_between(golden, replace(golden, warning=EditWarning(reason="A", message="b"))) == "warning"
    )
    embeds = torch.linspace(-1, 1, 8)
    made = tiny_encoding(embeds)
    assert difference_between(made, tiny_encoding(embeds + 0.01)) == ""
    assert difference_between(made, tiny_encoding(embeds + 0.2)) == "embeds"
    assert difference_between(made, tiny_encoding(embeds * np.nan)) == "embeds"
    assert difference_between(made, tiny_encoding(embeds[:4])) == "embeds"
    assert difference_between(made, golden) == "kind"


def tiny_encoding(embeds: torch.Tensor) -> Encoding:
    from mgie.editors.flow_editor import FlowEncoding

    return FlowEncoding(instruction="a", expressive_instruction="b", raw_text="c", embeds={"prompt": embeds})
