"""mgie-mini beside its baselines: painters that start alike and see equally many of the same pairs.

All have the autoencoder and the UNet of one trained model; what tells the UNet what to do begins anew:

mgie    the present recipe: codes of the plan; the half that sees, reads and writes is a trained model's
lgie    codes of a plan that words alone can give: no picture is looked at, in training or later. Where only
        the picture tells, the plan names all that may be meant, and painting has to find out which
insp2p  no plan: the UNet attends to a text encoder of the request, which has first learned to read requests
ft      the same text encoder, but what it reads is mgie's plan (the paper's ablation FT)

`Budget`           how much every painter sees
`train_baselines`  all of them, in model folders; a killed call goes on
`WordsAlone`       what lgie's language model learns: plans without a picture
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Literal, TypeAlias, get_args

import torch
from accelerate import Accelerator

from mgie.errors import BadOption
from mgie.model.config import ModelConfig
from mgie.model.networks import Networks, build_networks
from mgie.model.presets import MINI, MINI_INSPIX2PIX
from mgie.model.prompt import prompt_pieces
from mgie.synth import decisions
from mgie.synth.expressive import decided
from mgie.train.config import StartConfig, load_config
from mgie.train.data.synthetic import SyntheticSource, open_synthetic, save_pack
from mgie.train.engine.launch import make_accelerator
from mgie.train.export import export_model
from mgie.train.mini.arms import shortened
from mgie.train.mini.denoiser_stage import DenoiserConfig, KeptPairs, keep_pairs, keep_plans, train_denoiser
from mgie.train.mini.edit_head_start import start_silent
from mgie.train.mini.graft import take_part
from mgie.train.mini.pairs import MiniPairs, PairText, make_pairs
from mgie.train.mini.stages import FULL_SIZE, HALF_SIZE, PRESET
from mgie.train.mini.text_encoder_stage import ReadingConfig, train_text_encoder
from mgie.train.mini.words_stage import Sentence, Sentences, WordsConfig, train_words
from mgie.train.start import Started, example_maker, open_tokenizer, start
from mgie.weights.checkpoint import load_networks
from mgie.weights.installed import find_model
from mgie.weights.manifest import MANIFEST_NAME

log = logging.getLogger(__name__)

BaselineName: TypeAlias = Literal["mgie", "lgie", "insp2p", "ft"]
BASELINES: tuple[BaselineName, ...] = get_args(BaselineName)

UNSEEN = "I don't see the photograph."  # in place of a description
_JOINED = {
    name: text.replace("|", " or ")
    for name, text in zip(decisions.names(), decisions.texts(), strict=True)
    if "|" in text
}
_RATES = {HALF_SIZE: 8e-4, FULL_SIZE: 5e-4}  # the UNet's, as `by_clock` has them
_CODES_FACTOR, _ENCODER_FACTOR = (
    6.0,
    0.6,
)  # the rates of codes and of a text encoder are so many times as high
_WORDS_BATCH = 32
_SAVE_EVERY, _LOG_EVERY = 50, 10  # steps


@dataclass(frozen=True, kw_only=True)
class Budget:
    """How much every painter sees; and what the two halves that read words alone learn before."""

    num_pairs: int = 5120  # different ones
    half_size: int = 16_000  # pairs seen at half size
    full_size: int = 1280  # and then at full size
    requests: int = 32_000  # that insp2p's text encoder reads first
    words: int = 1600  # requests that lgie's language model learns to answer

    def scaled(self, factor: float) -> Budget:
        """All counts times a factor, at least one batch."""
        counts = {field.name: getattr(self, field.name) for field in fields(self)}
        return Budget(**{name: max(64, round(count * factor)) for name, count in counts.items()})


class WordsAlone(Sentences):
    """Requests and what can be answered to them without a picture."""

    def seen(self, index: int) -> Sentence:
        """There is nothing to see."""
        return self.unseen(index)

    def unseen(self, index: int) -> Sentence:
        """Request `index`, and its whole answer."""
        request, tokens = self._source.request(index), self._config.tokens
        assert tokens is not None
        question = prompt_pieces(self._config, request.text)
        plan = unseeing_plan(request.operation.name, f"{decided(request).rstrip('.')}.")
        ids = self._tokenizer.encode_pieces([*question, f" {plan} ", *tokens.visual_ids, tokens.eos_id])
        return Sentence(ids, len(self._tokenizer.encode_pieces(question)), None)


def unseeing_plan(operation: str, decision: str) -> str:
    """The plan that words alone give. decision: the sentence of one who sees, which may tell too much."""
    said = f"I'll {_JOINED[operation]}." if operation in _JOINED else decision
    return f"{UNSEEN} {said}"


def unseeing_config(model: ModelConfig) -> ModelConfig:
    """The same model without eyes: what only a picture tells is one decision of its own."""
    assert model.prompt is not None
    assert model.reader is not None
    joined = tuple(text.replace("|", " or ") for text in model.reader.decisions)
    return replace(
        model,
        kind="lgie",
        vision=None,
        prompt=model.prompt.replace("\n{image}", ""),
        reader=replace(model.reader, decisions=joined),
    )


def train_baselines(
    language: str,
    painter: str,
    photos: Path,
    out: Path,
    budget: Budget,
    names: Sequence[BaselineName] = BASELINES,
) -> list[Path]:
    """Train what is not there yet; returns the model folders.

    language: a trained mgie-mini, whose half that sees, reads and writes is taken; painter: a model whose
    autoencoder and UNet all begin with. Both by name or folder.
    """
    out.mkdir(parents=True, exist_ok=True)
    pack = out / "photos.npz"
    if not pack.exists():
        save_pack(photos, pack, MINI.native_size_px)
    vae = load_networks(find_model(painter)).float().vae
    source = open_synthetic(pack, split="train", seed=21, num_pairs=budget.num_pairs, for_painting=True)
    deque(make_pairs(source, vae, out / "pairs", budget.num_pairs), maxlen=0)
    return [
        _Painter(name=name, language=language, painter=painter, out=out, budget=budget).train()
        for name in names
    ]


@dataclass(frozen=True, kw_only=True)
class _Painter:
    """One of them, and where it is made."""

    name: BaselineName
    language: str
    painter: str
    out: Path
    budget: Budget

    def train(self) -> Path:
        """From its beginning to a finished model folder."""
        result = self.out / f"{self.name}-mini"
        if (result / MANIFEST_NAME).exists():
            return result
        started = start(StartConfig(model=str(self._begin())), seed=0)
        kept = self._keep(started)
        accelerator = _accelerator()
        for pooling, num_samples in ((HALF_SIZE, self.budget.half_size), (FULL_SIZE, self.budget.full_size)):
            config = DenoiserConfig(
                num_steps=-(-num_samples // DenoiserConfig.batch_size),
                pooling=pooling,
                learning_rate=_RATES[pooling],
                condition_factor=_CODES_FACTOR if kept.conditions is None else _ENCODER_FACTOR,
                ema_decay=0.99,
                save_every=_SAVE_EVERY,
                seed=pooling,
            )
            folder = self._run(f"{self.name}-{pooling}")
            for step in train_denoiser(started.networks, kept, config, accelerator, folder):
                if step.step % _LOG_EVERY == 0:
                    log.info("%s pooling=%d step=%d edit_loss=%.4f copy_loss=%.4f", self.name, pooling, *step)
        export_model(started, result, name=result.name)
        return result

    def _run(self, stage: str) -> Path:
        """Where the checkpoints of a stage lie."""
        return self.out / "runs" / stage

    def _keep(self, started: Started) -> KeptPairs:
        """What tells the UNet what to do with every pair."""
        rewrite = _unseeing_text if self.name == "lgie" else None
        pairs = MiniPairs(self.out / "pairs", self.budget.num_pairs, rewrite=rewrite)
        if started.config.text_encoder is None:
            return keep_plans(started.networks, pairs)
        config = load_config(PRESET)
        conditioning = "expressive" if self.name == "ft" else "instruction"
        config = replace(config, text=replace(config.text, conditioning=conditioning))
        return keep_pairs(started.networks, example_maker(started, config), pairs)

    def _begin(self) -> Path:
        """The model before it paints; insp2p and ft have one and the same."""
        folder = self.out / "start" / ("insp2p-mini" if self.name == "ft" else f"{self.name}-mini")
        if (folder / MANIFEST_NAME).exists():
            return folder
        trained = start(StartConfig(model=self.language), seed=0)
        networks = build_networks(self._config(trained.config), seed=0)
        painting = load_networks(find_model(self.painter)).float()
        for part in ("unet", "vae"):
            take_part(networks, painting, part)
        started = replace(trained, networks=networks)
        if networks.edit_head is None:
            self._read(started)
        else:
            _take_language(networks, trained.networks.float())
        if self.name == "lgie":
            self._learn_words(started)
        export_model(started, folder, name=folder.name)
        return folder

    def _config(self, trained: ModelConfig) -> ModelConfig:
        if trained.reader is None:
            raise BadOption("LANGUAGE has no reader of requests; choose mgie-mini or one like it")
        if self.name in ("insp2p", "ft"):
            return MINI_INSPIX2PIX
        return unseeing_config(trained) if self.name == "lgie" else trained

    def _learn_words(self, started: Started) -> None:
        sentences = WordsAlone(self._requests(), started.config, open_tokenizer(started))  # type: ignore[arg-type]  # a language model's
        config = WordsConfig(
            seconds=0,
            num_steps=-(-self.budget.words // _WORDS_BATCH),
            batch_size=_WORDS_BATCH,
            unseen_factor=1,
            learning_rate=2e-4,
            save_every=_SAVE_EVERY,
        )
        accelerator = _accelerator()
        for step in train_words(started.networks, sentences, config, accelerator, self._run("lgie-words")):
            if step.step % _LOG_EVERY == 0:
                log.info("lgie words step=%d loss=%.4f", step.step, step.loss)

    def _read(self, started: Started) -> None:
        encoder = started.networks.text_encoder
        assert encoder is not None
        tokenizer = open_tokenizer(started)
        config = ReadingConfig(num_requests=self.budget.requests)
        for step in train_text_encoder(encoder, self._requests(), tokenizer, config):  # type: ignore[arg-type]  # a text encoder's
            if step.step % _LOG_EVERY == 0:
                log.info("insp2p reading step=%d loss=%.4f accuracy=%.3f", *step)

    def _requests(self) -> SyntheticSource:
        return open_synthetic(self.out / "photos.npz", split="train", seed=300, num_pairs=None)


def _accelerator() -> Accelerator:
    """In float32: with bfloat16 a step at half size took 1.3 times as long on a CPU."""
    return make_accelerator(replace(load_config(PRESET).run, precision="fp32"))


def _unseeing_text(text: PairText) -> PairText:
    decision = shortened(text.expressive_instruction, "summarised")
    return text._replace(expressive_instruction=unseeing_plan(text.group, decision))


@torch.no_grad()
def _take_language(networks: Networks, trained: Networks) -> None:
    """The reading and writing half, and a head that answers alike to everything, as mgie-mini's does."""
    for part in ("vision_tower", "projector", "language_model", "reader", "region_masks", "faults"):
        if getattr(networks, part) is not None:
            take_part(networks, trained, part)
    networks.derive_emb()
    assert networks.edit_head is not None
    start_silent(networks.edit_head)
