"""Where a run begins: the ablations that change the model itself."""

from __future__ import annotations

from dataclasses import replace

from mgie.train.config import TextConfig
from mgie.train.start import example_maker, start
from support import fake_datasets
from support.tiny_training import tiny_config, tiny_start


def test_ablations_change_what_they_say() -> None:
    assert (
        start(replace(tiny_config().start, num_visual_tokens=4), seed=0).config.tokens.num_visual_tokens == 4
    )  # type: ignore[union-attr]  # mgie has tokens
    how = "USER: how will this image look if '{instruction}'\n{image} ASSISTANT:"
    assert start(replace(tiny_config().start, prompt=how), seed=0).config.prompt == how
    pair = fake_datasets.pairs(1)[0]
    ids = [
        example_maker(tiny_start("insp2p"), tiny_config("insp2p", text=TextConfig(conditioning=text)))(
            pair
        ).prompt_ids
        for text in ("instruction", "expressive")
    ]
    assert ids[0] != ids[1]
