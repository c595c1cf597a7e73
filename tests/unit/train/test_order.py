"""Order and draws depend on the seed and the place in the stream, and on nothing else."""

from __future__ import annotations

from collections import Counter

import torch
from hypothesis import given
from hypothesis import strategies as st

from mgie.train.config import ObjectiveConfig
from mgie.train.data.noise import draw, dropped, stack
from mgie.train.data.order import Place, Shard, StreamOrder

counts = st.integers(1, 4)


def _places(length: int, shard: Shard, *, first_step: int = 0, num_steps: int = 6) -> list[list[Place]]:
    return list(StreamOrder(range(length), shard, seed=3, first_step=first_step, num_steps=num_steps))


@given(length=st.integers(1, 12), batch_size=counts, accumulation=counts, world_size=counts)
def test_all_processes_together_see_the_stream_in_order(
    length: int, batch_size: int, accumulation: int, world_size: int
) -> None:
    shards = [
        Shard(batch_size=batch_size, accumulation=accumulation, rank=rank, world_size=world_size)
        for rank in range(world_size)
    ]
    per_rank = [_places(length, shard) for shard in shards]
    together = [place for batches in zip(*per_rank, strict=True) for batch in batches for place in batch]
    assert [place.position for place in together] == list(range(6 * shards[0].pairs_per_step))
    alone = Shard(batch_size=shards[0].pairs_per_step, accumulation=1)
    assert together == [place for batch in _places(length, alone) for place in batch]


@given(length=st.integers(1, 12), first_step=st.integers(0, 6), accumulation=counts)
def test_a_resumed_run_goes_on_where_it_was(length: int, first_step: int, accumulation: int) -> None:
    shard = Shard(batch_size=2, accumulation=accumulation)
    assert _places(length, shard)[first_step * accumulation :] == _places(
        length, shard, first_step=first_step
    )


@given(length=st.integers(1, 12))
def test_every_pass_sees_every_pair_once(length: int) -> None:
    shard = Shard(batch_size=length, accumulation=1)
    for batch in _places(length, shard):
        assert Counter(place.item for place in batch) == Counter(range(length))


def test_passes_are_shuffled_differently() -> None:
    first, second = _places(30, Shard(batch_size=30, accumulation=1), num_steps=2)
    assert [place.item for place in first] != [place.item for place in second]


def test_draws_of_a_place_never_change_and_differ_from_place_to_place() -> None:
    first, again = (draw(5, 7, (4, 2, 2), 1000) for _ in range(2))
    other = draw(5, 8, (4, 2, 2), 1000)
    assert all(torch.equal(a, b) for a, b in zip(first, again, strict=True))
    assert not torch.equal(first.noise, other.noise)
    assert not torch.equal(first.noise, first.posterior_noise)


def test_draws_have_the_distributions_they_claim() -> None:
    draws = stack([draw(0, position, (4, 4, 4), 1000) for position in range(2000)])
    assert abs(float(draws.noise.mean())) < 0.01
    assert abs(float(draws.noise.std()) - 1) < 0.01
    assert 480 < float(draws.timestep.double().mean()) < 520
    gone = dropped(draws.drop, ObjectiveConfig())
    assert 0.08 < float(gone.text.double().mean()) < 0.12
    assert 0.08 < float(gone.image.double().mean()) < 0.12
    assert 0.03 < float((gone.text & gone.image).double().mean()) < 0.07


def test_conditions_are_dropped_at_the_published_thresholds() -> None:
    drop = torch.tensor([0.0, 0.0499, 0.0501, 0.0999, 0.1001, 0.1499, 0.1501, 0.99])
    gone = dropped(drop, ObjectiveConfig())
    assert gone.text.tolist() == [True, True, True, True, False, False, False, False]
    assert gone.image.tolist() == [False, False, True, True, True, True, False, False]
