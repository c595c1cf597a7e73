"""A failure as the artist sees it, and as a text to pass on that holds nothing of theirs."""

from __future__ import annotations

import getpass
from dataclasses import replace
from pathlib import Path

from PyQt6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from mgie.api.failure import Failure
from mgie.panel.diagnostics import MAX_MESSAGE, diagnostics, redacted
from mgie.panel.session import Session
from mgie.panel.state.draft import Draft
from mgie.panel.views.notice_bar import NoticeBar
from support.fake_ports import NotedBackend, NotedHost
from support.panel_scenes import DONE, ERROR

HOME = str(Path.home())
PRIVATE = replace(DONE, draft=Draft(instruction="paint aunt Ada blue", text="Aunt Ada would be blue."))
MESSAGE = (
    f"cannot open {HOME}/pictures/ada.xcf or /mnt/big disk/x/y.png or C:\\Users\\ada\\z.png for coffee.xcf: "
    f"paint aunt Ada blue; 192.168.1.7:8443 refused ada@example.org {'ab12' * 8} layer photo"
)


def test_a_report_says_what_ran_and_what_was_said() -> None:
    text = diagnostics(ERROR, Failure(reason="GPU_OUT_OF_MEMORY", message="needs 14 GB, 9 GB are free"))
    for part in (
        "GPU_OUT_OF_MEMORY",
        "needs 14 GB, 9 GB are free",
        "GIMP 3.0.4",
        "mgie-mini",
        "600 x 400 px",
    ):
        assert part in text


def test_a_report_holds_no_word_name_path_address_or_key_of_the_artist() -> None:
    failure = Failure(reason="INTERNAL", message=MESSAGE)
    text = diagnostics(PRIVATE, failure)
    for private in (
        HOME, "ada.xcf", "/mnt", "y.png", "z.png", "coffee.xcf", "aunt", "192.168", "example.org", "ab12ab12",
    ):  # fmt: skip
        assert private not in text
    assert "cannot open" in text
    assert "refused" in text


def test_what_is_no_secret_stays_as_it_is() -> None:
    plain = "CUDA error 2 in step 12/30: out of memory (9.5 of 14.2 GB), 1.2.3"
    assert redacted(plain, PRIVATE) == plain
    assert len(diagnostics(DONE, Failure(reason="X", message="word " * 5000))) < MAX_MESSAGE + 800


def test_the_users_name_is_left_out() -> None:
    name = getpass.getuser()
    assert redacted(f"account {name} may not", DONE) == ("account <user> may not" if len(name) > 2 else name)


def test_a_failure_has_one_sentence_advice_details_and_a_text_to_copy(
    qtbot: QtBot, qapp: QApplication
) -> None:
    session = Session(NotedBackend(), NotedHost(), ERROR)
    failure = Failure(reason="GPU_OUT_OF_MEMORY", message="CUDA out of memory, tried to allocate 2 GiB")
    assert ERROR.edit is not None
    session.update(edit=replace(ERROR.edit, failure=failure))
    bar = NoticeBar(session)
    qtbot.addWidget(bar)
    session.subscribe(bar.show_state)
    assert bar.sentence.text() == "There is not enough free memory for this edit."
    assert bar.advice.text()
    assert not bar.detail.isVisibleTo(bar)
    bar.more.click()
    assert bar.detail.isVisibleTo(bar)
    assert bar.detail.text() == failure.message
    bar.copy.click()
    clipboard = qapp.clipboard()
    assert clipboard is not None
    assert "tried to allocate 2 GiB" in clipboard.text()
    assert bar.copy.text() == "Copied"
    session.update(edit=replace(ERROR.edit, failure=Failure(reason="SERVER_BUSY", message="")))
    assert not bar.detail.isVisibleTo(bar)
    assert bar.copy.text() == "Copy diagnostics"
