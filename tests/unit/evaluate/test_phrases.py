"""Reading held-out phrases: the shipped reader, families and probabilities in a table, what has no reader."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from mgie.cli.evaluate import evaluate
from mgie.evaluate.phrases import ReadPhrase, phrases_markdown, read_phrases
from mgie.model.networks import Networks
from mgie.weights.checkpoint import load_networks
from mgie.weights.installed import find_model
from support.gain_editor import save_tiny_model


@pytest.fixture(name="shipped", scope="module")
def _shipped() -> Networks:
    """The networks of the shipped model."""
    return load_networks(find_model("mgie-mini")).float()


def test_the_shipped_reader_understands_most_phrases_it_was_never_trained_on(shipped: Networks) -> None:
    read = read_phrases(shipped, 300)
    within = [each for each in read if not each.is_beyond]
    assert sum(each.is_right for each in within) > 0.7 * len(within)
    assert sum(each.is_one_of_two for each in read) >= sum(each.is_right for each in read)
    assert all(each.is_right == each.is_declined for each in read if each.is_beyond)
    assert [each.text for each in read[:9]] == [each.text for each in read_phrases(shipped, 9)]


def test_the_tables_hold_every_request_once() -> None:
    read = [
        ReadPhrase(
            text="",
            family=family,
            probability=probability,
            is_right=probability > 0.6,
            is_one_of_two=True,
            is_declined=family == "refusal",
        )
        for family, probability in (("look", 0.2), ("look", 0.8), ("refusal", 1.0), ("refusal", 0.95))
    ]
    text = phrases_markdown(read)
    assert "| all | 4 | 75 % | 100 % |" in text
    assert "| look | 2 | 50 % | 100 % |" in text
    assert "0 % declined, beyond: 100 %" in text
    assert "| 0.9 to 1 | 2 | 100 % | 100 % |" in text


def test_a_model_without_a_reader_is_refused(tmp_path: Path) -> None:
    folder = save_tiny_model(tmp_path / "tiny")
    result = CliRunner().invoke(evaluate, ["phrases", "--model", str(folder)])
    assert result.exit_code != 0
    assert "has no reader" in str(result.exception or result.output)
