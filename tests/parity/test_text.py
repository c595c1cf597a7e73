"""Token ids, prompts and the clean-up of answers, against the published tokenizer and notebook."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from mgie.model.expressive import published_clean_up
from mgie.model.ngram_ban import ban_repeats
from mgie.model.prompt import prompt_ids, published_prompt
from support import parity_pack

PROMPTS = parity_pack.read_json("prompts.json")["inference"]
STRINGS = parity_pack.read_json("tokenizer/strings.json")
CLEAN_UPS = parity_pack.read_json("remove_alter.json")
BANS = parity_pack.read_json("ngram_ban.json")
NUM_PATCHES = parity_pack.config().vision.num_patches


@pytest.mark.parametrize("golden", PROMPTS, ids=lambda golden: repr(golden["instruction"]))
def test_a_prompt_has_the_published_text_and_ids(golden: dict[str, Any]) -> None:
    config, tokenizer = parity_pack.config(), parity_pack.tokenizer()
    prompt = published_prompt(config, golden["instruction"])
    squeezed = prompt.replace("<im_patch>" * NUM_PATCHES, f"{{{NUM_PATCHES}x<im_patch>}}")
    assert squeezed == golden["prompt_squeezed"]
    ids = prompt_ids(tokenizer, config, golden["instruction"], markers_act=True)
    assert ids == golden["ids_slow"]
    decoded = tokenizer.decode(ids)
    patches = " ".join(["<im_patch>"] * NUM_PATCHES)
    assert golden["decoded_slow"] in (decoded, decoded.replace(patches, f"{{{NUM_PATCHES}x<im_patch>}}"))


@pytest.mark.parametrize("golden", PROMPTS, ids=lambda golden: repr(golden["instruction"]))
def test_neutral_markers_change_nothing_in_an_ordinary_instruction(golden: dict[str, Any]) -> None:
    config = parity_pack.config()
    ids = prompt_ids(parity_pack.tokenizer(), config, golden["instruction"])
    markers = [*config.tokens.added_tokens, "<s>", "</s>", "<unk>"]
    has_marker = any(marker in golden["instruction"] for marker in markers)
    assert (ids == golden["ids_slow"]) is not has_marker


@pytest.mark.parametrize("golden", STRINGS, ids=lambda golden: repr(golden["text"]))
def test_a_string_has_the_published_ids_and_decodes_alike(golden: dict[str, Any]) -> None:
    tokenizer = parity_pack.tokenizer()
    assert tokenizer.encode(golden["text"]) == golden["ids_slow"]
    assert tokenizer.decode(golden["ids_slow"]) == golden["decoded_slow"]


@pytest.mark.parametrize("golden", CLEAN_UPS, ids=lambda golden: repr(golden["input"]))
def test_the_published_clean_up(golden: dict[str, Any]) -> None:
    if "error" in golden:
        with pytest.raises(IndexError):
            published_clean_up(golden["input"])
    else:
        assert published_clean_up(golden["input"]) == golden["output"]


def banned_after(ids: list[int]) -> list[int]:
    size, num_tokens = parity_pack.config().language.no_repeat_ngram_size, max([*ids, 0]) + 1
    scores = torch.zeros(1, num_tokens)
    found = ban_repeats(scores, torch.tensor(ids, dtype=torch.long), torch.tensor([len(ids)]), size)
    return found[0].isneginf().nonzero().flatten().tolist()


@pytest.mark.parametrize("golden", BANS["after_prompt"], ids=lambda golden: str(golden["tail"]))
def test_the_ban_counts_prompt_and_answer(golden: dict[str, Any]) -> None:
    assert banned_after([*BANS["prompt_ids"], *golden["tail"]]) == sorted(golden["banned"])


@pytest.mark.parametrize("golden", BANS["plain"], ids=lambda golden: str(golden["ids"]))
def test_the_ban_without_a_prompt(golden: dict[str, Any]) -> None:
    assert banned_after(golden["ids"]) == sorted(golden["banned"])
