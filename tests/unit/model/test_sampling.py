"""Guidance, schedulers and noise."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mgie.errors import BadImage, BadOption
from mgie.model.conditioning import FusedProjection, install, project_contexts
from mgie.model.config import SchedulerConfig
from mgie.model.diffusion import fit_size, guided_noise, prepare_denoiser, to_images, to_pixels
from mgie.model.diffusion_editor import make_ready
from mgie.model.events import SamplerName, SamplingOptions
from mgie.model.networks import Networks, build_networks
from mgie.model.packed_conv import PackedConv2d
from mgie.model.presets import TINY
from mgie.model.sampling import denoise, initial_latents, make_scheduler
from support.tiny import tiny_networks, tiny_picture

SAMPLERS: list[SamplerName] = ["euler_a", "dpmpp_2m", "unipc"]
ZERO_SNR = SchedulerConfig(
    prediction_type="v_prediction", timestep_spacing="trailing", rescale_betas_zero_snr=True
)
TARGET = torch.linspace(-1, 1, 4 * 3 * 3).reshape(1, 4, 3, 3)


@pytest.fixture(scope="module")
def networks() -> Networks:
    networks = tiny_networks()
    install(networks.unet)
    return networks


def embeds(count: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(count, 77, 48, generator=torch.Generator().manual_seed(seed))


def latents(count: int, seed: int = 1) -> torch.Tensor:
    return torch.randn(count, 4, 8, 8, generator=torch.Generator().manual_seed(seed))


@torch.no_grad()
def test_ready_keys_and_values_change_nothing(networks: Networks) -> None:
    rows = torch.tensor([0, 1, 1])
    contexts, sample = embeds(2), torch.cat([latents(3), latents(3, 2)], dim=1)
    context_kv = project_contexts(networks.unet, contexts, rows)
    assert len(context_kv) == 16
    arguments = {"sample": sample, "timestep": 500, "encoder_hidden_states": contexts[rows]}
    ready = networks.unet(**arguments, cross_attention_kwargs={"context_kv": context_kv}).sample
    plain = networks.unet(**arguments).sample
    golden = tiny_networks().unet(**arguments).sample  # with diffusers' own attention
    torch.testing.assert_close(ready, golden, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(plain, golden, rtol=1e-4, atol=1e-5)


@torch.no_grad()
@pytest.mark.parametrize(
    ("text", "image", "num_branches"), [(7.5, 1.5, 3), (1.0, 1.5, 3), (7.5, 1.0, 2), (1.0, 1.0, 1)]
)
def test_unneeded_branches_are_left_out_without_changing_the_result(
    networks: Networks, text: float, image: float, num_branches: int
) -> None:
    options = SamplingOptions(guidance_scale=text, image_guidance_scale=image)
    complete = prepare_denoiser(networks.unet, embeds(2), embeds(1, 5), latents(2), SamplingOptions())
    lean = prepare_denoiser(networks.unet, embeds(2), embeds(1, 5), latents(2), options)
    assert lean.num_branches == num_branches
    noisy, timestep = latents(2, 3), torch.tensor(400.0)
    golden = guided_noise(complete.predict(noisy, timestep), text, image)
    torch.testing.assert_close(lean(noisy, timestep), golden, rtol=1e-4, atol=1e-5)


@given(st.floats(1, 20), st.floats(1, 20))
def test_equal_predictions_are_left_alone_by_any_guidance(text: float, image: float) -> None:
    noise = latents(1)
    found = guided_noise(noise.repeat(3, 1, 1, 1), text, image)
    torch.testing.assert_close(found, noise)


def perfect(scheduler: object, config: SchedulerConfig) -> object:
    """A denoiser that knows the clean latents are TARGET."""
    alphas = scheduler.alphas_cumprod

    def predict(scaled: torch.Tensor, timestep: torch.Tensor) -> torch.Tensor:
        step = int((scheduler.timesteps == timestep).nonzero()[0])
        if hasattr(scheduler, "model_outputs"):
            alpha, sigma = scheduler._sigma_to_alpha_sigma_t(scheduler.sigmas[step])
        else:
            raw = scheduler.sigmas[step]
            alpha, sigma = 1 / (raw**2 + 1).sqrt(), raw / (raw**2 + 1).sqrt()
        assert len(alphas) == config.num_train_timesteps
        noise = (scaled - alpha * TARGET) / sigma
        return noise if config.prediction_type == "epsilon" else alpha * noise - sigma * TARGET

    return predict


@pytest.mark.parametrize("sampler", SAMPLERS)
@pytest.mark.parametrize("config", [SchedulerConfig(), ZERO_SNR], ids=["published", "zero_snr"])
@pytest.mark.parametrize("num_steps", [1, 2, 7, 25])
def test_a_perfect_denoiser_ends_at_the_clean_latents(
    sampler: SamplerName, config: SchedulerConfig, num_steps: int
) -> None:
    scheduler = make_scheduler(sampler, config, num_steps)
    generator = torch.Generator().manual_seed(0)
    start = initial_latents(scheduler, [generator], TARGET.shape[1:])
    states = list(denoise(perfect(scheduler, config), scheduler, start, [generator]))
    assert len(states) == num_steps
    for state in states:
        torch.testing.assert_close(state.denoised, TARGET, rtol=1e-2, atol=1e-2)
    torch.testing.assert_close(states[-1].latents, TARGET, rtol=1e-2, atol=5e-2)


@pytest.mark.parametrize("config", [SchedulerConfig(), ZERO_SNR], ids=["published", "zero_snr"])
def test_ancestral_steps_are_those_of_diffusers(config: SchedulerConfig) -> None:
    """Bit by bit, and with the same noise: only where it is drawn differs."""

    def predict(scaled: torch.Tensor, timestep: torch.Tensor) -> torch.Tensor:
        return torch.sin(scaled * (1 + timestep / 1000))

    scheduler, golden = make_scheduler("euler_a", config, 9), make_scheduler("euler_a", config, 9)
    ours, theirs = (
        [torch.Generator().manual_seed(seed) for seed in (1, 2)],
        [torch.Generator().manual_seed(seed) for seed in (1, 2)],
    )
    noisy = initial_latents(golden, theirs, (4, 3, 3))
    states = denoise(predict, scheduler, initial_latents(scheduler, ours, (4, 3, 3)), ours)
    for state, timestep in zip(states, golden.timesteps, strict=True):
        noise_pred = predict(golden.scale_model_input(noisy, timestep), timestep)
        step = golden.step(noise_pred, timestep, noisy, generator=theirs)
        noisy = step.prev_sample
        assert torch.equal(state.latents, noisy)
        assert torch.equal(state.denoised, step.pred_original_sample)


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_noise_of_one_edit_does_not_depend_on_its_neighbours(sampler: SamplerName) -> None:
    def walk(seeds: list[int]) -> torch.Tensor:
        scheduler = make_scheduler(sampler, SchedulerConfig(), 4)
        generators = [torch.Generator().manual_seed(seed) for seed in seeds]
        start = initial_latents(scheduler, generators, (4, 3, 3))
        states = denoise(lambda x, _t: 0.1 * x, scheduler, start, generators)
        return list(states)[-1].latents

    assert torch.equal(walk([3, 4, 5])[1:2], walk([4]))


@pytest.mark.parametrize("sampler", ["dpmpp_2m", "unipc"])
def test_multistep_samplers_refuse_as_many_steps_as_timesteps(sampler: SamplerName) -> None:
    make_scheduler(sampler, SchedulerConfig(), 999)
    with pytest.raises(BadOption, match="fewer than 1000 steps, not 1000"):
        make_scheduler(sampler, SchedulerConfig(), 1000)


@pytest.mark.parametrize(
    "change",
    [
        {"num_inference_steps": 0},
        {"guidance_scale": 0.5},
        {"guidance_scale": float("nan")},
        {"image_guidance_scale": 51.0},
        {"sampler": "ddim"},
    ],
)
def test_options_out_of_range_are_refused(change: dict[str, object]) -> None:
    with pytest.raises(BadOption, match=next(iter(change))):
        replace(SamplingOptions(), **change)


@given(width=st.integers(1, 200), height=st.integers(1, 200))
def test_pictures_are_rounded_down_or_refused(width: int, height: int) -> None:
    picture = tiny_picture(width, height)
    if min(width, height) < 8:
        with pytest.raises(BadImage, match="too small"):
            fit_size(picture, 8)
    else:
        assert fit_size(picture, 8).size == (width // 8 * 8, height // 8 * 8)


def test_pixels_survive_the_way_to_tensors_and_back() -> None:
    picture = tiny_picture(16, 8)
    (image,) = to_images(to_pixels([picture]))
    assert (255 * image).round().astype("uint8").tobytes() == picture.tobytes()


@torch.no_grad()
@pytest.mark.parametrize("device", ["cpu", "cuda"])
def test_preparing_networks_for_a_device_changes_nothing(device: str) -> None:
    unet = replace(TINY.unet, block_out_channels=(32, 32, 64, 64))
    config = replace(TINY, unet=unet, vae=replace(TINY.vae, block_out_channels=(32, 32, 32, 64)))
    networks, golden = build_networks(config, seed=3), build_networks(config, seed=3)
    make_ready(networks, torch.device(device))  # they stay here: only how they are laid out differs
    is_fused = any(isinstance(module, FusedProjection) for module in networks.unet.modules())
    assert is_fused == (device == "cuda")
    assert isinstance(networks.unet.conv_in, PackedConv2d) == (device == "cpu")
    arguments = {"sample": latents(2).repeat(1, 2, 1, 1), "timestep": 9, "encoder_hidden_states": embeds(2)}
    torch.testing.assert_close(
        networks.unet(**arguments).sample, golden.unet(**arguments).sample, rtol=1e-4, atol=1e-4
    )
    torch.testing.assert_close(
        networks.vae.decode(latents(1)).sample, golden.vae.decode(latents(1)).sample, rtol=1e-4, atol=1e-4
    )
