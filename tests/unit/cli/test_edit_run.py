"""A picture's edits by a real server: what is shown, what comes back, how they end."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mgie.api.compose_options import ComposeOptions
from mgie.api.edit import EditState
from mgie.api.events import InstructionDelta, InstructionReady, StepProgress
from mgie.api.failure import ServiceError
from mgie.api.picture import Picture
from mgie.api.rect import Rect
from mgie.cli.edit_run import EditDeclined, perform
from mgie.cli.jobs import PictureJob, RegionJob
from mgie.cli.reproduce import job_from_record
from mgie.cli.results import Edited
from mgie.client.blocking import Client
from mgie.errors import BadOption
from mgie.files.document import Document
from mgie.files.record import pixel_digest
from mgie.files.save import save_document
from mgie.model.events import Editor
from support.fake_editor import FakeEditor, Script
from support.fake_pictures import make_picture
from support.fake_service import fake_settings, running
from support.gain_editor import GainEditor
from support.recording_reporter import RecordingReporter


class Served:
    """Editors behind servers of their own, until the test ends."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self._folder = folder
        self._stack = stack

    def __call__(self, editor: Editor, **settings: object) -> Client:
        """A client of a server around an editor."""
        changes = {"model": editor.info.id, **settings}
        discovery = self._stack.enter_context(running(editor, fake_settings(self._folder, **changes)))
        return self._stack.enter_context(Client.connect(discovery))


@pytest.fixture(name="served")
def _served() -> Iterator[Served]:
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:  # short enough for a socket
        yield Served(Path(folder), stack)


def job(*regions: RegionJob, seeds: tuple[int, ...] = (1,), **fields: Any) -> PictureJob:
    names = {
        key: fields.pop(key)
        for key in ("options", "hold_before_sampling", "hold_when_unsure")
        if key in fields
    }
    return PictureJob(
        input=Path("in.png"),
        output=Path("out.png"),
        regions=regions or (RegionJob(instruction="brighter"),),
        seeds=seeds,
        compose=ComposeOptions(**fields),
        **names,
    )


def run(
    client: Client, work: PictureJob, picture: Picture, **reporter: Any
) -> tuple[RecordingReporter, list[Edited]]:
    shown = RecordingReporter(**reporter)
    return shown, perform(client, work, picture, shown)


def test_an_edit_streams_words_then_steps_then_returns_the_picture(served: Served) -> None:
    picture = make_picture(dtype="uint16")
    shown, (result,) = run(served(GainEditor()), job(), picture)
    kinds = [type(event) for event in shown.bodies()]
    assert kinds.index(InstructionDelta) < kinds.index(InstructionReady) < kinds.index(StepProgress)
    assert result.picture.pixels.mean() > 1.1 * picture.pixels.mean()
    assert result.picture.pixels.dtype == np.uint16
    assert result.provenance.input_name == "in.png"
    assert result.provenance.output_digest == pixel_digest(result.picture)
    assert result.provenance.input_digest == pixel_digest(picture)


def test_variations_read_the_picture_once(served: Served) -> None:
    editor = GainEditor()
    _, results = run(served(editor), job(seeds=(1, 2, 3)), make_picture())
    assert editor.num_encodings == 1
    assert len({result.provenance.output_digest for result in results}) == 3
    assert [result.provenance.edits[0].seed for result in results] == [1, 2, 3]


def test_more_variations_than_one_edit_may_have_are_several_edits_of_one_reading(served: Served) -> None:
    editor = GainEditor()
    client = served(editor, max_seeds=2)
    seeds = (1, 2, 3, 4, 5)
    shown, results = run(client, job(seeds=seeds), make_picture())
    assert editor.num_encodings == 1
    assert tuple(result.seed for result in results) == seeds
    assert len([event for event in shown.bodies() if isinstance(event, InstructionReady)]) == 1
    _, (third,) = run(client, job(seeds=(3,)), make_picture())
    assert third.provenance.output_digest == results[2].provenance.output_digest


