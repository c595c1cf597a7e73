"""What frozen networks make of the data is computed once, and gives the same losses."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from accelerate import Accelerator

from mgie.errors import BadData
from mgie.train.config import CacheConfig, PicturesConfig, TrainConfig
from mgie.train.data.cache import CachedExamples, CacheMaker, build_cache
from mgie.train.data.examples import Collator, Drawn, MadeExamples
from mgie.train.data.noise import draw
from mgie.train.engine.session import Session
from mgie.train.start import example_maker
from support import fake_datasets
from support.tiny_training import tiny_config, tiny_start


def _cache_maker(config: TrainConfig) -> CacheMaker:
    started = tiny_start()
    source = fake_datasets.pairs(5)
    return CacheMaker(
        config=config, networks=started.networks, source=source, maker=example_maker(started, config)
    )


@pytest.mark.parametrize("has_features", [True, False])
def test_cached_examples_give_the_losses_of_made_ones(has_features: bool, tmp_path: Path) -> None:
    config = tiny_config(cache=CacheConfig(folder=str(tmp_path), has_features=has_features))
    cache = _cache_maker(config)
    building = build_cache(cache, tmp_path, block=2)
    next(building)
    building.close()  # stopped after the first block, then gone on with
    with pytest.raises(BadData, match="unfinished"):
        CachedExamples(cache, tmp_path)
    assert [progress.num_read for progress in build_cache(cache, tmp_path, block=2)] == [4, 5]
    session = Session(cache.networks, config, Accelerator(cpu=True))
    losses: list[float] = []
    for examples in (CachedExamples(cache, tmp_path), MadeExamples(cache.source, cache.maker)):
        drawn = [Drawn(examples[i], draw(0, i, cache.maker.latent_shape, 1000), ()) for i in range(5)]
        with torch.no_grad():
            result = session.model(Collator(cache.maker)(drawn))
        losses += [float(result.instruction + result.edit)]
    assert losses[0] == pytest.approx(losses[1], rel=1e-4)  # features are kept in half precision


def test_a_cache_of_something_else_is_refused(tmp_path: Path) -> None:
    config = tiny_config(cache=CacheConfig(folder=str(tmp_path)))
    list(build_cache(_cache_maker(config), tmp_path))
    other = replace(config, pictures=PicturesConfig(size_px=64, intermediate_px=None))
    with pytest.raises(BadData, match="made from other data"):
        CachedExamples(_cache_maker(other), tmp_path)
