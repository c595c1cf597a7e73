"""Which results stay: what nobody decided on, what is shown, and of the rest the newest few."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from mgie.panel.recovery import write_unplaced
from mgie.panel.results import MAX_SETTLED
from mgie.panel.state.job import Outcome
from support.desk import Desk, region_of
from support.fake_ports import READ

NUM_REGIONS = 16


@pytest.fixture
def desk() -> Desk:
    return Desk()


def _batch(desk: Desk, num_regions: int = NUM_REGIONS) -> list[str]:
    """Make a batch and have it placed; returns the keys of its results."""
    for number in range(num_regions):
        desk.session.regions.captured(region_of(f"r{number}", f"paint part {number}"))
    desk.session.act()
    batch, jobs, _ = desk.host.reads[-1]
    desk.session.runs.pictures_read(batch, {job.key: READ for job in jobs})
    for job in jobs:
        desk.finish(job.key)
    keys = [result.key for result in desk.host.placed[-1][0]]
    desk.session.results.placed(keys, [f"layer {key}" for key in keys])
    return keys


def _single(desk: Desk, instruction: str) -> str:
    """Make one edit and have it placed; returns the key of its result."""
    key = desk.begin(instruction)
    desk.finish(key)
    desk.session.results.placed([f"{key}/0"], [f"layer {key}"])
    return f"{key}/0"


def test_variations_of_two_trays_that_nobody_chose_are_all_kept_asked_about_and_recovered(
    desk: Desk, tmp_path: Path
) -> None:
    desk.session.choose_settings(replace(desk.state.settings, num_variations=8))
    for instruction in ("add snow", "make it night"):
        desk.finish(desk.begin(instruction), *range(8))
    desk.session.results.decline_choices()
    assert [k.outcome for k in desk.state.finished] == [Outcome.SET_ASIDE] * 16
    assert [job.instruction for job in desk.state.set_aside] == ["add snow", "make it night"]
    assert len(desk.state.loose) == 16
    assert len(write_unplaced(desk.state, tmp_path)) == 16
    desk.session.results.let_go(desk.state.set_aside[0])
    assert len(desk.state.loose) == 8


def test_a_batch_of_many_regions_is_noted_shown_and_undone_whole(desk: Desk) -> None:
    keys = _batch(desk)
    assert {edit.instruction for edit in desk.state.document_past} == {
        f"paint part {number}" for number in range(NUM_REGIONS)
    }
    assert [k.layer for k in desk.state.layered] == [f"layer {key}" for key in keys]
    assert all(desk.state.layer_of(region) is not None for region in desk.state.regions)
    desk.session.layers.undo()
    assert desk.host.taken_back == [tuple(keys)]


def test_a_batch_stays_while_its_rows_do_and_later_edits_make_room_for_each_other(desk: Desk) -> None:
    batch = _batch(desk)
    desk.session.regions.show(False)
    later = [_single(desk, f"edit {number}") for number in range(MAX_SETTLED + 3)]
    kept = {k.key for k in desk.state.finished}
    assert kept >= set(batch)
    assert [key for key in later if key in kept] == later[-MAX_SETTLED - 1 :]  # the last of them is shown


def test_a_batch_that_is_neither_the_newest_nor_in_the_list_makes_room(desk: Desk) -> None:
    old = _batch(desk)
    for region in desk.state.regions:
        desk.session.regions.remove(region.key)
    new = _batch(desk)
    assert [k.key for k in desk.state.finished] == [*old[-MAX_SETTLED:], *new]