def test_every_region_takes_its_own_instruction(served: Served) -> None:
    picture = make_picture(60, 90)
    left = RegionJob(instruction="a", rect=Rect(0, 0, 20, 60))
    right = RegionJob(instruction="b", rect=Rect(60, 0, 20, 60), expressive_instruction="corrected")
    shown, (result,) = run(served(GainEditor()), job(left, right), picture)
    assert sorted(shown.started) == ["a", "b"]
    assert np.array_equal(result.picture.pixels[:, 20:60], picture.pixels[:, 20:60])
    assert (result.picture.pixels[:, :20] != picture.pixels[:, :20]).any()
    assert [edit.corrected_instruction for edit in result.provenance.edits] == [None, "corrected"]
    assert [layer.rect for layer in result.layers] == [Rect(0, 0, 20, 60), Rect(60, 0, 20, 60)]
    assert result.provenance.output_digest == pixel_digest(result.picture)


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
def test_several_regions_land_as_each_alone_would(served: Served, dtype: str) -> None:
    """Up to rounding where their edges are soft; exactly elsewhere."""
    picture = make_picture(60, 90, dtype=dtype)
    client = served(GainEditor())
    rects = (Rect(2, 3, 25, 50), Rect(60, 5, 25, 50))
    regions = [RegionJob(instruction=f"r{rect.x}", rect=rect) for rect in rects]
    _, (both,) = run(client, job(*regions, feather_px=6), picture)
    for region in regions:
        _, (alone,) = run(client, job(region, feather_px=6), picture)
        part = region.rect.within(Rect(0, 0, 90, 60)) if region.rect else ()
        one, other = (found.picture.pixels[part].astype(np.float64) for found in (both, alone))
        full = alone.layers[0].weight == 255
        np.testing.assert_array_equal(one[full], other[full])
        assert np.abs(one - other).max() <= 0.01 * picture.white


def test_where_selections_overlap_the_later_one_covers_the_earlier(served: Served) -> None:
    picture = make_picture(60, 60)
    client = served(FakeEditor())
    first = RegionJob(instruction="first", rect=Rect(0, 0, 40, 60))
    second = RegionJob(instruction="second", rect=Rect(20, 0, 40, 60))
    _, (both,) = run(client, job(first, second), picture)
    _, (alone,) = run(client, job(second), picture)
    np.testing.assert_array_equal(both.picture.pixels[:, 20:], alone.picture.pixels[:, 20:])


def test_a_large_content_edit_is_done_in_tiles_and_again_from_its_record(served: Served) -> None:
    """The record alone leads to the very same pixels."""
    picture = make_picture(150, 200)
    editor = GainEditor()
    client = served(editor)
    work = job(transfer="content", max_scale=1.5, padding=0.1, feather_px=4)
    _, (result,) = run(client, work, picture)
    assert editor.num_encodings > 2
    again = job_from_record(result.provenance, Path("in.png"))
    _, (repeated,) = run(client, again, picture)
    assert repeated.provenance.output_digest == result.provenance.output_digest
    assert repeated.provenance.edits == result.provenance.edits


def test_tiles_under_other_regions_show_no_borders(served: Served) -> None:
    """Left to a layer, a tiled edit is what it is by itself."""
    picture = make_picture(150, 200)
    client = served(GainEditor())
    options = {"transfer": "content", "max_scale": 1.0, "padding": 0.1, "feather_px": 4}
    large = RegionJob(instruction="a", rect=Rect(0, 0, 180, 150))
    small = RegionJob(instruction="b", rect=Rect(190, 0, 10, 10))
    _, (both,) = run(client, job(large, small, **options), picture)
    _, (alone,) = run(client, job(large, **options), picture)
    difference = both.picture.pixels[:, :180].astype(int) - alone.picture.pixels[:, :180]
    assert np.abs(difference).max() <= 1


def test_a_job_of_several_regions_can_be_done_again_from_its_record(served: Served) -> None:
    picture = make_picture(60, 90)
    client = served(GainEditor())
    left = RegionJob(instruction="a", rect=Rect(0, 0, 30, 60))
    right = RegionJob(instruction="b", rect=Rect(20, 0, 30, 60), expressive_instruction="corrected")
    _, (result,) = run(client, job(left, right, feather_px=5), picture)
    _, (repeated,) = run(client, job_from_record(result.provenance, Path("in.png")), picture)
    assert repeated.provenance.output_digest == result.provenance.output_digest


def test_nothing_outside_a_mask_changes(served: Served) -> None:
    picture = make_picture(40, 50)
    mask = np.zeros((20, 40), np.uint8)
    mask[5:15, 5:25] = 255
    region = RegionJob(instruction="a", rect=Rect(5, 5, 40, 20), mask=mask.tobytes())
    _, (result,) = run(served(GainEditor()), job(region), picture)
    changed = (result.picture.pixels != picture.pixels).any(axis=-1)
    inside = np.zeros((40, 50), bool)
    inside[5:25, 5:45] = mask > 0
    assert not changed[~inside].any()
    assert changed[inside].mean() > 0.9


