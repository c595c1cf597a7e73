"""Before the click: how long the edit takes, where its result goes, what stands in the way."""

from __future__ import annotations

from dataclasses import replace

import pytest
from pytestqt.qtbot import QtBot

from mgie.api.system import Estimate
from mgie.panel import result_texts
from mgie.panel.state.panel import PanelState
from mgie.panel.views.forecast_line import ForecastLine
from support.desk import Desk, region_of
from support.fake_ports import CONNECTED, MODEL, TARGET
from support.panel_scenes import IDLE, SAMPLING, VARIATIONS

NINE = Estimate(fits=True, seconds=8.2)


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_the_next_edit_is_asked_about_and_again_when_it_becomes_another(desk: Desk) -> None:
    (first,) = desk.backend.questions
    assert (first.width, first.height, first.num_seeds) == (40, 30, 1)
    desk.session.forecasts.answered(first, NINE)
    assert desk.state.forecast == NINE
    desk.session.type_instruction("words change nothing")
    assert len(desk.backend.questions) == 1
    desk.session.choose_settings(replace(desk.state.settings, num_variations=4))
    assert desk.backend.questions[-1].num_seeds == 4


def test_one_question_is_on_its_way_and_an_answer_to_an_old_one_is_not_shown(desk: Desk) -> None:
    (first,) = desk.backend.questions
    for count in (2, 3, 4):
        desk.session.choose_settings(replace(desk.state.settings, num_variations=count))
    assert desk.backend.questions == [first]
    desk.session.forecasts.answered(first, NINE)
    assert desk.state.forecast is None
    assert [q.num_seeds for q in desk.backend.questions] == [1, 4]
    desk.session.forecasts.answered(desk.backend.questions[-1], None)
    assert desk.state.forecast is None
    assert len(desk.backend.questions) == 2  # a backend that cannot say is not asked for ever


def test_after_an_edit_it_is_asked_again_as_there_is_a_new_measurement(desk: Desk) -> None:
    desk.session.forecasts.answered(desk.backend.questions[0], NINE)
    key = desk.begin()
    assert desk.state.forecast is None
    desk.finish(key)
    assert len(desk.backend.questions) == 2


def test_nothing_is_asked_about_a_batch_or_without_a_document(desk: Desk) -> None:
    desk.session.forecasts.answered(desk.backend.questions[0], NINE)
    desk.session.regions.captured(region_of("sky"))
    assert desk.state.forecast is None
    desk.session.regions.remove("sky")
    desk.session.host_changed(replace(CONNECTED, target=None))
    assert desk.state.forecast is None
    assert len(desk.backend.questions) == 2


@pytest.mark.parametrize(
    ("estimate", "words"),
    [
        (None, ""),
        (NINE, "about 9 s"),
        (Estimate(fits=True, seconds=300.0), "about 5 min"),
        (Estimate(fits=True, seconds=9.0, wait_s=30.0), "about 9 s, in 30 s"),
        (Estimate(fits=True), ""),
        (Estimate(fits=False, seconds=9.0), "May not fit into memory"),
        (
            Estimate(fits=True, seconds=9.0, needed_bytes=11_300_000_000, free_bytes=14_200_000_000),
            "about 9 s, 11.3 of 14.2 GB free",
        ),
        (Estimate(fits=True, needed_bytes=8_000_000_000, free_bytes=14_200_000_000), "8.0 of 14.2 GB free"),
        (Estimate(fits=True, needed_bytes=3_000_000_000, free_bytes=14_200_000_000), ""),
        (
            Estimate(fits=False, seconds=9.0, needed_bytes=17_100_000_000, free_bytes=14_200_000_000),
            "Needs 17.1 GB, 14.2 GB free: parts of the model move out while it runs, which is slower",
        ),
    ],
)
def test_the_forecast_in_words(estimate: Estimate | None, words: str) -> None:
    assert result_texts.forecast(estimate) == words


def on_one_layer(**target: object) -> PanelState:
    host = replace(IDLE.host, target=replace(TARGET, **target))
    return replace(IDLE, host=host, settings=replace(IDLE.settings, edits_all_layers=False))


def test_where_the_result_goes_is_said_before_the_click(qtbot: QtBot) -> None:
    line = ForecastLine()
    qtbot.addWidget(line)
    line.show_state(replace(IDLE, forecast=NINE))
    assert (line.place.text(), line.time.text()) == ("To a new layer on top", "about 9 s")
    assert not line.caution.isVisibleTo(line)
    line.show_state(replace(IDLE, forecast=replace(NINE, explanation="about 9 s (loaded as: int8, in turn)")))
    assert line.time.toolTip() == "about 9 s (loaded as: int8, in turn)"
    line.show_state(on_one_layer())
    assert line.place.text() == "To a new layer above “photo”"
    for state in (SAMPLING, VARIATIONS, replace(IDLE, host=replace(IDLE.host, target=None))):
        line.show_state(state)
        assert line.place.text() == ""


@pytest.mark.parametrize(
    ("where", "word"),
    [
        ("is_in_hidden_group", "hidden"),
        ("is_in_locked_group", "locked"),
        ("is_in_faded_group", "group"),
        ("is_clipped", "clipped"),
    ],
)
def test_a_hidden_locked_or_clipped_place_is_amber_with_one_sentence(
    qtbot: QtBot, where: str, word: str
) -> None:
    line = ForecastLine()
    qtbot.addWidget(line)
    line.show_state(on_one_layer(**{where: True}))
    assert word in line.caution.text()
    assert line.caution.text().count(".") == 1
    assert line.place.property("tone") == "caution"
    all_layers = on_one_layer(**{where: True})
    line.show_state(replace(all_layers, settings=replace(all_layers.settings, edits_all_layers=True)))
    assert not line.caution.isVisibleTo(line)  # on top of everything


def test_the_backends_forecast_is_shown_before_the_click(bench) -> None:
    bench.backend.script = replace(bench.backend.script, models=(MODEL,), estimate_s=12.0)
    bench.start()
    bench.wait(lambda: bench.panel.window.forecast.time.text() == "about 12 s")
    settings = bench.state.settings
    bench.panel.session.choose_settings(replace(settings, num_variations=2))
    bench.wait(lambda: bench.panel.window.forecast.time.text() == "about 24 s")
