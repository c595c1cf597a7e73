"""What the artist writes."""

from dataclasses import replace

import pytest

from mgie.api.events import InstructionReady
from mgie.panel.session import Session
from mgie.panel.state.draft import Draft
from mgie.panel.state.primary_action import Action
from mgie.panel.state.saved import from_json, to_json
from support.desk import Desk, numbered
from support.fake_ports import CONNECTED, TARGET, NotedBackend, NotedHost


def test_a_correction_counts_until_it_equals_what_was_written() -> None:
    draft = Draft(instruction="x").with_text("The left dog.", "The dog.")
    assert draft.is_corrected
    assert not draft.with_text("The dog.", "The dog.").is_corrected
    assert not draft.with_text("  ", "The dog.").is_corrected


def test_another_instruction_lets_the_correction_go() -> None:
    draft = Draft(instruction="x").with_text("mine", "theirs")
    assert draft.with_instruction("x ").is_corrected
    assert draft.with_instruction("y") == Draft(instruction="y")


@pytest.fixture
def desk() -> Desk:
    """With a finished edit whose words the artist has corrected."""
    desk = Desk()
    key = desk.begin()
    desk.session.runs.receive(key, numbered(5, InstructionReady(text="The dog is red.", is_held=False)))
    desk.finish(key)
    desk.session.type_text("The left dog is red.")
    return desk


def _go_to(desk: Desk, document: str) -> None:
    target = replace(TARGET, document=document, document_name=f"{document}.kra")
    desk.session.host_changed(replace(CONNECTED, target=target))


def test_a_correction_stays_with_its_document_and_comes_back_with_it(desk: Desk) -> None:
    _go_to(desk, "other")
    assert (desk.action, desk.state.draft) == (Action.EDIT_PICTURE, Draft(instruction="add snow"))
    desk.session.act()
    assert desk.host.reads[-1][1][0].text == ""
    desk.session.runs.stop()
    _go_to(desk, TARGET.document)
    assert desk.action is Action.USE_TEXT
    desk.session.act()
    assert desk.host.reads[-1][1][0].text == "The left dog is red."


def test_two_documents_have_a_correction_each(desk: Desk) -> None:
    _go_to(desk, "other")
    desk.session.type_text("A cat.")
    _go_to(desk, TARGET.document)
    assert desk.state.draft.text == "The left dog is red."
    _go_to(desk, "other")
    assert desk.state.draft.text == "A cat."


def test_another_instruction_lets_the_correction_of_a_document_behind_go(desk: Desk) -> None:
    _go_to(desk, "other")
    desk.session.type_instruction("make it night")
    _go_to(desk, TARGET.document)
    assert (desk.action, desk.state.draft.text) == (Action.EDIT_PICTURE, "")


def test_a_correction_made_while_the_edit_is_held_is_not_used_in_a_document_that_came_to_the_front() -> None:
    desk = Desk()
    key = desk.begin()
    desk.session.runs.receive(key, numbered(5, InstructionReady(text="The dog is red.", is_held=True)))
    _go_to(desk, "other")
    desk.session.type_text("The left dog is red.")
    assert desk.action is Action.GO_ON_CORRECTED
    desk.session.act()
    assert desk.backend.revised == [(key, "The left dog is red.")]
    desk.finish(key)
    desk.session.results.placed([f"{key}/0"], ["7"])
    assert desk.action is Action.EDIT_PICTURE
    desk.session.act()
    job = desk.host.reads[-1][1][0]
    assert (job.target.document, job.text) == ("other", "")


def test_a_correction_that_survived_the_panel_goes_to_the_document_that_is_open_then(desk: Desk) -> None:
    after = Session(NotedBackend(), NotedHost(), from_json(to_json(desk.state)))
    after.host_changed(CONNECTED)
    assert after.state.own_text == "The left dog is red."
    after.host_changed(replace(CONNECTED, target=replace(TARGET, document="other")))
    assert after.state.own_text == ""
