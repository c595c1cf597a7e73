"""A strip from weak to strong, or from faithful to free: one plan, one seed, one tray."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mgie.panel.state.guidance import FAITHFULNESS, GUIDANCE, guidance_of, scaled, strip_values
from mgie.panel.state.job import Outcome
from mgie.panel.state.progress import Phase
from mgie.panel.state.settings import Settings
from support import fake_ports

WORDS = fake_ports.GUIDANCE
PICTURE = replace(WORDS, name=FAITHFULNESS, default_value=1.5, minimum=1.0, maximum=10.0)
MODEL = replace(fake_ports.MODEL, options=(fake_ports.STEPS, WORDS, PICTURE))


def test_values_rise_with_the_words_and_fall_with_the_picture_within_what_the_option_takes() -> None:
    assert strip_values(WORDS, Settings()) == (3.75, 6.0, 9.38, 12.0)
    assert strip_values(PICTURE, Settings()) == (2.4, 1.88, 1.2, 1.0)
    assert strip_values(PICTURE, Settings(options={FAITHFULNESS: 1.0})) == (1.6, 1.25, 1.0)
    assert scaled(WORDS, Settings(), 100.0) == WORDS.maximum


def test_guidance_that_does_no_good_is_none() -> None:
    assert guidance_of(MODEL) == WORDS
    assert guidance_of(replace(MODEL, options=(replace(WORDS, is_hidden=True),))) is None
    assert guidance_of(replace(MODEL, options=()), FAITHFULNESS) is None


def _edited(bench) -> None:
    bench.backend.script = replace(bench.backend.script, models=(MODEL,))
    bench.start()
    bench.edit("add snow")
    bench.wait(lambda: any(k.outcome is Outcome.PLACED for k in bench.state.finished))


@pytest.mark.parametrize(
    ("name", "words"), [(GUIDANCE, "from weak to strong"), (FAITHFULNESS, "from faithful to free")]
)
def test_a_strip_fills_the_tray_in_its_order_and_any_may_be_placed(bench, name: str, words: str) -> None:
    _edited(bench)
    bench.panel.window.result.strips[name].trigger()
    bench.wait(lambda: bench.state.edit.phase is Phase.DONE and len(bench.state.choices) == 4)
    specs = [bench.backend.edits[f"edits/{number}"].spec for number in range(2, 6)]
    values = strip_values(WORDS if name == GUIDANCE else PICTURE, Settings())
    assert [spec.options[name] for spec in specs] == list(values)
    assert len({spec.seeds for spec in specs}) == 1
    assert {spec.expressive_instruction for spec in specs} == {"The sky turns gold."}
    tray = bench.panel.window.grid
    assert words in tray.reason.text()
    tray.buttons[3].click()
    bench.panel.window.actions_bar.primary.click()
    bench.wait(lambda: len(bench.host.placed) == 2)


def test_a_stopped_strip_leaves_nothing_running(bench) -> None:
    _edited(bench)
    bench.backend.script = replace(bench.backend.script, step_s=0.2)
    bench.panel.window.result.strips[GUIDANCE].trigger()
    bench.wait(lambda: bench.state.edit.phase is Phase.SAMPLING)
    bench.panel.session.runs.stop()
    bench.wait(lambda: bench.state.edit.phase is Phase.CANCELLED)
    bench.wait(lambda: all(bench.backend.edits[f"edits/{n}"].is_cancelled for n in range(2, 6)))


def test_a_strip_that_the_backend_refuses_ends_with_a_sentence(bench) -> None:
    _edited(bench)
    bench.backend.edits.clear()  # it has forgotten the edit
    bench.panel.window.result.strips[GUIDANCE].trigger()
    bench.wait(lambda: bench.state.edit.phase is Phase.FAILED)
    assert bench.panel.window.notice.sentence.text()
