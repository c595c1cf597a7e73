"""The tray of variations: shapes, keys, order with its reason, several, none, more from the same plan."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PyQt6.QtCore import QCoreApplication, Qt
from PyQt6.QtTest import QTest
from pytestqt.qtbot import QtBot

from mgie.api.best_first import Reason
from mgie.api.events import Finished
from mgie.panel.session import Session
from mgie.panel.state.job import Outcome
from mgie.panel.state.messages import ResultFetched
from mgie.panel.state.panel import PanelState
from mgie.panel.state.pictures import ResultPicture
from mgie.panel.state.progress import Phase
from mgie.panel.state.tray import standings
from mgie.panel.views.window import PanelWindow
from support.desk import Desk, numbered
from support.fake_ports import NotedBackend, NotedHost, result
from support.panel_scenes import ONE_PLACED

NAMED = replace(ONE_PLACED, finished=tuple(replace(k, edit="edits/1") for k in ONE_PLACED.finished))


class Shown:
    """A window with a tray, and noted ports."""

    def __init__(self, qtbot: QtBot, state: PanelState = NAMED, width: int = 360) -> None:
        self.backend, self.host = NotedBackend(), NotedHost()
        self.session = Session(self.backend, self.host, state)
        self.window = PanelWindow(self.session)
        self.tray = self.window.grid
        qtbot.addWidget(self.window)
        self.window.resize(width, 900)
        self.window.show()
        for _ in range(4):
            QCoreApplication.processEvents()


def measured(index: int, drift: float = 0.0, outside: float = 0.0) -> ResultPicture:
    measures = {"drift_x_px": drift, "drift_y_px": 0.0, "outside_change": outside}
    plain = result(index)
    return replace(plain, edit_result=replace(plain.edit_result, measures=measures))


def test_nothing_changes_its_place_before_all_are_there() -> None:
    slid = [measured(0, drift=9.0), measured(2)]
    assert [standing.position for standing in standings(slid, 3)] == [0, 1, 2]
    order = standings([measured(1), *slid], 3)
    assert [(standing.position, standing.reason) for standing in order] == [
        (1, Reason.SEED), (2, Reason.SEED), (0, Reason.DRIFTED),
    ]  # fmt: skip


def test_the_tray_stands_in_that_order_under_the_numbers_they_were_made_with(qtbot: QtBot) -> None:
    edit = NAMED.edit
    assert edit is not None
    results = tuple(
        replace(r, edit_result=measured(r.index, drift=5.0 - r.index).edit_result) for r in edit.results
    )
    tray = Shown(qtbot, replace(NAMED, edit=replace(edit, results=results))).tray
    places = sorted(tray.buttons, key=lambda b: (b.y(), b.x()))
    assert [button.index for button in places] == [3, 2, 1, 0]
    assert tray.reason.text() == "What slid out of place comes later."
    assert not Shown(qtbot).tray.reason.isVisible()


@pytest.mark.parametrize(("looked_at", "chosen"), [(0, 2), (1, 1)])
def test_the_first_of_the_tray_is_looked_at_unless_the_artist_looks_at_another(
    looked_at: int, chosen: int
) -> None:
    desk = Desk()
    desk.session.choose_settings(replace(desk.state.settings, num_variations=3))
    key = desk.begin()
    if looked_at:
        desk.session.results.choose(looked_at)
    for index in range(3):
        fetched = ResultFetched(sequence=100 + index, picture=measured(index, drift=9.0 - 4 * index))
        desk.session.runs.receive(key, fetched)
        assert desk.state.chosen == looked_at
    desk.session.runs.receive(key, numbered(200, Finished(seconds=1.0)))
    assert desk.state.chosen == chosen
    if not looked_at:
        assert desk.host.pushed[-1] == (key, measured(2).frame)
    desk.session.act()
    assert [k.result.index for k in desk.host.placed[0][0]] == [chosen]


@pytest.mark.parametrize(("width", "columns"), [(215, 2), (360, 2), (480, 4)])
def test_variations_keep_the_shape_of_the_picture(qtbot: QtBot, width: int, columns: int) -> None:
    tray = Shown(qtbot, width=width).tray
    assert len({button.x() for button in tray.buttons}) == columns
    for button in tray.buttons:
        assert button.width() / button.height() == pytest.approx(600 / 400, rel=0.05)


def test_digits_choose_in_the_tray_and_are_words_in_the_instruction(qtbot: QtBot) -> None:
    shown = Shown(qtbot)
    field = shown.window.instruction.edit
    field.setFocus()
    QTest.keyClick(field, Qt.Key.Key_2)
    assert shown.session.state.chosen == 2
    assert "2" in field.toPlainText()
    QTest.keyClick(shown.tray.buttons[2], Qt.Key.Key_4)
    assert shown.session.state.chosen == 3
    for key in (Qt.Key.Key_0, Qt.Key.Key_9):
        QTest.keyClick(shown.tray.buttons[3], key)
    assert shown.session.state.chosen == 3


def test_several_can_be_kept_one_after_the_other(qtbot: QtBot) -> None:
    shown = Shown(qtbot)
    for index in (1, 3):
        QTest.mouseDClick(shown.tray.buttons[index], Qt.MouseButton.LeftButton)
        shown.session.results.placed([f"j/{index}"], [str(index)])
    assert [results[0].result.index for results, _ in shown.host.placed] == [1, 3]
    outcomes = [k.outcome for k in shown.session.state.finished]
    assert outcomes == [Outcome.PLACED, Outcome.PLACED, Outcome.WAITING, Outcome.PLACED]
    assert shown.tray.none.isVisible()


def test_none_of_these_sets_the_rest_aside_within_reach(qtbot: QtBot) -> None:
    shown = Shown(qtbot)
    shown.tray.none.click()
    waiting = [k for k in shown.session.state.finished if k.outcome is Outcome.WAITING]
    assert waiting == []
    assert len(shown.session.state.set_aside) == 1


def test_more_like_one_samples_its_plan_with_new_seeds_and_says_so(qtbot: QtBot) -> None:
    shown = Shown(qtbot)
    assert shown.tray.more.text() == "More like 3"
    shown.tray.more.click()
    (job,) = shown.backend.sampled
    assert (job.source_edit, job.settings.num_variations) == ("edits/1", 4)
    assert set(job.settings.seeds()).isdisjoint(NAMED.settings.seeds())
    assert len(shown.session.state.set_aside) == 1  # those before stay within reach
    edit = shown.session.state.edit
    assert edit is not None
    assert (edit.phase, edit.text) == (Phase.SENDING, NAMED.edit.text if NAMED.edit else "")
    assert "nothing was written again" in shown.tray.reason.text()
    assert not shown.tray.more.isVisible()


def test_a_model_that_seeds_do_not_move_offers_no_more(qtbot: QtBot) -> None:
    still = tuple(replace(model, varies_with_seed=False) for model in NAMED.backend.models)
    state = replace(NAMED, backend=replace(NAMED.backend, models=still))
    assert not Shown(qtbot, state).tray.more.isVisible()
    assert not Shown(qtbot, ONE_PLACED).tray.more.isVisible()  # the backend's edit is not known any more
