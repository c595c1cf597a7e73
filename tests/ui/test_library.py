"""The artist's own presets and templates: used, kept as files, and told about where a file is damaged."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtTest import QTest
from pytestqt.qtbot import QtBot

from mgie.panel.library_files import PRESETS, TEMPLATES, LibraryWriter, load
from mgie.panel.session import Session
from mgie.panel.state.library import Library, OwnPreset, Template, first_blank
from mgie.panel.state.primary_action import Obstacle, primary_action
from mgie.panel.texts import presets
from mgie.panel.views.window import PanelWindow
from support.desk import Desk
from support.fake_ports import GUIDANCE, MODEL, READY, NotedBackend, NotedHost
from support.panel_scenes import IDLE

TEMPLATE = Template(name="colour", text="make [the thing] [a colour]")


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_settings_are_kept_under_a_name_and_taken_again(desk: Desk) -> None:
    session = desk.session
    compose = replace(desk.state.settings.compose, feather_px=40.0)
    session.choose_settings(replace(desk.state.settings.with_option(GUIDANCE, 9.0), compose=compose))
    session.library.keep_preset("  Soft\nand strong ")
    assert ("Soft and strong", "own:Soft and strong") in presets(MODEL, ["Soft and strong"])
    kept = desk.state.settings
    session.choose_preset("quick")
    session.choose_settings(replace(desk.state.settings, compose=replace(compose, feather_px=1.0)))
    session.choose_preset("own:Soft and strong")
    assert (desk.state.settings.value(GUIDANCE), desk.state.settings.compose) == (9.0, compose)
    assert desk.state.settings == kept


def test_a_preset_keeps_only_what_another_model_has(desk: Desk) -> None:
    desk.session.choose_settings(desk.state.settings.with_option(GUIDANCE, 9.0))
    desk.session.library.keep_preset("strong")
    plain = replace(MODEL, options=(), presets=())
    assert desk.state.settings.on_model(plain).options == {}
    assert desk.state.next_settings.options == {"guidance_scale": 9.0}
    desk.session.backend_changed(replace(READY, models=(plain,)))
    assert desk.state.settings.preset == "own:strong"


def test_a_deleted_preset_leaves_the_settings_as_they_are(desk: Desk) -> None:
    desk.session.choose_settings(desk.state.settings.with_option(GUIDANCE, 9.0))
    desk.session.library.keep_preset("strong")
    desk.session.library.delete_preset("strong")
    assert desk.state.library.presets == ()
    assert (desk.state.settings.preset, desk.state.settings.value(GUIDANCE)) == ("*", 9.0)


def test_an_edit_waits_until_every_blank_is_written_over(desk: Desk) -> None:
    desk.session.type_instruction(TEMPLATE.text)
    assert primary_action(desk.state).obstacle is Obstacle.BLANK
    desk.session.type_instruction("make the cup blue")
    assert primary_action(desk.state).obstacle is None
    assert first_blank("a [long] way") == (2, 8)
    assert first_blank("nothing [] to fill, [ \n ]") is None


def test_what_is_kept_becomes_files_that_come_back(qtbot: QtBot, tmp_path: Path) -> None:
    session = Session(NotedBackend(), NotedHost())
    writer = LibraryWriter(session, tmp_path)
    session.library.keep_preset("Weich / hart")
    session.type_instruction(TEMPLATE.text)
    session.library.keep_template()
    session.library.keep_preset("gone")
    session.library.delete_preset("gone")
    writer.close()
    library, problems = load(tmp_path)
    assert (library, problems) == (session.state.library, [])
    assert len(list((tmp_path / PRESETS).iterdir())) == 1


GOOD = {"version": 1, "name": "x", "options": {}, "compose": {}, "num_variations": 1}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "not JSON"),
        ("[]", "version"),
        (json.dumps({**GOOD, "version": 9}), "version"),
        (json.dumps({**GOOD, "name": "  "}), "no name"),
        (json.dumps({**GOOD, "options": {"steps": [1]}}), "plain values"),
        (json.dumps({**GOOD, "num_variations": 99}), "num_variations is 99"),
        (json.dumps({**GOOD, "compose": {"feather_px": -5}}), "feather_px is -5"),
        (json.dumps({**GOOD, "compose": {"feather_px": "wide"}}), "feather_px is 'wide'"),
        (json.dumps({**GOOD, "compose": {"unknown": 1}}), "no 'unknown'"),
        ("x" * 200_000, "larger"),
    ],
)
def test_a_damaged_file_is_named_with_what_is_wrong_and_costs_nothing_else(
    tmp_path: Path, text: str, says: str
) -> None:
    folder = tmp_path / PRESETS
    folder.mkdir()
    (folder / "bad.json").write_text(text, encoding="utf-8")
    (folder / "good.json").write_text(json.dumps(GOOD), encoding="utf-8")
    library, (problem,) = load(tmp_path)
    assert [preset.name for preset in library.presets] == ["x"]
    assert problem.startswith("presets/bad.json: ")
    assert says in problem


def test_a_template_without_text_is_damaged(tmp_path: Path) -> None:
    folder = tmp_path / TEMPLATES
    folder.mkdir()
    (folder / "bad.json").write_text('{"version": 1, "name": "x", "text": " "}', encoding="utf-8")
    assert load(tmp_path) == (Library(), ["templates/bad.json: it has no text"])


def test_the_panel_tells_of_a_damaged_file(bench) -> None:
    bench.start()
    (bench.folder / PRESETS).mkdir(parents=True)
    (bench.folder / PRESETS / "bad.json").write_text("{", encoding="utf-8")
    panel = bench.make_panel()
    assert "presets/bad.json" in panel.window.notice.sentence.text()
    panel.start()  # so that its end has something to end
    panel.close()


def test_a_template_from_the_menu_has_its_first_blank_selected_and_tab_goes_on(qtbot: QtBot) -> None:
    state = replace(IDLE, library=Library(presets=(OwnPreset(name="mine"),), templates=(TEMPLATE,)))
    session = Session(NotedBackend(), NotedHost(), state)
    window = PanelWindow(session)
    qtbot.addWidget(window)
    window.show()
    menu, edit = window.instruction.menu, window.instruction.edit
    menu.aboutToShow.emit()
    next(action for action in menu.actions() if action.text() == TEMPLATE.text).trigger()
    assert edit.textCursor().selectedText() == "[the thing]"
    QTest.keyClicks(edit, "the cup")
    QTest.keyClick(edit, Qt.Key.Key_Tab)
    QTest.keyClicks(edit, "blue")
    assert edit.toPlainText() == "make the cup blue"
    assert window.options.preset.findData("own:mine") >= 0


def test_a_preset_is_saved_and_deleted_in_the_drawer(qtbot: QtBot) -> None:
    session = Session(NotedBackend(), NotedHost(), IDLE)
    window = PanelWindow(session)
    qtbot.addWidget(window)
    window.show()
    window.ideas.more.setChecked(True)
    row = window.settings.own_preset
    assert not row.save.isEnabled()
    row.name.setText("portrait")
    row.save.click()
    assert window.options.preset.currentText() == "portrait"
    assert row.delete.isVisible()
    row.delete.click()
    assert window.options.preset.currentText() == "Own settings"
    assert row.name.text() == ""
