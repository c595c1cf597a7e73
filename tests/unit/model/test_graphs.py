"""Graphs: compared before they are trusted, kept by use, and never needed."""

from __future__ import annotations

import pytest
import torch

from mgie.model.company import company
from mgie.model.conditioning import install
from mgie.model.diffusion import prepare_denoiser
from mgie.model.events import SamplingOptions
from mgie.model.graphs import Graphs, graphs_for
from mgie.model.networks import Networks
from mgie.model.step_graphs import GraphedDenoiser, StepGraphs
from support.capture import FakeCapture
from support.tiny import tiny_networks

SOURCE = torch.arange(4.0)


def double() -> torch.Tensor:
    return 2 * SOURCE


def test_without_a_backend_everything_is_done_the_ordinary_way() -> None:
    graphs = graphs_for(torch.device("cpu"))
    assert not graphs.is_available
    assert torch.equal(graphs.run("double", 0, lambda: pytest.fail("captured"), double), double())


def test_the_first_use_is_compared_and_later_ones_are_replayed() -> None:
    backend, ordinary = FakeCapture(), []
    graphs = Graphs(backend)

    def noted() -> torch.Tensor:
        ordinary.append(1)
        return double()

    for _ in range(3):
        assert torch.equal(graphs.run("double", 0, double, noted), double())
    assert (backend.num_captures, backend.num_replays, len(ordinary)) == (1, 3, 1)


@pytest.mark.parametrize(
    ("backend", "reason"),
    [
        (FakeCapture(fails=True), "capturing is not supported"),
        (FakeCapture(error=0.5), "differs by 0.083 of the largest"),
        (FakeCapture(error=float("nan")), "differs by inf of the largest"),
    ],
    ids=["fails", "differs", "is no number"],
)
def test_what_cannot_be_trusted_stays_ordinary(
    backend: FakeCapture, reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    graphs = Graphs(backend)
    for _ in range(3):
        assert torch.equal(graphs.run("double", 0, double, double), double())
    assert graphs.refused == {"double": reason}
    assert caplog.messages == [f"no graph for double, which stays slower: {reason}"]


def test_rounding_is_no_reason_to_refuse() -> None:
    graphs = Graphs(FakeCapture(error=1e-4))
    graphs.run("double", 0, double, double)
    assert not graphs.refused


def test_the_least_recently_used_graph_goes() -> None:
    backend = FakeCapture()
    graphs = Graphs(backend, capacity=2)
    for owner in (0, 1, 0, 2, 0):
        graphs.run("double", owner, double, double)
    assert backend.num_captures == 3
    graphs.run("double", 1, double, double)
    assert backend.num_captures == 4
    graphs.clear()
    assert backend.num_starts == 1  # the pool of no graph at all cannot be shared
    graphs.run("double", 0, double, double)
    assert backend.num_captures == 5


def test_what_belongs_to_a_dropped_owner_goes_with_it() -> None:
    backend = FakeCapture()
    graphs = Graphs(backend)
    for owner in (0, 1):
        graphs.run("double", owner, double, double)
    graphs.forget(0)
    for owner in (0, 1):
        graphs.run("double", owner, double, double)
    assert backend.num_captures == 3


def test_nothing_is_captured_while_another_thread_uses_the_device() -> None:
    backend = FakeCapture()
    graphs = Graphs(backend)
    with company():
        assert torch.equal(graphs.run("double", 0, double, double), double())
    assert (backend.num_captures, graphs.refused) == (0, {})
    graphs.run("double", 0, double, double)
    with company():
        graphs.run("double", 0, double, double)
    assert (backend.num_captures, backend.num_replays) == (1, 2)


@pytest.fixture(scope="module")
def networks() -> Networks:
    networks = tiny_networks()
    install(networks.unet)
    return networks


def some(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


@torch.no_grad()
def test_steps_by_graph_are_keyed_by_batch_and_size_and_serve_any_edit(networks: Networks) -> None:
    backend = FakeCapture()
    step_graphs = StepGraphs(Graphs(backend))
    edits = []
    for seed, (batch, size) in enumerate([(1, 8), (1, 8), (2, 8), (1, 16)]):
        options = SamplingOptions(guidance_scale=5.0 + seed)
        embeds, latents = some(batch, 77, 48, seed=seed), some(batch, 4, size, size, seed=seed)
        plain = prepare_denoiser(networks.unet, embeds, some(1, 77, 48, seed=9), latents, options)
        edits.append((plain, step_graphs.denoiser(plain), latents))
    for _ in range(2):  # edits that take turns
        for plain, graphed, latents in edits:
            assert isinstance(graphed, GraphedDenoiser)
            timestep = torch.tensor(500.0)
            torch.testing.assert_close(graphed(latents, timestep), plain(latents, timestep))
    assert backend.num_captures == 3  # the first two have one size
    assert backend.num_replays == 8


@torch.no_grad()
def test_steps_with_and_without_guidance_have_graphs_of_their_own(networks: Networks) -> None:
    """Three pictures without guidance are as many rows as one with it, in other roles."""
    backend = FakeCapture()
    step_graphs = StepGraphs(Graphs(backend))
    guided, unguided = SamplingOptions(), SamplingOptions().unguided
    for _ in range(2):
        for batch, options in ((1, guided), (3, unguided)):
            embeds, latents = some(batch, 77, 48, seed=batch), some(batch, 4, 8, 8, seed=batch)
            plain = prepare_denoiser(networks.unet, embeds, some(1, 77, 48, seed=9), latents, options)
            found = step_graphs.denoiser(plain)(latents, torch.tensor(500.0))
            torch.testing.assert_close(found, plain(latents, torch.tensor(500.0)))
    assert backend.num_captures == 2


@torch.no_grad()
def test_a_step_that_cannot_be_captured_is_done_all_the_same(networks: Networks) -> None:
    graphs = Graphs(FakeCapture(fails=True))
    plain = prepare_denoiser(
        networks.unet, some(1, 77, 48), some(1, 77, 48), some(1, 4, 8, 8), SamplingOptions()
    )
    graphed = StepGraphs(graphs).denoiser(plain)
    latents, timestep = some(1, 4, 8, 8, seed=3), torch.tensor(500.0)
    assert torch.equal(graphed(latents, timestep), plain(latents, timestep))
    assert list(graphs.refused) == ["one step of 3 pictures of 8x8 latents"]


def test_without_graphs_a_denoiser_stays_itself(networks: Networks) -> None:
    plain = prepare_denoiser(
        networks.unet, some(1, 77, 48), some(1, 77, 48), some(1, 4, 8, 8), SamplingOptions()
    )
    assert StepGraphs(Graphs(None)).denoiser(plain) is plain
