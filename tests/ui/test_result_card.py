"""The result card: bound to its layer, never a button that does nothing, one step for a drag."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PyQt6.QtCore import QCoreApplication
from PyQt6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from mgie.panel.session import Session
from mgie.panel.state.job import Outcome
from mgie.panel.state.panel import PanelState
from mgie.panel.state.saved_file import SavedFile
from mgie.panel.views.result_card import ResultCard
from support.fake_ports import GUIDANCE, NotedBackend, NotedHost
from support.panel_scenes import DONE, ONE_PLACED, SAMPLING, UNDONE


class Shown:
    """A card in a scene, with noted ports."""

    def __init__(self, qtbot: QtBot, state: PanelState) -> None:
        self.backend, self.host = NotedBackend(), NotedHost()
        self.session = Session(self.backend, self.host, state)
        self.card = ResultCard(self.session)
        qtbot.addWidget(self.card)
        self.session.subscribe(self.card.show_state)
        self.key = state.finished[0].key if state.finished else ""
        QCoreApplication.processEvents()

    def menu(self, start: str) -> Callable[[], None]:
        return next(action.trigger for action in self.card.menu.actions() if action.text().startswith(start))


def test_the_card_says_what_was_made_and_where_it_is(qtbot: QtBot) -> None:
    card = Shown(qtbot, DONE).card
    assert card.isVisibleTo(None)
    assert card.title.text() == "make it look like late afternoon"
    assert card.where.text() == "New layer on top"
    assert card.percent.text() == "80 %"
    job = replace(DONE.finished[0].job, settings=replace(DONE.settings, edits_all_layers=False))
    single = replace(DONE, finished=(replace(DONE.finished[0], job=job),))
    assert Shown(qtbot, single).card.where.text() == "New layer above “photo”"


def test_no_card_before_anything_is_placed_or_while_an_edit_runs(qtbot: QtBot) -> None:
    for state in (SAMPLING, replace(DONE, finished=()), replace(DONE, edit=SAMPLING.edit)):
        assert not Shown(qtbot, state).card.isVisibleTo(None)


def test_undo_and_redo_are_never_on_when_they_would_do_nothing(qtbot: QtBot) -> None:
    shown = Shown(qtbot, DONE)
    card = shown.card
    assert (card.undo.isEnabled(), card.redo.isEnabled()) == (True, False)
    card.undo.click()
    assert shown.host.taken_back == [(shown.key,)]
    shown.session.layers.taken_back([shown.key])
    assert (card.undo.isEnabled(), card.redo.isEnabled()) == (False, True)
    assert "Undone" in card.where.text()
    assert not card.amount.isVisibleTo(card)
    card.redo.click()
    assert shown.host.brought_back == [(shown.key,)]
    assert Shown(qtbot, UNDONE).card.redo.isEnabled()


def test_the_amount_follows_the_host_and_a_drag_is_one_step(qtbot: QtBot) -> None:
    shown = Shown(qtbot, DONE)
    amount = shown.card.amount
    amount.setSliderDown(True)
    amount.setSliderPosition(60)
    amount.setSliderPosition(30)
    assert shown.card.percent.text() == "30 %"
    amount.setSliderDown(False)
    assert shown.host.opacities == [("7", 0.6, None), ("7", 0.3, None), ("7", 0.3, 0.8)]
    result = replace(shown.session.state.finished[0], opacity=1.0)
    shown.session.update(finished=(result,))
    assert amount.value() == 100


def test_beyond_all_of_it_the_words_are_painted_more_strongly_and_the_old_layer_goes(qtbot: QtBot) -> None:
    shown = Shown(qtbot, DONE)
    assert shown.card.amount.maximum() == 150
    shown.card.amount.setValue(120)
    (job,) = shown.backend.sampled
    assert job.settings.options == {"guidance_scale": pytest.approx(9.0)}
    assert (job.source_edit, job.source_job, job.replaces) == ("e", "j", shown.key)
    assert job.settings.seeds() == (DONE.finished[0].result.edit_result.seed,)
    assert shown.host.taken_back == []  # not before there is something else
    fresh = replace(DONE.finished[0], job=job, outcome=Outcome.PLACING, layer="")
    shown.session.update(finished=(*shown.session.state.finished, fresh))
    shown.session.results.place([fresh])
    (((sent,), _),) = shown.host.placed
    assert sent.replaces == shown.session.state.finished[0].layer != ""
    shown.session.results.placed([fresh.key], ["8"])
    assert shown.host.taken_back == []  # it went in the same step
    assert [k.outcome for k in shown.session.state.finished] == [Outcome.UNDONE, Outcome.PLACED]


@pytest.mark.parametrize("change", [{"is_hidden": True}, {"name": "other"}])
def test_a_model_whose_guidance_does_no_good_ends_at_all_of_it(
    qtbot: QtBot, change: dict[str, object]
) -> None:
    model = replace(DONE.backend.models[0], options=(replace(GUIDANCE, **change),))
    shown = Shown(qtbot, replace(DONE, backend=replace(DONE.backend, models=(model,))))
    assert shown.card.amount.maximum() == 100
    assert "Beyond" not in shown.card.amount.toolTip()


def test_again_takes_the_target_as_it_is_now_and_the_exact_one_its_own(qtbot: QtBot) -> None:
    shown = Shown(qtbot, DONE)
    shown.card.again.click()
    ((_, (job,), _),) = shown.host.reads
    assert job.instruction == DONE.finished[0].job.instruction
    shown = Shown(qtbot, DONE)
    shown.menu("Reproduce")()
    (job,) = shown.backend.sampled
    assert job.settings.seeds() == (DONE.finished[0].result.edit_result.seed,)


def test_the_copy_and_the_record_are_saved_where_the_artist_says(qtbot: QtBot, tmp_path: Path) -> None:
    shown = Shown(qtbot, DONE)
    for start, name, noted in (
        ("Save a copy", "a.png", shown.host.saved),
        ("Save the record", "a.json", shown.host.records),
    ):
        shown.menu(start)()
        dialog = shown.card.findChildren(QFileDialog)[-1]
        dialog.fileSelected.emit(str(tmp_path / name))
        dialog.close()
        assert noted == [(shown.key, tmp_path / name)]
    shown.session.results.saved(shown.key, SavedFile(name="a.png"))
    assert shown.session.state.finished[0].outcome is Outcome.PLACED


def test_pixels_changed_outside_are_said_as_they_were_measured(qtbot: QtBot) -> None:
    result = DONE.finished[0]
    measured = replace(
        result.result.edit_result, measures={"num_changed": 12345.0, "num_changed_outside": 0.0}
    )
    finished = replace(result, result=replace(result.result, edit_result=measured))
    card = Shown(qtbot, replace(DONE, finished=(finished,))).card
    assert card.changes.text() == "12,345 pixels changed, 0 outside the selection"
    assert not Shown(qtbot, DONE).card.changes.isVisible()


def test_variations_that_wait_for_a_choice_show_the_one_that_is_placed(qtbot: QtBot) -> None:
    placed = replace(ONE_PLACED.finished[0], layer="7")
    state = replace(ONE_PLACED, finished=(placed, *ONE_PLACED.finished[1:]))
    assert Shown(qtbot, state).card.undo.isEnabled()
