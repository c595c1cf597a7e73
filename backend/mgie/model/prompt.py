"""The question put to the language model, as token ids."""

from __future__ import annotations

import re

from mgie.errors import BadInstruction, EmptyInstruction
from mgie.model.config import ModelConfig
from mgie.model.tokenizer import Tokenizer

_SLOTS = re.compile(r"(\{instruction\}|\{image\})")


def prompt_pieces(config: ModelConfig, instruction: str) -> list[str | int]:
    """The prompt as texts and ids. Markers inside the instruction have no power: they stay plain text."""
    assert config.prompt is not None
    pieces: list[str | int] = []
    for part in _SLOTS.split(config.prompt):
        if part == "{image}":
            pieces += _image_ids(config)
        else:
            pieces.append(instruction if part == "{instruction}" else part)
    return pieces


def published_prompt(config: ModelConfig, instruction: str) -> str:
    """The prompt as one string, as published: markers inside the instruction act as tokens."""
    assert config.prompt is not None
    image = ""
    if config.vision is not None:
        image = "<im_start>" + "<im_patch>" * config.vision.num_patches + "<im_end>"
    texts = {"{instruction}": instruction, "{image}": image}
    return "".join(texts.get(part, part) for part in _SLOTS.split(config.prompt))


def prompt_ids(
    tokenizer: Tokenizer, config: ModelConfig, instruction: str, *, markers_act: bool = False
) -> list[int]:
    """Token ids of the question.

    markers_act: read [IMG0], </s>, <im_start> ... inside the instruction as tokens, as published.
    Raises EmptyInstruction, or BadInstruction when prompt and answer would not fit the model.
    """
    assert config.language is not None
    check_instruction(instruction)
    if markers_act:
        ids = tokenizer.encode(published_prompt(config, instruction))
    else:
        ids = tokenizer.encode_pieces(prompt_pieces(config, instruction))
    _check_length(len(ids) + config.language.max_new_tokens, config)
    return ids


def check_instruction(instruction: str) -> None:
    """Raise EmptyInstruction when nothing is asked for."""
    if not instruction.strip():
        raise EmptyInstruction("the instruction is empty; say what the picture should become")


def answered_ids(
    tokenizer: Tokenizer, config: ModelConfig, instruction: str, expressive_instruction: str
) -> list[int]:
    """Token ids of question and given answer, up to and with the last visual token."""
    assert config.tokens is not None
    answer = [f" {expressive_instruction} ", *config.tokens.visual_ids]
    ids = tokenizer.encode_pieces(prompt_pieces(config, instruction) + answer)
    _check_length(len(ids), config)
    return ids


def decided_ids(tokenizer: Tokenizer, config: ModelConfig, instruction: str, begun: str) -> list[int]:
    """Token ids of question and the begun answer, for the model to go on with."""
    ids = tokenizer.encode_pieces([*prompt_pieces(config, instruction), f" {begun}"])
    assert config.language is not None
    _check_length(len(ids) + config.language.max_new_tokens, config)
    return ids


def _image_ids(config: ModelConfig) -> list[int]:
    assert config.tokens is not None
    assert config.vision is not None
    patches = [config.tokens.im_patch_id] * config.vision.num_patches
    return [config.tokens.im_start_id, *patches, config.tokens.im_end_id]


def _check_length(num_tokens: int, config: ModelConfig) -> None:
    assert config.language is not None
    limit = config.language.max_position_embeddings
    if num_tokens > limit:
        raise BadInstruction(
            f"instruction and answer take {num_tokens} tokens of at most {limit}; shorten the text"
        )