def test_a_held_edit_goes_on_with_the_answer(served: Served) -> None:
    client = served(FakeEditor())
    shown, (result,) = run(client, job(hold_before_sampling=True), make_picture(), answer="darker")
    (asked,) = shown.asked
    assert asked.is_held
    (record,) = result.provenance.edits
    assert (record.instruction, record.corrected_instruction) == ("brighter", "darker")
    assert record.expressive_instruction.startswith("the picture would be like")


def test_an_answer_holds_for_all_variations_of_a_region(served: Served) -> None:
    client = served(FakeEditor(), max_seeds=1)
    shown, results = run(
        client, job(seeds=(1, 2, 3), hold_before_sampling=True), make_picture(), answer="darker"
    )
    assert len(shown.asked) == 1
    assert {result.provenance.edits[0].corrected_instruction for result in results} == {"darker"}


def test_readings_are_asked_for_only_where_the_model_is_unsure(served: Served) -> None:
    client = served(FakeEditor())
    shown, _ = run(client, job(hold_when_unsure=True), make_picture())
    assert not shown.asked
    unsure = RegionJob(instruction="unsure")
    shown, (result,) = run(client, job(unsure, hold_when_unsure=True), make_picture(), answer="it is night")
    assert [reading.text for reading in shown.asked[0].readings] == ["the sky is darker", "it is night"]
    assert result.provenance.edits[0].corrected_instruction == "it is night"
    shown, _ = run(client, job(unsure), make_picture())
    assert not shown.asked


def test_a_declined_edit_brings_nothing_and_says_what_could_be_done(served: Served) -> None:
    client = served(FakeEditor())
    declined, fine = (
        RegionJob(instruction="decline this", rect=Rect(0, 0, 20, 20)),
        RegionJob(instruction="brighter", rect=Rect(30, 0, 10, 10)),
    )
    for regions in ((declined,), (fine, declined)):
        with pytest.raises(EditDeclined, match=r'"decline this" is not done: .*make it brighter'):
            run(client, job(*regions), make_picture(40, 50))


def test_a_failure_of_the_server_keeps_its_reason(served: Served) -> None:
    with pytest.raises(ServiceError) as caught:
        run(served(FakeEditor()), job(RegionJob(instruction="please fail")), make_picture())
    assert caught.value.reason == "INSTRUCTION_EMPTY"


def test_an_option_that_the_model_has_not_is_refused_before_anything_is_sent(served: Served) -> None:
    client = served(FakeEditor())
    with pytest.raises(BadOption, match="no option 'strength'"):
        run(client, job(options={"strength": 3}), make_picture())
    assert client.list_edits().edits == ()


def test_what_fails_is_tried_again(served: Served) -> None:
    """One edit by itself, and only the failed ones of several."""
    editor = FakeEditor()
    client = served(editor)
    good, bad = (RegionJob(instruction=words, rect=Rect(x, 0, 9, 9)) for words, x in (("a", 0), ("fail", 20)))
    for regions, num_edits in (((bad,), 3), ((good, bad), 2)):
        before = len(client.list_edits().edits)
        with pytest.raises(ServiceError):
            perform(client, job(*regions), make_picture(), RecordingReporter(), retries=2)
        assert len(client.list_edits().edits) - before == num_edits
    assert editor.seen.num_encoded == 1


@pytest.mark.parametrize("num_regions", [1, 2])
def test_an_interrupted_command_stops_its_edits(served: Served, num_regions: int) -> None:
    client = served(FakeEditor(Script(step_s=0.02)))
    regions = [RegionJob(instruction=f"r{x}", rect=Rect(x, 0, 9, 9)) for x in (0, 20)][:num_regions]

    def interrupt(event: object) -> None:
        if isinstance(event, StepProgress):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(
            client,
            job(*regions, options={"num_inference_steps": 1000}),
            make_picture(),
            on_event=interrupt,
        )
    for edit in client.list_edits().edits:
        events = list(client.watch_edit(edit.name))
        assert events[-1].is_last
        assert client.get_edit(edit.name).state is EditState.CANCELLED


def test_a_further_picture_is_sent_with_the_edit(served: Served, tmp_path: Path) -> None:
    save_document(tmp_path / "r.png", Document(picture=make_picture()))
    work = replace(job(), references=(tmp_path / "r.png",))
    with pytest.raises(ServiceError) as caught:  # this model takes none
        run(served(FakeEditor()), work, make_picture())
    assert "reference" in str(caught.value)
