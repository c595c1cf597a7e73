"""Expressive instructions are made once each, survive a crash, and reach the training pairs."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
import torch

from mgie.errors import BadData, ModelNotInstalled
from mgie.model.tokenizer import Tokenizer
from mgie.train.data.expressive_texts import WithExpressive, load_texts
from mgie.train.data.pairs import BadPair
from mgie.train.expressive.answers import SUMMARY_PROMPT, Answerer, AnswerFile, Summariser, ask
from mgie.train.expressive.make import answer_all, summarise_all
from support import fake_datasets
from support.tiny import tiny_networks, tiny_tokenizer
from support.tiny_training import write_t5


@pytest.fixture
def answerer() -> Answerer:
    tokenizer = tiny_tokenizer()
    assert isinstance(tokenizer, Tokenizer)
    return Answerer(networks=tiny_networks(), tokenizer=tokenizer, max_new_tokens=12)


@pytest.fixture
def t5_folder(tmp_path: Path) -> Path:
    return write_t5(tmp_path / "t5")


def test_the_question_is_the_published_one(answerer: Answerer) -> None:
    prompt = answerer.config.prompt
    assert prompt is not None
    assert (
        "USER: what will this image be like if '{instruction}'  (in a short paragraph)\n{image} ASS" in prompt
    )
    assert SUMMARY_PROMPT == "summarize the following paragraph in 32 words:\n\n"


def test_an_answer_holds_no_markers(answerer: Answerer) -> None:
    answer = ask(answerer, fake_datasets.pairs(1)[0])
    assert answer == ask(answerer, fake_datasets.pairs(1)[0])
    assert "[IMG" not in answer
    assert "</s>" not in answer


def test_a_second_run_asks_only_what_is_missing(answerer: Answerer, t5_folder: Path, tmp_path: Path) -> None:
    source, path = fake_datasets.pairs(3), tmp_path / "texts.answers.jsonl"
    assert answer_all(source, AnswerFile(path), lambda: answerer) == Counter(made=3)
    first, *_ = path.read_text().splitlines()
    path.write_text(first + '\n{"key": "pair-1", "instr')  # a crash in the middle of a line
    again = AnswerFile(path)
    assert answer_all(source, again, lambda: answerer) == Counter(kept=1, made=2)
    assert answer_all(source, again, _no_model) == Counter(kept=3)

    out = tmp_path / "texts.jsonl"
    summarise_all(again, AnswerFile(out), t5_folder, torch.device("cpu"))
    written = out.read_text()
    summarise_all(again, AnswerFile(out), tmp_path / "no model needed", torch.device("cpu"))
    assert out.read_text() == written
    entries = [json.loads(line) for line in written.splitlines()]
    assert [entry["key"] for entry in entries] == ["pair-0", "pair-1", "pair-2"]
    assert all(entry["full"].startswith(entry["short"][:5]) for entry in entries)
    assert WithExpressive(source, load_texts(out, "full"))[1].expressive_instruction == entries[1]["full"]


def test_a_pair_without_text_is_a_bad_pair(tmp_path: Path) -> None:
    path = tmp_path / "texts.jsonl"
    path.write_text('{"key": "pair-0", "full": "Yes.", "summarised": " "}\n')
    assert load_texts(path, "full") == {"pair-0": "Yes."}
    assert load_texts(path, "summarised") == {}
    with pytest.raises(BadPair, match="mgie data expressive"):
        WithExpressive(fake_datasets.pairs(2), load_texts(path, "full"))[1]
    with pytest.raises(BadData, match="cannot be read"):
        load_texts(tmp_path / "gone.jsonl", "full")


def test_a_missing_summariser_says_what_to_get(tmp_path: Path) -> None:
    with pytest.raises(ModelNotInstalled, match="flan-t5"):
        Summariser(tmp_path, torch.device("cpu"))


def _no_model() -> Answerer:
    raise AssertionError("nothing is left to ask, so no model should be opened")
