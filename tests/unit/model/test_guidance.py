"""Guidance in some of the steps: which they are, what the others predict, and what they save."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from mgie.errors import BadOption
from mgie.model.conditioning import install
from mgie.model.diffusion import GuidedDenoiser, prepare_denoiser
from mgie.model.events import SamplingOptions
from mgie.model.guidance import guided_by_step
from mgie.model.networks import Networks
from support.tiny import tiny_networks

NUM_STEPS = 10
OPTIONS = SamplingOptions(num_inference_steps=NUM_STEPS)


def some(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


@pytest.fixture(scope="module")
def networks() -> Networks:
    networks = tiny_networks()
    install(networks.unet)
    return networks


class Edit:
    """Two edits of one batch, and how many pictures their denoisers passed through the UNet."""

    def __init__(self, networks: Networks) -> None:
        self._networks = networks
        self.num_rows: list[int] = []

    def prepare(self, options: SamplingOptions) -> GuidedDenoiser:
        rows = self.num_rows

        class Counting(GuidedDenoiser):
            def predict(self, latents: torch.Tensor, timestep: torch.Tensor) -> torch.Tensor:
                rows.append(len(self.image_latents))
                return super().predict(latents, timestep)

        plain = prepare_denoiser(
            self._networks.unet, some(2, 77, 48), some(1, 77, 48, seed=1), some(2, 4, 8, 8, seed=2), options
        )
        return Counting(**{name: getattr(plain, name) for name in plain.__dataclass_fields__})

    @torch.no_grad()
    def run(self, options: SamplingOptions) -> list[torch.Tensor]:
        """The noise of every step; the latents do not depend on it."""
        denoiser = guided_by_step(self.prepare, options)
        self.num_rows.clear()
        return [
            denoiser(some(2, 4, 8, 8, seed=10 + step), torch.tensor(900.0 - 90 * step))
            for step in range(NUM_STEPS)
        ]


def test_guidance_in_every_step_is_bit_for_bit_what_it_was(networks: Networks) -> None:
    edit = Edit(networks)
    found = edit.run(OPTIONS)
    assert edit.num_rows == [6] * NUM_STEPS
    denoiser = edit.prepare(OPTIONS)
    for step, noise in enumerate(found):
        with torch.no_grad():
            golden = denoiser(some(2, 4, 8, 8, seed=10 + step), torch.tensor(900.0 - 90 * step))
        assert torch.equal(noise, golden)


def test_outside_the_interval_one_branch_is_computed_and_nothing_added(networks: Networks) -> None:
    edit = Edit(networks)
    found = edit.run(replace(OPTIONS, guidance_start=0.2, guidance_stop=0.7))
    assert edit.num_rows == [2] * 2 + [6] * 5 + [2] * 3
    guided, unguided = edit.run(OPTIONS), edit.run(OPTIONS.unguided)
    for step, noise in enumerate(found):
        assert torch.equal(noise, guided[step] if 2 <= step < 7 else unguided[step])
        assert not torch.equal(guided[step], unguided[step])


def test_between_its_computations_the_last_guidance_is_added_again(networks: Networks) -> None:
    edit = Edit(networks)
    found = edit.run(replace(OPTIONS, guidance_every=3, guidance_stop=0.8))
    assert edit.num_rows == [6, 6, 6, 2, 2, 6, 2, 2, 2, 2]  # always in the first fifth
    guided, unguided = edit.run(OPTIONS), edit.run(OPTIONS.unguided)
    for step, noise in enumerate(found):
        last = step if step < 2 else step - (step - 2) % 3
        golden = unguided[step] + (guided[last] - unguided[last]) if step < 8 else unguided[step]
        torch.testing.assert_close(noise, golden, rtol=1e-4, atol=1e-4)


def test_without_guidance_there_is_nothing_to_spare(networks: Networks) -> None:
    edit = Edit(networks)
    edit.run(replace(OPTIONS.unguided, guidance_every=2, guidance_stop=0.5))
    assert edit.num_rows == [2] * NUM_STEPS


@pytest.mark.parametrize(
    ("start", "stop", "num_steps", "expected"),
    [
        (0.0, 1.0, 1, range(1)),
        (0.0, 0.7, 10, range(7)),
        (0.3, 0.7, 10, range(3, 7)),
        (0.29, 1.0, 100, range(29, 100)),
        (0.6, 0.5, 10, range(0)),
    ],
)
def test_which_steps_are_guided(start: float, stop: float, num_steps: int, expected: range) -> None:
    options = SamplingOptions(num_inference_steps=num_steps, guidance_start=start, guidance_stop=stop)
    assert options.guided_steps == expected


@pytest.mark.parametrize(
    "change",
    [
        {"guidance_start": -0.1},
        {"guidance_stop": 1.1},
        {"guidance_stop": float("nan")},
        {"guidance_every": 0},
    ],
)
def test_shares_out_of_range_are_refused(change: dict[str, float]) -> None:
    with pytest.raises(BadOption, match=next(iter(change))):
        replace(SamplingOptions(), **change)
