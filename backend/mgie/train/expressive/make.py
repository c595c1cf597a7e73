"""Two passes over a data set, all answers, then all summaries: one large model in memory at a time."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import torch
from rich.console import Console
from rich.progress import track
from torch import nn

from mgie.errors import BadOption
from mgie.model import presets
from mgie.model.networks import Networks
from mgie.model.tokenizer import Tokenizer
from mgie.train.data.pairs import BadPair, PairSource
from mgie.train.expressive.answers import Answerer, AnswerFile, Summariser, ask, expressive_line
from mgie.train.start_published import language_networks
from mgie.weights.checkpoint import load_networks
from mgie.weights.installed import find_model

log = logging.getLogger(__name__)


def answer_all(source: PairSource, answers: AnswerFile, open_model: Callable[[], Answerer]) -> Counter[str]:
    """Ask about every pair that has no answer yet. The model is opened only if there is one to ask about.

    Returns how many were `made`, were there (`kept`) and could not be read (`bad`).
    """
    counts: Counter[str] = Counter()
    answerer: Answerer | None = None
    for index in track(range(len(source)), "asking", console=Console(stderr=True)):
        try:
            pair = source[index]
        except BadPair as error:
            counts["bad"] += 1
            log.warning("pair skipped error=%s", error)
            continue
        if pair.key in answers:
            counts["kept"] += 1
            continue
        answerer = answerer or open_model()
        answer = ask(answerer, pair)
        answers.add({"key": pair.key, "instruction": pair.instruction, "answer": answer})
        counts["made"] += 1
    return counts


def summarise_all(answers: AnswerFile, lines: AnswerFile, folder: Path, device: torch.device) -> None:
    """Summarise every answer that has no line yet."""
    missing = [answer for answer in answers if answer["key"] not in lines]
    if not missing:
        return
    summariser = Summariser(folder, device)
    for answer in track(missing, "summarising", console=Console(stderr=True)):
        lines.add(expressive_line(answer, summariser))


def open_answerer(
    *,
    model: str | None,
    llava: Path | None,
    clip: Path | None,
    question: str,
    max_new_tokens: int,
    device: str,
) -> Answerer:
    """The model that answers: an installed one, or LLaVA and CLIP from their folders."""
    if model is not None:
        folder = find_model(model)
        networks = load_networks(folder)
    elif llava is not None and clip is not None:
        folder, networks = llava, language_networks(llava, clip, presets.MGIE_7B, seed=0)
    else:
        raise BadOption("say who answers: --model, or --llava and --clip")
    if networks.config.tokens is None:
        raise BadOption(f"{folder} is a model of kind insp2p, which writes nothing")
    _to_device(networks, torch.device(device))
    tokenizer = Tokenizer.from_file(folder / "tokenizer.model", networks.config.tokens)
    return Answerer(networks=networks, tokenizer=tokenizer, question=question, max_new_tokens=max_new_tokens)


def _to_device(networks: Networks, device: torch.device) -> None:
    """Move what answers; the rest may have no memory at all."""
    parts: list[nn.Module | None] = [networks.vision_tower, networks.projector, networks.language_model]
    for part in parts:
        if part is not None:
            part.to(device)
