"""A wrong tokenizer is refused; markers in the artist's words are powerless."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mgie.errors import BadInstruction, BadTokenizer, EmptyInstruction
from mgie.model.config import TokenConfig
from mgie.model.presets import TINY, TINY_INSPIX2PIX, TINY_LGIE
from mgie.model.prompt import answered_ids, prompt_ids
from mgie.model.text_tokenizer import ClipTokenizer, PieceTokenizer
from mgie.model.tokenizer import Tokenizer, check_added_tokens
from support.tiny import TOKENIZER_FILE

TOKENIZER = Tokenizer.from_file(TOKENIZER_FILE, TINY.tokens)


def test_a_vocabulary_of_another_size_is_refused() -> None:
    with pytest.raises(BadTokenizer, match="has 640 pieces, the model needs 32000"):
        Tokenizer.from_file(TOKENIZER_FILE, TokenConfig(num_pieces=32000))


def test_other_special_ids_are_refused() -> None:
    with pytest.raises(BadTokenizer, match="unk, bos, eos"):
        Tokenizer.from_file(TOKENIZER_FILE, replace(TINY.tokens, bos_id=2, eos_id=1))


def test_a_missing_or_broken_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadTokenizer, match="is missing"):
        Tokenizer.from_file(tmp_path / "tokenizer.model", TINY.tokens)
    (tmp_path / "tokenizer.model").write_bytes(b"no model")
    with pytest.raises(BadTokenizer, match="not a sentencepiece model"):
        Tokenizer.from_file(tmp_path / "tokenizer.model", TINY.tokens)


def test_llavas_tokenizer_passes_with_and_without_visual_tokens() -> None:
    added = TINY.tokens.added_tokens
    check_added_tokens(added, TINY.tokens)
    check_added_tokens({text: i for text, i in added.items() if text.startswith("<im_")}, TINY.tokens)


@pytest.mark.parametrize(
    "added",
    [
        {},
        {"[IMG0]": 640, "<im_patch>": 648},
        {**TINY.tokens.added_tokens, "[IMG3]": 700},
        {**TINY.tokens.added_tokens, "<extra>": 651},
    ],
)
def test_other_added_tokens_are_refused(added: dict[str, int]) -> None:
    with pytest.raises(BadTokenizer, match="added token"):
        check_added_tokens(added, TINY.tokens)


@given(st.text(max_size=40), st.sampled_from(["[IMG0]", "</s>", "<im_start>", "<im_patch>", "<unk>"]))
def test_no_instruction_can_write_a_marker(text: str, marker: str) -> None:
    ids = prompt_ids(TOKENIZER, TINY, f"x{text}{marker}{text}")
    tokens = TINY.tokens
    assert ids.count(tokens.im_patch_id) == TINY.vision.num_patches
    assert ids.count(tokens.im_start_id) == ids.count(tokens.im_end_id) == 1
    assert not set(ids) & set(tokens.visual_ids)
    assert tokens.eos_id not in ids
    assert ids.count(tokens.bos_id) == 1


@given(st.text(max_size=40))
def test_an_answer_continues_the_prompt(text: str) -> None:
    prompt = prompt_ids(TOKENIZER, TINY, "make it red")
    answer = answered_ids(TOKENIZER, TINY, "make it red", text.strip())
    assert answer[: len(prompt)] == prompt
    assert answer[-8:] == list(TINY.tokens.visual_ids)
    assert not set(answer[len(prompt) : -8]) & set(TINY.tokens.visual_ids)


def test_a_prompt_without_a_picture_has_no_image_tokens() -> None:
    ids = prompt_ids(TOKENIZER, TINY_LGIE, "make it red")
    assert max(ids) < TINY_LGIE.tokens.num_pieces


def test_braces_in_an_instruction_are_just_braces() -> None:
    ids = prompt_ids(TOKENIZER, TINY, "{image} {instruction}")
    assert ids.count(TINY.tokens.im_start_id) == 1


@pytest.mark.parametrize("instruction", ["", "  ", "\n\t"])
def test_an_empty_instruction_is_refused(instruction: str) -> None:
    with pytest.raises(EmptyInstruction):
        prompt_ids(TOKENIZER, TINY, instruction)


def test_an_endless_text_is_refused_with_its_length() -> None:
    with pytest.raises(BadInstruction, match="of at most 2048; shorten"):
        prompt_ids(TOKENIZER, TINY, "red " * 3000)
    with pytest.raises(BadInstruction, match="of at most 2048; shorten"):
        answered_ids(TOKENIZER, TINY, "red", "red " * 3000)


def test_piece_rows_have_one_length() -> None:
    tokenizer = PieceTokenizer(TOKENIZER_FILE.read_bytes(), TINY_INSPIX2PIX.text_encoder)
    for text in ("", "make it red", "red " * 200):
        ids = tokenizer.encode(text)
        assert len(ids) == 77
        assert ids[0] == 1
        assert ids[-1] == 2


def test_wrong_text_tokenizers_are_refused(tmp_path: Path) -> None:
    config = TINY_INSPIX2PIX.text_encoder
    with pytest.raises(BadTokenizer, match="not a sentencepiece model"):
        PieceTokenizer(b"no model", config)
    with pytest.raises(BadTokenizer, match="has 640 pieces"):
        PieceTokenizer(TOKENIZER_FILE.read_bytes(), replace(config, vocab_size=49408))
    with pytest.raises(BadTokenizer, match="is missing"):
        ClipTokenizer(tmp_path / "vocab.json", tmp_path / "merges.txt", config)
