"""The model's plan looks locked exactly while it is."""

from __future__ import annotations

from dataclasses import replace

from mgie.panel import theme


def _background(edit) -> str:
    picture = edit.grab().toImage()
    return picture.pixelColor(picture.width() // 2, picture.height() - 6).name()


def test_the_plan_is_gray_while_locked_and_a_field_while_it_can_be_corrected(bench) -> None:
    bench.backend.script = replace(bench.backend.script, step_s=0.15, num_steps=12)
    dark = theme.chosen("dark")
    edit = bench.panel.window.text.edit
    bench.start()
    bench.edit("add snow")
    bench.wait(lambda: bench.state.edit.step > 0)
    assert edit.isReadOnly()
    assert _background(edit) == dark.window
    bench.wait(lambda: bench.state.edit.has_ended)
    assert not edit.isReadOnly()
    assert _background(edit) == dark.field
