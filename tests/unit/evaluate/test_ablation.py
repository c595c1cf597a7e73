"""The paper's comparisons at a small scale: what differs between arms, and that one command answers."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from mgie.cli.evaluate import evaluate
from mgie.model.presets import MINI
from mgie.train.mini.arms import ARMS, COMPARISONS, ArmBudget, shortened
from support.synthetic_photos import write_photos

FULL = "This is a dark, warm photograph. I'll lift the exposure strongly, so it becomes brighter and richer."


def test_texts_are_shortened_by_leaving_out_picture_and_outcome() -> None:
    assert shortened(FULL, "full") == FULL
    assert shortened(FULL, "short") == "This is a dark, warm photograph. I'll lift the exposure strongly."
    assert shortened(FULL, "summarised") == "I'll lift the exposure strongly."


def test_every_arm_differs_from_the_base_in_one_thing() -> None:
    base = ARMS["base"]
    for name, arm in ARMS.items():
        changed = [field for field in vars(base) if getattr(arm, field) != getattr(base, field)]
        assert len(changed) == (name != "base"), name
    assert all(set(arms) <= set(ARMS) and "base" in arms for arms in COMPARISONS.values())


def test_the_other_question_reaches_the_prompt() -> None:
    prompt = ARMS["how"].config(MINI).prompt
    assert prompt is not None
    assert "how will this image look if '{instruction}'" in prompt


def test_a_budget_scales_as_a_whole() -> None:
    assert ArmBudget().scaled(0.5).half_size * 2 == ArmBudget().half_size
    assert min(vars(ArmBudget().scaled(1e-9)).values()) == 64


@pytest.mark.slow
def test_one_command_trains_equal_arms_and_compares_them(tmp_path: Path) -> None:
    photos = write_photos(tmp_path / "photos", 24, 128)
    command = ["ablate", "size", "--photos", str(photos), "--out", str(tmp_path / "out"), "--scale", "1e-9"]
    command += ["--cases", "2"]
    CliRunner().invoke(evaluate, command, catch_exceptions=False)
    measured = tmp_path / "out" / "measured" / "size"
    table = (measured / "measured.md").read_text()
    assert all(f"| {label} |" in table for label in ("copy-input", "base", "2-layers"))
    assert (measured / "bars.png").stat().st_size > 1000
    trained = tmp_path / "out" / "2-layers" / "2-layers" / "model.json"
    before = trained.stat().st_mtime_ns
    CliRunner().invoke(evaluate, command, catch_exceptions=False)
    assert trained.stat().st_mtime_ns == before
