"""From a pair to an example: which text conditions, and what is done with one too long."""

from __future__ import annotations

import dataclasses
from dataclasses import replace

import pytest

from mgie.errors import BadData
from mgie.train.config import TextConfig
from mgie.train.start import example_maker
from support import fake_datasets
from support.tiny_training import tiny_config, tiny_start


def test_an_expressive_condition_needs_an_expressive_instruction() -> None:
    silent = replace(fake_datasets.pairs(1)[0], expressive_instruction=" ")
    assert example_maker(tiny_start("insp2p"), tiny_config("insp2p"))(silent).prompt_ids is not None
    maker = example_maker(
        tiny_start("insp2p"), tiny_config("insp2p", text=TextConfig(conditioning="expressive"))
    )
    with pytest.raises(BadData, match="has no expressive instruction"):
        maker(silent)


def test_a_text_too_long_keeps_its_visual_tokens() -> None:
    config = tiny_config(text=TextConfig(max_tokens=330))
    maker = example_maker(tiny_start(), config)
    long = replace(fake_datasets.pairs(1)[0], expressive_instruction="The sky would be red. " * 20)
    text = maker(long).text
    assert text is not None
    assert len(text.ids) == 330
    assert text.ids[-9:] == [*range(643, 651), 2]
    crowded = dataclasses.replace(long, instruction="make the sky red " * 40)
    with pytest.raises(BadData, match="no room for an answer"):
        maker(crowded)
