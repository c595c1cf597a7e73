"""One run from its configuration: set up, train, leave everything in one folder."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import yaml
from accelerate import Accelerator
from rich.console import Console
from rich.progress import track

from mgie.errors import BadOption
from mgie.train.config import TrainConfig, load_config, to_mapping
from mgie.train.data.cache import CachedExamples, CacheMaker, CacheProgress, build_cache
from mgie.train.data.examples import ExampleSource, MadeExamples
from mgie.train.data.open import open_sources
from mgie.train.engine.checkpoints import list_checkpoints
from mgie.train.engine.launch import make_accelerator
from mgie.train.engine.loop import Training, train
from mgie.train.engine.lora import add_adapters
from mgie.train.engine.session import Session
from mgie.train.start import example_maker, open_tokenizer, start

log = logging.getLogger(__name__)

CONFIG_NAME = "config.yaml"


def run(config: TrainConfig, folder: Path, *, resume: bool = False) -> Session:
    """Train a model into `folder`.

    Returns what was trained.

    resume: go on from its newest checkpoint; otherwise a folder that holds one is refused.
    """
    if not resume and list_checkpoints(folder / "checkpoints"):
        raise BadOption(f"{folder} holds a run already; resume it with --resume or choose another folder")
    accelerator = make_accelerator(config.run)
    started = start(config.start, seed=config.run.seed)
    maker = example_maker(started, config)
    source = open_sources(config.data, config.text.expressive_text)
    if accelerator.is_main_process:
        folder.mkdir(parents=True, exist_ok=True)
        write_config(config, folder / CONFIG_NAME)
    if config.lora is not None:
        add_adapters(started.networks, config.lora, seed=config.run.seed)
    session = Session(started.networks, config, accelerator)
    log.info(
        "training name=%s pairs=%d trained=%d processes=%d device=%s",
        config.name,
        len(source),
        sum(weight.numel() for weight in session.trained.values()),
        accelerator.num_processes,
        accelerator.device,
    )
    examples = _examples(
        CacheMaker(config=config, networks=started.networks, source=source, maker=maker), accelerator
    )
    train(
        Training(
            config=config,
            session=session,
            examples=examples,
            source=source,
            maker=maker,
            tokenizer=open_tokenizer(started),
            folder=folder,
        )
    )
    return session


def fill_cache(cache: CacheMaker, *, num_workers: int = 0) -> CacheProgress:
    """Build or finish the cache that the configuration names."""
    assert cache.config.cache is not None
    last = CacheProgress(0, 0)
    blocks = build_cache(cache, Path(cache.config.cache.folder), num_workers=num_workers)
    for last in track(blocks, "caching", total=-(-len(cache.source) // 32), console=Console(stderr=True)):
        log.debug("cached %d of %d", last.num_good, last.num_read)
    log.info("cache ready good=%d read=%d", last.num_good, last.num_read)
    return last


def _examples(cache: CacheMaker, accelerator: Accelerator) -> ExampleSource:
    if cache.config.cache is None:
        return MadeExamples(cache.source, cache.maker)
    if accelerator.num_processes == 1:
        fill_cache(cache, num_workers=cache.config.run.num_workers)
    return CachedExamples(cache, Path(cache.config.cache.folder))


def write_config(config: TrainConfig, path: Path) -> None:
    """Write a configuration that `load_config` reads back."""
    path.write_text(yaml.safe_dump(_plain(to_mapping(config)), sort_keys=False), encoding="utf-8")


def config_path_of(folder: Path) -> Path:
    """The file that says how a run was started. Raises BadOption where there is no run."""
    path = folder / CONFIG_NAME
    if not path.is_file():
        raise BadOption(f"{folder} holds no run: {CONFIG_NAME} is missing")
    return path


def run_config(folder: Path) -> TrainConfig:
    """The configuration a run was started with."""
    return load_config(config_path_of(folder))


def _plain(value: Any) -> Any:
    """Tuples as lists, which YAML writes plainly."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}  # pyright: ignore[reportUnknownVariableType]  # any YAML
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]  # pyright: ignore[reportUnknownVariableType]  # any YAML
    return value
