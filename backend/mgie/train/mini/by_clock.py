"""mgie-mini by the clock, on whatever machine is there: every stage lasts its share of the minutes.

From fresh weights (`fresh_start`), or from the handed halves of other models (`grafted_start`):

1. autoencoder   in float32 (fresh weights only)
2. words         the language model learns to understand requests and to write plans; meanwhile a thread
                 makes pairs and encodes them, with processes that read and edit the photographs
3. reader        learns to read requests from words alone, masks to find regions, and faults to be told
                 from tones and colours, in so many steps each
4. told          denoiser and codes of the plans, without visual tokens yet, at half size
5. painting      edit head, codes and denoiser together, at half size and at full size

A killed run goes on from its newest checkpoints, stage by stage.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from torch.utils.data import DataLoader

from mgie.model.networks import Networks, build_networks
from mgie.model.presets import MINI
from mgie.train.config import StartConfig, load_config
from mgie.train.data.pairs import EditPair, PairSource
from mgie.train.data.synthetic import load_photos, open_synthetic
from mgie.train.engine.launch import make_accelerator
from mgie.train.export import export_model
from mgie.train.mini.autoencoder import AutoencoderConfig, linear_start, train_autoencoder, whiten_latents
from mgie.train.mini.clock import Clock
from mgie.train.mini.denoiser_stage import DenoiserConfig, KeptPairs, keep_pairs, train_denoiser
from mgie.train.mini.denoiser_start import start_unchanged
from mgie.train.mini.edit_head_start import start_silent, start_whitened
from mgie.train.mini.faults_stage import FaultsTraining, train_faults
from mgie.train.mini.graft import graft
from mgie.train.mini.masks_stage import MasksTraining, train_masks
from mgie.train.mini.pairs import MiniPairs, make_pairs, num_made
from mgie.train.mini.prepare import NUM_WHITENING, prepare_words
from mgie.train.mini.reader_stage import ReaderTraining, train_reader, with_reader
from mgie.train.mini.stages import FULL_SIZE, HALF_SIZE, PRESET
from mgie.train.mini.words_stage import Sentences, WordsConfig, train_words
from mgie.train.start import Started, example_maker, open_tokenizer, start
from mgie.weights.checkpoint import save_model
from mgie.weights.manifest import MANIFEST_NAME

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class ByClock:
    """How long everything takes, and how much at once."""

    minutes: float  # all stages together; setting up and writing come on top
    num_pairs: int = 200_000  # at most; made as long as the words are trained
    batch_factor: int = 1  # batches are so many times as large as on a CPU
    num_workers: int = 0  # processes that make the data; 0: none besides the training
    reader: ReaderTraining = field(default_factory=ReaderTraining)
    masks: MasksTraining = field(default_factory=MasksTraining)
    faults: FaultsTraining = field(default_factory=FaultsTraining)
    autoencoder: float = 0.15  # shares of the minutes, for fresh weights
    words: float = 0.37
    told: float = 0.18
    half_size: float = 0.10
    full_size: float = 0.20

    def with_small_parts(self, scale: float) -> ByClock:
        """The same with reader, masks and faults learning from so much of what they would."""
        return replace(
            self,
            reader=replace(self.reader, num_requests=max(128, round(self.reader.num_requests * scale))),
            masks=replace(self.masks, num_steps=max(1, round(self.masks.num_steps * scale))),
            faults=replace(self.faults, num_pictures=max(16, round(self.faults.num_pictures * scale))),
        )

    def seconds(self, stage: str) -> float:
        """How long a stage takes."""
        return 60 * self.minutes * float(getattr(self, stage))


def fresh_start(photos: Path, out: Path, plan: ByClock) -> Path:
    """Vocabulary, and fresh weights with a trained autoencoder; returns the model folder."""
    pack, tokenizer = prepare_words(photos, out)
    model = out / "start"
    if (model / MANIFEST_NAME).exists():
        return model
    config = with_reader(MINI)
    networks = build_networks(config, seed=0)
    start_unchanged(networks.unet)
    linear_start(networks.vae)
    vae = _on_device(networks.vae)
    squares = load_photos(pack, MINI.native_size_px, "train")
    crops = AutoencoderConfig(num_steps=1, batch_size=16 * plan.batch_factor)
    for step in train_autoencoder(vae, squares, crops, clock=Clock(plan.seconds("autoencoder"))):
        if step.step % 100 == 0:
            log.info("autoencoder step=%d loss=%.4f psnr_db=%.2f", *step)
    whiten_latents(vae, squares[:NUM_WHITENING])
    save_model(
        model,
        config,
        networks.cpu(),
        tokenizer_files=[tokenizer],
        name="mgie-mini",
        license="Apache-2.0",
        source="fresh weights, autoencoder trained on photographs",
    )
    return model


def grafted_start(photos: Path, out: Path, language: Path, painter: Path) -> Path:
    """Vocabulary, and a model grown from the language half of one folder and the painting half of another."""
    _, tokenizer = prepare_words(photos, out)
    model = out / "start"
    if not (model / MANIFEST_NAME).exists():
        graft(language, painter, model, with_reader(MINI), tokenizer)
    return model


def train_by_clock(model: Path, out: Path, plan: ByClock) -> Path:
    """All stages but the autoencoder, from the folder `model`; returns the model folder that comes out."""
    maker = _PairMaker(model, out, plan)
    maker.start()
    worded = _train_words(model, out / "words", plan, out / "photos.npz")
    pairs = maker.finish()
    started = start(StartConfig(model=str(worded)), seed=0)
    return _train_painting(started, pairs, out / "mgie-mini", plan)


def _train_words(model: Path, out: Path, plan: ByClock, pack: Path) -> Path:
    if (out / MANIFEST_NAME).exists():
        return out
    started = start(StartConfig(model=str(model)), seed=0)
    started.networks.to(_device())
    source = open_synthetic(pack, split="train", seed=300, num_pairs=None)
    tokenizer = open_tokenizer(started)
    sentences = Sentences(source, started.networks.config, tokenizer)  # type: ignore[arg-type]  # a language model's
    config = WordsConfig(
        seconds=plan.seconds("words"),
        batch_size=WordsConfig.batch_size * plan.batch_factor,
        num_workers=plan.num_workers,
    )
    accelerator = make_accelerator(load_config(PRESET).run)
    run = out.with_name(f"{out.name}-run")
    for step in train_words(started.networks, sentences, config, accelerator, run):
        if step.step % 50 == 0:
            log.info("words step=%d loss=%.4f with_pictures=%s share=%.3f", *step)
    reader = started.networks.cpu().reader
    assert reader is not None
    for each in train_reader(reader, source, plan.reader):
        log.info("reader round=%d loss=%.4f accuracy=%.3f", *each)
    photos = load_photos(pack, MINI.native_size_px, "train")
    masks, faults = started.networks.region_masks, started.networks.faults
    assert masks is not None
    assert faults is not None
    for done in train_masks(masks, photos, plan.masks):
        if done.step % 1000 == 0:
            log.info("masks step=%d error=%.4f", *done)
    for told in train_faults(faults, photos, plan.faults):
        if told.number % 10 == 0:
            log.info("faults round=%d accuracy=%.3f", *told)
    return _export(started, out)


def _keep_states(started: Started, pairs: MiniPairs) -> KeptPairs:
    """The visual tokens of all pairs; a fresh edit head begins silent, but attends to them."""
    networks = started.networks.to(_device())
    kept = keep_pairs(networks, example_maker(started, load_config(PRESET)), pairs)
    networks.cpu()
    assert networks.edit_head is not None
    assert networks.emb is not None
    assert kept.conditions is not None
    states = kept.conditions.cpu()
    start_whitened(networks.edit_head, states, networks.emb)
    start_silent(networks.edit_head)
    return kept._replace(conditions=states)


def _train_painting(started: Started, pairs: MiniPairs, out: Path, plan: ByClock) -> Path:
    """Told by the plans alone at first, then with the visual tokens; at half size, then at full size."""
    if (out / MANIFEST_NAME).exists():
        return out
    kept = _keep_states(started, pairs)
    told = kept._replace(conditions=None)
    for name, given, pooling in (
        ("told", told, HALF_SIZE),
        ("half_size", kept, HALF_SIZE),
        ("full_size", kept, FULL_SIZE),
    ):
        config = _denoiser_config(plan, pooling, condition_factor=6.0 if given is told else 0.6)
        folder = out.with_name(f"{out.name}-{name}")
        _run_denoiser(started.networks, given, config, folder, Clock(plan.seconds(name)))
    return _export(started, out)


def _run_denoiser(
    networks: Networks,
    kept: KeptPairs,
    config: DenoiserConfig,
    out: Path,
    clock: Clock,
) -> None:
    accelerator = make_accelerator(load_config(PRESET).run)
    networks.to(accelerator.device)
    for step in train_denoiser(networks, kept, config, accelerator, out, clock=clock):
        if step.step % 50 == 0:
            log.info("%s step=%d edit_loss=%.4f copy_loss=%.4f", out.name, *step)


def _denoiser_config(plan: ByClock, pooling: int, *, condition_factor: float) -> DenoiserConfig:
    return DenoiserConfig(
        num_steps=1,  # the clock ends it
        batch_size=DenoiserConfig.batch_size * plan.batch_factor,
        pooling=pooling,
        learning_rate=8e-4 if pooling == HALF_SIZE else 5e-4,
        condition_factor=condition_factor,
    )


class _PairMaker:
    """Makes pairs in a thread until told to finish: processes edit, the thread encodes and writes."""

    def __init__(self, model: Path, out: Path, plan: ByClock) -> None:
        self._folder, self._plan, self._pack = out / "pairs", plan, out / "photos.npz"
        # Loaded here: building networks without memory patches torch for all threads at once.
        self._vae = _on_device(start(StartConfig(model=str(model)), seed=0).networks.vae)
        self._is_done = threading.Event()
        self._thread = threading.Thread(target=self._work, name="pairs", daemon=True)

    def start(self) -> None:
        """Begin, or go on with what an earlier run made."""
        self._thread.start()

    def finish(self) -> MiniPairs:
        """Stop after the block in hand; all pairs there are."""
        self._is_done.set()
        self._thread.join()
        return MiniPairs(self._folder, num_made(self._folder))

    def _work(self) -> None:
        plan = self._plan
        source = open_synthetic(
            self._pack, split="train", seed=11, num_pairs=plan.num_pairs, for_painting=True
        )
        begun = num_made(self._folder)
        loader = DataLoader(
            source,  # type: ignore[arg-type]  # indexable, which is all that is needed
            sampler=range(begun, plan.num_pairs),
            batch_size=None,
            num_workers=plan.num_workers,
            collate_fn=_as_it_is,
        )
        for _ in make_pairs(_Ahead(source, iter(loader)), self._vae, self._folder, plan.num_pairs):
            if self._is_done.is_set():
                break


class _Ahead:
    """Pairs in the order they are asked for, made ahead by processes."""

    def __init__(self, source: PairSource, pairs: Iterator[EditPair]) -> None:
        self._source, self._pairs = source, pairs

    @property
    def name(self) -> str:
        """The source's."""
        return self._source.name

    def __len__(self) -> int:
        """Number of pairs."""
        return len(self._source)

    def __getitem__(self, index: int) -> EditPair:
        return next(self._pairs)


def _device() -> torch.device:
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def _export(started: Started, out: Path) -> Path:
    started.networks.cpu()
    export_model(started, out, name="mgie-mini")
    log.info("written %s", out)
    return out


def _as_it_is(pair: Any) -> Any:
    return pair


def _on_device(vae: Any) -> AutoencoderKL:
    return vae.to(_device())
