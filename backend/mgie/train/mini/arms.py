"""The paper's comparisons at a small scale: models that differ in one thing and see equally many pairs.

Every arm starts from a trained small model, as the paper's start from LLaVA and Stable Diffusion; the edit
head is new, and the painter has the visual tokens alone: it reads no plan. So what the trained model already
does (full texts, the question "what", 6 layers, 8 visual tokens) has a head start that a budget must outlast.

`ARMS`         all models that are compared, by name
`COMPARISONS`  which of them answer a question
`train_arm`    one of them, in a model folder; a killed call goes on
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Literal, TypeAlias

import torch

from mgie.model.config import ModelConfig
from mgie.model.networks import Networks, build_networks
from mgie.model.presets import MINI
from mgie.train.config import StartConfig
from mgie.train.data.expressive_texts import TextKind
from mgie.train.data.synthetic import open_synthetic, save_pack
from mgie.train.mini.pairs import MiniPairs, PairText, make_pairs
from mgie.train.mini.stages import (
    FIRST_RATE,
    FULL_SIZE,
    HALF_SIZE,
    LATER_RATE,
    Phase,
    train_language,
    train_painting,
    whiten,
)
from mgie.train.start import Started, start
from mgie.weights.checkpoint import save_model
from mgie.weights.manifest import MANIFEST_NAME

Comparison: TypeAlias = Literal["text", "question", "size", "tokens"]

_NUM_WHITENING = 512  # pairs whose visual tokens the edit head's start is made from
_WHAT, _HOW = "what will this image be like if", "how will this image look if"


@dataclass(frozen=True, kw_only=True)
class Arm:
    """What is different about one model."""

    text: TextKind = "full"  # see `shortened`
    asks_how: bool = False  # the other question
    num_layers: int = 6  # of the language model
    num_visual_tokens: int = 8

    def config(self, model: ModelConfig) -> ModelConfig:
        """The small model, changed."""
        assert model.language is not None
        assert model.tokens is not None
        assert model.prompt is not None
        return replace(
            model,
            language=replace(model.language, num_layers=self.num_layers),
            tokens=replace(model.tokens, num_visual_tokens=self.num_visual_tokens),
            prompt=model.prompt.replace(_WHAT, _HOW) if self.asks_how else model.prompt,
            plan=None,
            reader=None,
        )


ARMS: dict[str, Arm] = {
    "base": Arm(),
    "short": Arm(text="short"),
    "summarised": Arm(text="summarised"),
    "how": Arm(asks_how=True),
    "2-layers": Arm(num_layers=2),
    "2-tokens": Arm(num_visual_tokens=2),
    "16-tokens": Arm(num_visual_tokens=16),
}
# "base" (full text, the question "what", 6 layers, 8 visual tokens) is one and the same model in all of them.
COMPARISONS: dict[Comparison, tuple[str, ...]] = {
    "text": ("base", "short", "summarised"),
    "question": ("base", "how"),
    "size": ("base", "2-layers"),
    "tokens": ("2-tokens", "base", "16-tokens"),
}


@dataclass(frozen=True, kw_only=True)
class ArmBudget:
    """How many pairs every arm sees."""

    num_pairs: int = 4000  # different ones
    language: int = 8000
    half_size: int = 24_000  # painted; cheap, since the language model rests
    full_size: int = 4000

    def scaled(self, factor: float) -> ArmBudget:
        """All counts times a factor, at least one batch."""
        counts = {field.name: getattr(self, field.name) for field in fields(self)}
        return ArmBudget(**{name: max(64, round(count * factor)) for name, count in counts.items()})


def shortened(text: str, kind: TextKind) -> str:
    """An expressive instruction of the synthetic engine as another kind of text.

    "full": picture, decision and outcome; "short": picture and decision; "summarised": the decision alone.
    """
    if kind == "full":
        return text
    picture, stop, rest = text.partition("photograph. ")
    decision = rest.partition(", so it becomes")[0].rstrip(".") + "."
    return f"{picture}{stop}{decision}" if kind == "short" else decision


def prepare_arms(model: str, photos: Path, out: Path, budget: ArmBudget) -> None:
    """Photographs and the pairs that all arms learn from; a stopped call goes on.

    model: name or folder of the trained small model.
    """
    out.mkdir(parents=True, exist_ok=True)
    pack = out / "photos.npz"
    if not pack.exists():
        save_pack(photos, pack, MINI.native_size_px)
    trained = start(StartConfig(model=model), seed=0)
    source = open_synthetic(pack, split="train", seed=0, num_pairs=budget.num_pairs, for_painting=True)
    deque(make_pairs(source, trained.networks.vae.float(), out / "pairs", budget.num_pairs), maxlen=0)


def train_arm(name: str, model: str, out: Path, budget: ArmBudget) -> Path:
    """One arm on what `prepare_arms` left; returns its model folder."""
    arm, folder = ARMS[name], out / name
    pairs = MiniPairs(out / "pairs", budget.num_pairs, rewrite=lambda text: _reworded(text, arm.text))
    begin = folder / "begin"
    if not (begin / MANIFEST_NAME).exists():
        _write_begin(start(StartConfig(model=model), seed=0), arm, begin)
    language = train_language(begin, folder / "language", pairs, budget.language)
    listening = whiten(language, folder / "listening", pairs.first(_NUM_WHITENING))
    phases = [
        Phase(budget.half_size, HALF_SIZE, FIRST_RATE),
        Phase(budget.full_size, FULL_SIZE, LATER_RATE),
    ]
    return train_painting(listening, folder / name, pairs, phases)


def _reworded(text: PairText, kind: TextKind) -> PairText:
    return text._replace(expressive_instruction=shortened(text.expressive_instruction, kind))


def _write_begin(trained: Started, arm: Arm, folder: Path) -> None:
    """The arm's model before it learns: new words, a painter that can paint already."""
    config = arm.config(trained.config)
    networks = build_networks(config, seed=0)
    _take_over(networks, trained.networks)
    save_model(
        folder,
        config,
        networks,
        tokenizer_files=trained.tokenizer_files,
        name=folder.name,
        license=trained.license,
        source=f"{trained.source} with a fresh edit head, changed into an arm of a comparison",
    )


@torch.no_grad()
def _take_over(networks: Networks, trained: Networks) -> None:
    """All of the trained weights that there is a place for, but the edit head's.

    Layers that an arm lacks are left out; a visual token that it has more keeps its fresh row.
    """
    given = trained.state_dict()
    for name, weight in networks.state_dict().items():
        if name.split(".")[0] in ("edit_head", "emb") or name not in given:
            continue
        rows = min(len(weight), len(given[name]))
        weight[:rows].copy_(given[name][:rows])
    networks.derive_emb()
