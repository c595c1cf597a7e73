"""VAE, UNet, guidance and Euler-ancestral sampling, against the published pipeline."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from mgie.model.conditioning import install
from mgie.model.diffusion import (
    GuidedDenoiser,
    decode_latents,
    encode_pixels,
    fit_size,
    guided_noise,
    prepare_denoiser,
    to_images,
    to_pixels,
)
from mgie.model.networks import Networks
from mgie.model.sampling import Denoised, denoise, initial_latents, make_scheduler
from support import parity_pack
from support.parity_pack import Diffusion

TOLERANCE = 1e-3  # of the UNet and the VAE: one thread instead of two moves them by up to 6e-5
EACH_RUN = pytest.mark.parametrize("run", parity_pack.diffusions(), ids=str)
EACH_TRACED_RUN = pytest.mark.parametrize(
    "run", [run for run in parity_pack.diffusions() if "act_conv_in" in run.arrays], ids=str
)
TRACED = {
    "time_embedding": "time_embedding",
    "conv_in": "conv_in",
    **{f"down_blocks_{i}": f"down_blocks.{i}" for i in range(4)},
    "mid_block": "mid_block",
    **{f"up_blocks_{i}": f"up_blocks.{i}" for i in range(4)},
}


@pytest.fixture(scope="module")
def networks() -> Networks:
    networks = parity_pack.cases()[0].networks()
    install(networks.unet)
    return networks


def assert_close(found: torch.Tensor, golden: np.ndarray, tolerance: float = TOLERANCE) -> None:
    assert tuple(found.shape) == golden.shape
    np.testing.assert_allclose(found.numpy(), golden, rtol=0, atol=tolerance)


@torch.no_grad()
def golden_denoiser(run: Diffusion, networks: Networks) -> GuidedDenoiser:
    edit, null, _ = torch.from_numpy(run.arrays["unet_ctx"]).split(1)
    image_latents = torch.from_numpy(run.arrays["image_latents"])
    return prepare_denoiser(networks.unet, edit, null, image_latents, run.options)


@EACH_RUN
def test_the_picture_is_rounded_down_to_the_vaes_grid(run: Diffusion) -> None:
    fitted = fit_size(run.case.image, parity_pack.config().vae.scale_factor)
    assert np.array_equal(np.asarray(fitted), run.arrays["image_pre_u8"])


@torch.no_grad()
@EACH_RUN
def test_image_latents_are_the_unscaled_mode(run: Diffusion, networks: Networks) -> None:
    pixels = to_pixels([fit_size(run.case.image, parity_pack.config().vae.scale_factor)])
    golden = run.arrays["unet_in_0"][:1, 4:]
    assert np.array_equal(golden, run.arrays["image_latents"])
    assert_close(encode_pixels(networks.vae, pixels), golden)
    posterior = networks.vae.encode(pixels).latent_dist
    assert_close(posterior.logvar, run.arrays["image_logvar"])


@EACH_RUN
def test_one_seed_gives_all_noise(run: Diffusion) -> None:
    generator = torch.Generator().manual_seed(parity_pack.seed())
    shape = run.arrays["init_noise"].shape[1:]
    scheduler = make_scheduler("euler_a", parity_pack.config().scheduler, 4)
    latents = initial_latents(scheduler, [generator], shape)
    np.testing.assert_allclose(
        latents / scheduler.init_noise_sigma, run.arrays["init_noise"], rtol=1e-6, atol=1e-7
    )
    for golden in run.arrays["step_noise"]:
        assert np.array_equal(torch.randn(*golden.shape, generator=generator).numpy(), golden)


@torch.no_grad()
@EACH_RUN
def test_the_first_unet_call(run: Diffusion, networks: Networks) -> None:
    denoiser = golden_denoiser(run, networks)
    assert np.array_equal(denoiser.contexts.numpy(), run.arrays["unet_ctx"])
    assert np.array_equal(denoiser.image_latents.numpy(), run.arrays["unet_in_0"][:, 4:])
    latents = torch.from_numpy(run.arrays["unet_in_0"][:1, :4])
    noise_pred = denoiser.predict(latents, torch.from_numpy(run.arrays["unet_t_0"]))
    assert_close(noise_pred, run.arrays["unet_out_0"])
    options = run.options
    guided = guided_noise(
        torch.from_numpy(run.arrays["unet_out_0"]), options.guidance_scale, options.image_guidance_scale
    )
    assert_close(guided, run.arrays["cfg_noise_pred"][0], 1e-4)


@torch.no_grad()
@EACH_TRACED_RUN
def test_every_block_of_the_first_unet_call(run: Diffusion, networks: Networks) -> None:
    denoiser = golden_denoiser(run, networks)
    found: dict[str, torch.Tensor] = {}

    def keep(name: str) -> object:
        def hook(_module: object, _inputs: object, output: torch.Tensor | tuple[torch.Tensor]) -> None:
            found[name] = output if isinstance(output, torch.Tensor) else output[0]

        return networks.unet.get_submodule(TRACED[name]).register_forward_hook(hook)

    hooks = [keep(name) for name in TRACED]
    latents = torch.from_numpy(run.arrays["unet_in_0"][:1, :4])
    denoiser.predict(latents, torch.from_numpy(run.arrays["unet_t_0"]))
    for hook in hooks:
        hook.remove()
    for name, activation in found.items():
        golden = run.arrays[f"act_{name}"]
        assert_close(activation.expand(golden.shape), golden)


@torch.no_grad()
@EACH_RUN
def test_every_step_of_sampling(run: Diffusion, networks: Networks) -> None:
    noises: list[torch.Tensor] = []
    denoiser = golden_denoiser(run, networks)

    def recording(latents: torch.Tensor, timestep: torch.Tensor) -> torch.Tensor:
        noises.append(denoiser(latents, timestep))
        return noises[-1]

    generator = torch.Generator().manual_seed(parity_pack.seed())
    scheduler = make_scheduler("euler_a", parity_pack.config().scheduler, run.options.num_inference_steps)
    np.testing.assert_allclose(scheduler.timesteps, run.arrays["timesteps"], rtol=1e-6)
    np.testing.assert_allclose(scheduler.sigmas, run.arrays["sigmas"], rtol=1e-5)
    latents = initial_latents(scheduler, [generator], run.arrays["init_noise"].shape[1:])
    states: list[Denoised] = list(denoise(recording, scheduler, latents, [generator]))
    goldens = run.arrays["latents_after"]
    for state, golden in zip(states, goldens, strict=True):
        assert_close(state.latents, golden, 1e-4 * np.abs(goldens).max())
    assert_close(states[-1].denoised, goldens[-1], 1e-4 * np.abs(goldens).max())
    # The published code guides clean predictions and divides by sigma, which magnifies its rounding.
    for noise, golden, sigma in zip(
        noises, run.arrays["cfg_noise_pred"], run.arrays["sigmas"][:-1], strict=True
    ):
        assert_close(noise, golden, 1e-4 * max(np.abs(golden).max(), 10) + 5e-4 / sigma)
    decoded = decode_latents(networks.vae, torch.from_numpy(goldens[-1]))
    assert_close(decoded, run.arrays["decoded"])
    levels = np.round(255 * to_images(decoded)[0])
    assert np.abs(levels - run.arrays["image_u8"].astype(np.float32)).max() <= 1
