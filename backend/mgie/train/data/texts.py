"""The text of one training example: question, expressive instruction, visual tokens, end."""

from __future__ import annotations

from typing import NamedTuple

from mgie.model.config import ModelConfig
from mgie.model.prompt import prompt_pieces, published_prompt
from mgie.model.tokenizer import Tokenizer
from mgie.train.config import TextConfig
from mgie.train.data.pairs import BadPair


class TrainingText(NamedTuple):
    """Token ids; everything from `num_prompt` on is to be learned."""

    ids: list[int]
    num_prompt: int


def training_text(
    tokenizer: Tokenizer, model: ModelConfig, text: TextConfig, instruction: str, expressive_instruction: str
) -> TrainingText:
    """Question and answer as the model should write it. Raises `BadPair` for what cannot be learned from."""
    if not expressive_instruction.strip():
        raise without_expressive(instruction)
    if text.too_long == "published":
        return _published(tokenizer, model, text, instruction, expressive_instruction)
    question = prompt_pieces(model, instruction)
    num_prompt = len(tokenizer.encode_pieces(question))
    assert model.tokens is not None
    end = [*model.tokens.visual_ids, model.tokens.eos_id]
    ids = tokenizer.encode_pieces([*question, f" {expressive_instruction} ", *end])
    if num_prompt + 1 + len(end) > text.max_tokens:
        raise BadPair(f"the question takes {num_prompt} tokens of {text.max_tokens}: no room for an answer")
    if len(ids) > text.max_tokens:
        ids = ids[: text.max_tokens - len(end)] + end
    return TrainingText(ids, num_prompt)


def without_expressive(instruction: str) -> BadPair:
    """What to raise for a pair whose expressive instruction is needed but missing."""
    return BadPair(f"{instruction!r} has no expressive instruction; make it with `mgie data expressive`")


def _published(
    tokenizer: Tokenizer, model: ModelConfig, text: TextConfig, instruction: str, expressive_instruction: str
) -> TrainingText:
    """As published: markers in the texts act, and what is too long is cut off behind."""
    assert model.tokens is not None
    question = published_prompt(model, instruction)
    visual = " ".join(f"[IMG{i}]" for i in range(model.tokens.num_visual_tokens))
    ids = tokenizer.encode(f"{question} {expressive_instruction} {visual}</s>")[: text.max_tokens]
    return TrainingText(ids, min(len(tokenizer.encode(question)), len(ids)))


def window_start(text: TrainingText, model: ModelConfig, padded_length: int) -> int:
    """First of the states that become the visual tokens: the one that predicts [IMG0].

    A text cut as published may lack [IMG0]; then the window begins nine from the end of the padded
    batch, and never later than that.
    """
    assert model.tokens is not None
    last = padded_length - model.tokens.num_visual_tokens - 1
    first_visual = model.tokens.visual_ids[0]
    if first_visual not in text.ids[text.num_prompt :]:
        return last
    return min(text.ids.index(first_visual, text.num_prompt) - 1, last)
