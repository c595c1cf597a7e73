"""Making expressive instructions (MGIE, section 3.1): LLaVA answers, clean-up, flan-T5 shortens.

`ask`        LLaVA's whole answer about one pair
`summarise`  the published summary of one answer
`AnswerFile` JSON lines that survive a crash; what is in it is not made again
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import torch
from PIL import Image
from transformers import AutoModelForSeq2SeqLM, AutoTokenizer

from mgie.atomic_write import write_atomically
from mgie.errors import ModelNotInstalled
from mgie.model.config import ModelConfig
from mgie.model.decoding import Decoder
from mgie.model.expressive import guarded_clean_up
from mgie.model.generators import drain
from mgie.model.mllm import embed
from mgie.model.networks import Networks
from mgie.model.prompt import prompt_ids
from mgie.model.tokenizer import Tokenizer
from mgie.model.vision import image_features, pixel_values
from mgie.train.data.pairs import EditPair

# The published question of data preparation; both blanks before the bracket belong to it.
WHAT = "what will this image be like if '{instruction}'  (in a short paragraph)"
# The other question of the ablation; its published wording is not known.
HOW = "how will this image look if '{instruction}'  (in a short paragraph)"
SUMMARY_PROMPT = "summarize the following paragraph in 32 words:\n\n"
MAX_ANSWER_TOKENS = 1024


@dataclass(frozen=True, kw_only=True)
class Answerer:
    """A LLaVA that describes what an edit would look like."""

    networks: Networks
    tokenizer: Tokenizer
    question: str = WHAT  # holds {instruction}
    max_new_tokens: int = MAX_ANSWER_TOKENS

    @property
    def config(self) -> ModelConfig:
        """Of the networks, asking this question."""
        published = "what will this image be like if '{instruction}'"
        prompt = self.networks.config.prompt
        assert prompt is not None
        return replace(self.networks.config, prompt=prompt.replace(published, self.question))


@torch.no_grad()
def ask(answerer: Answerer, pair: EditPair) -> str:
    """LLaVA's answer, greedy, repetition allowed, as published; markers removed."""
    config, networks = answerer.config, answerer.networks
    model, tokens, language = networks.language_model, config.tokens, config.language
    assert model is not None
    assert tokens is not None
    assert language is not None
    ids = prompt_ids(answerer.tokenizer, config, pair.instruction)
    room = language.max_position_embeddings - len(ids)
    decoding = replace(language, max_new_tokens=min(answerer.max_new_tokens, room), no_repeat_ngram_size=0)
    device = model.lm_head.weight.device
    embeds = embed(model, ids, _image_embeds(networks, pair), tokens, device=device)
    writing = Decoder(model, decoding, tokens).generate(embeds, ids, stop_early=False)
    answer = [i for i in drain(writing).answer_ids if i not in tokens.visual_ids and i != tokens.eos_id]
    return answerer.tokenizer.decode(answer).strip()


class Summariser:
    """A T5 that shortens a paragraph as published: 5 beams, 5 to 64 tokens, no repeated 3-gram."""

    def __init__(self, folder: Path, device: torch.device) -> None:
        """folder: e.g. of jordiclive/flan-t5-11b-summarizer-filtered, or a smaller flan-T5."""
        if not (folder / "config.json").is_file():
            raise ModelNotInstalled(f"{folder} holds no T5; download e.g. google/flan-t5-xl into it")
        self._tokenizer = AutoTokenizer.from_pretrained(folder)
        self._model = AutoModelForSeq2SeqLM.from_pretrained(folder).to(device).eval()

    @torch.no_grad()
    def __call__(self, text: str) -> str:
        """The summary."""
        inputs = self._tokenizer(SUMMARY_PROMPT + text, return_tensors="pt").to(self._model.device)
        output = self._model.generate(
            input_ids=inputs["input_ids"],
            attention_mask=inputs["attention_mask"],
            num_beams=5,
            min_length=5,
            max_length=64,
            no_repeat_ngram_size=3,
        )
        return cast(str, self._tokenizer.decode(output[0], skip_special_tokens=True)).strip()


def expressive_line(answer: Mapping[str, Any], summariser: Summariser) -> dict[str, str]:
    """One line of the finished file: the whole answer, its first two sentences, their summary."""
    full = " ".join(str(answer["answer"]).split())
    short = guarded_clean_up(full)
    summarised = summariser(short) if short else ""
    return {
        "key": str(answer["key"]),
        "instruction": str(answer["instruction"]),
        "full": full,
        "short": short,
        "summarised": summarised,
    }


class AnswerFile:
    """Entries by key, one JSON object per line, each on disk before the next is made."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._entries = {str(entry["key"]): entry for entry in _whole_lines(path)}
        write_atomically(path, "".join(_line(entry) for entry in self._entries.values()).encode())

    def __contains__(self, key: str) -> bool:
        """Whether this entry is made already."""
        return key in self._entries

    def __len__(self) -> int:
        """Entries."""
        return len(self._entries)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """Entries in the order they were made."""
        return iter(list(self._entries.values()))

    def add(self, entry: dict[str, Any]) -> None:
        """Append an entry, which needs a `key`."""
        with self._path.open("a", encoding="utf-8") as file:
            file.write(_line(entry))
        self._entries[str(entry["key"])] = entry


def _line(entry: Mapping[str, Any]) -> str:
    return json.dumps(entry, ensure_ascii=False) + "\n"


def _whole_lines(path: Path) -> Iterator[dict[str, Any]]:
    """Entries of a file that may have been cut off in the middle of a line."""
    if not path.exists():
        return
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            entry = json.loads(line)
        except ValueError:
            continue
        if isinstance(entry, dict) and "key" in entry:
            yield cast("dict[str, Any]", entry)


def _image_embeds(networks: Networks, pair: EditPair) -> torch.Tensor | None:
    tower, vision, projector = networks.vision_tower, networks.config.vision, networks.projector
    if tower is None or vision is None or projector is None:
        return None
    pixels = pixel_values(Image.fromarray(pair.image), vision)[None]
    weight = projector.weight
    return projector(image_features(tower, pixels.to(weight.device, weight.dtype), vision))[0]
