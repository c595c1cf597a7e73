"""Plans are read for what they decide: declining is exact, and an unsure decision has a rival."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from mgie.errors import BadOption
from mgie.model.config import PlanConfig
from mgie.model.editor import make_editor, run_edit
from mgie.model.events import EditDone, EncodingReady
from mgie.model.generators import drain
from mgie.model.mllm import Choice
from mgie.model.plan import declined, find_decision
from mgie.model.presets import MINI, TINY
from mgie.synth.expressive import DECLINED
from support.tiny import tiny_info, tiny_networks, tiny_picture, tiny_tokenizer

PLAN = PlanConfig(
    declines_with="I can't do that",
    decides_after="photograph.",
    decides_until=", so it becomes",
    unsure_below=0.5,
)
WORDS = ["This is a dark photograph.", " I'll", " warm", " it", ", so", " it becomes", " warmer."]


def decode(ids: Sequence[int]) -> str:
    """Words by their numbers."""
    return "".join(WORDS[index] for index in ids)


def choices(*probabilities: float) -> list[Choice]:
    """One per word; the second likeliest has what is left."""
    return [Choice(share, 0, 1 - share) for share in probabilities]


def editor(plan: PlanConfig):  # as `make_editor`
    """A tiny editor whose answers are read with `plan`."""
    config = replace(TINY, plan=plan)
    return make_editor(config, tiny_networks(), tiny_tokenizer(), info=tiny_info())


def test_the_decision_is_what_stands_between_the_set_words() -> None:
    sure = choices(0.1, 0.9, 0.6, 0.9, 0.1, 0.1, 0.1)
    decision = find_decision(range(7), sure, decode, PLAN)
    assert decision is not None
    assert decision.probability == pytest.approx(0.9 * 0.6 * 0.9)
    assert decision.branch == 2


def test_an_answer_in_other_words_has_no_decision() -> None:
    assert find_decision([1, 2, 3], choices(0.5, 0.5, 0.5), decode, PLAN) is None


def test_declining_is_known_by_its_words() -> None:
    assert declined(f"This is a dark, warm photograph. {DECLINED}", MINI.plan) == DECLINED
    assert not declined("This is a dark, warm photograph. I'll warm the light.", MINI.plan)
    assert not declined(DECLINED, None)


@pytest.mark.parametrize(
    "sentence",
    [
        DECLINED,
        "I can\u2019t do that.",
        "i cant do that",
        "I CAN'T DO THAT",
        "I cannot do that, sorry.",
        "I can not do  that.",
    ],
)
def test_an_artist_declines_in_any_spelling(sentence: str) -> None:
    assert declined(f"This is a dark photograph. {sentence}", MINI.plan) == sentence


@pytest.mark.parametrize("sentence", ["I can do that.", "I'll cant the light.", "I can't see that well."])
def test_other_sentences_do_not_decline(sentence: str) -> None:
    assert not declined(sentence, MINI.plan)


def test_what_is_declined_is_not_painted_and_says_what_can_be_done_instead() -> None:
    """Any text of the tiny model holds its first letter, so it always declines."""
    picture = tiny_picture()
    text = drain(editor(PLAN).encode(picture, "add a dog")).expressive_instruction
    declining = editor(replace(PLAN, declines_with=text[0], suggestions=("make it warmer",)))
    events = list(run_edit(declining, picture, "add a dog", seed=0))
    assert isinstance(events[-1], EncodingReady)
    assert events[-1].encoding.declined
    assert events[-1].encoding.suggestions == ("make it warmer",)
    assert not any(isinstance(event, EditDone) for event in events)
    assert not drain(editor(PLAN).encode(picture, "add a dog")).suggestions


def test_an_unsure_editor_gives_two_readings_and_a_sure_one_none() -> None:
    picture = tiny_picture()
    text = drain(editor(PLAN).encode(picture, "make it warmer")).expressive_instruction
    unsure = replace(PLAN, decides_after=text.split(" ")[0], unsure_below=1.0)
    events = list(run_edit(editor(unsure), picture, "make it warmer", seed=0))
    (ready,) = (event for event in events if isinstance(event, EncodingReady))
    first, second = ready.encoding.readings
    assert first.text == ready.encoding.expressive_instruction
    assert second.text
    assert all(0 <= reading.probability <= 1 for reading in (first, second))
    sure = replace(unsure, unsure_below=0.0)
    assert drain(editor(sure).encode(picture, "make it warmer")).readings == ()


def test_a_plan_without_words_is_refused() -> None:
    with pytest.raises(BadOption, match="must not be empty"):
        replace(PLAN, decides_until="")
    with pytest.raises(BadOption, match="0 to 1"):
        replace(PLAN, unsure_below=1.5)
