"""FLUX.2 Klein as an editor walks the same latents as diffusers' own pipeline; it takes references."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from diffusers.pipelines.flux2.pipeline_flux2_klein import Flux2KleinPipeline
from diffusers.schedulers.scheduling_flow_match_euler_discrete import FlowMatchEulerDiscreteScheduler
from PIL import Image

from mgie.editors.flux2_klein.config import FLUX2_KLEIN_4B, Flux2KleinConfig
from mgie.editors.flux2_klein.networks import empty_networks
from mgie.editors.loading import load_editor
from mgie.errors import BadImage, BadOption
from mgie.model.events import Editor, Sampled, SampleRequest, Step
from mgie.model.generators import drain
from mgie.model.load_options import LoadOptions
from support.tiny import tiny_picture
from support.tiny_klein import (
    TINY_KLEIN,
    TINY_KLEIN_BASE,
    install_klein,
    klein_networks,
    klein_tokenizer,
)

PICTURE, REFERENCE = tiny_picture(72, 64), tiny_picture(64, 80, seed=3)  # the library takes 64 px and more


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return install_klein(tmp_path_factory.mktemp("klein"), TINY_KLEIN)


@pytest.fixture(scope="module")
def editor(folder: Path) -> Editor:
    return load_editor(folder)


def request_of(
    editor: Editor, seed: int, *references: Image.Image, instruction: str = "make it red"
) -> SampleRequest:
    encoding = drain(editor.encode(PICTURE, instruction))
    return SampleRequest(image=PICTURE, encoding=encoding, seed=seed, references=references)


def library_run(
    config: Flux2KleinConfig, images: list[Image.Image], num_steps: int
) -> tuple[list[torch.Tensor], np.ndarray]:
    """Latents after each step, as tokens, and the picture."""
    networks, kept = klein_networks(config), []

    def keep(
        _pipe: object, _step: int, _t: object, values: dict[str, torch.Tensor]
    ) -> dict[str, torch.Tensor]:
        kept.append(values["latents"].clone())
        return values

    pipeline = Flux2KleinPipeline(
        scheduler=FlowMatchEulerDiscreteScheduler(use_dynamic_shifting=True),
        vae=networks.vae,
        text_encoder=networks.text_encoder,
        tokenizer=klein_tokenizer(),
        transformer=networks.transformer,
        is_distilled=config.is_distilled,
    )
    pipeline.set_progress_bar_config(disable=True)
    output = pipeline(
        image=images,
        prompt="make it red",
        num_inference_steps=num_steps,
        guidance_scale=config.guidance_scale,
        max_sequence_length=config.text.max_length,
        text_encoder_out_layers=config.text.output_layers,
        generator=torch.Generator().manual_seed(4),
        output_type="np",
        callback_on_step_end=keep,
    )
    return kept, output.images[0]


@pytest.mark.parametrize("config", [TINY_KLEIN, TINY_KLEIN_BASE], ids=["distilled", "guided"])
@pytest.mark.parametrize("references", [(), (REFERENCE,)], ids=["alone", "with a reference"])
def test_every_step_equals_diffusers_pipeline(
    config: Flux2KleinConfig, references: tuple[Image.Image, ...], tmp_path: Path
) -> None:
    config = replace(config, native_size_px=128)  # the library shrinks references beyond a megapixel only
    golden, picture = library_run(config, [PICTURE, *references], num_steps=3)
    editor = load_editor(install_klein(tmp_path, config))
    steps: list[Step] = []
    run = editor.sample([request_of(editor, 4, *references)], {"num_inference_steps": 3})
    (sampled,) = drain(run, steps.append)
    # Both add the same float32 numbers in another order.
    np.testing.assert_allclose(sampled.image, picture, atol=2e-5)
    last = steps[-1].denoised.flatten(2).permute(0, 2, 1)
    torch.testing.assert_close(last, golden[-1], rtol=1e-4, atol=1e-4)


def test_a_reference_changes_what_is_painted(editor: Editor) -> None:
    (alone,), (with_one,), (with_two,) = (
        drain(editor.sample([request_of(editor, 1, *references)], {}))
        for references in ((), (REFERENCE,), (REFERENCE, PICTURE))
    )
    assert np.abs(alone.image - with_one.image).max() > 1e-3
    assert np.abs(with_one.image - with_two.image).max() > 1e-3
    with pytest.raises(BadOption, match="klein takes at most 2 reference pictures; 3 were given"):
        drain(editor.sample([request_of(editor, 1, *[REFERENCE] * 3)], {}))


def test_large_references_are_shown_smaller(editor: Editor) -> None:
    large = REFERENCE.resize((640, 800))
    (painted,) = drain(editor.sample([request_of(editor, 1, large)], {}))
    assert np.isfinite(painted.image).all()


def test_a_batch_paints_what_each_edit_paints_alone(editor: Editor) -> None:
    requests = [
        request_of(editor, 1, REFERENCE),
        request_of(editor, 2, REFERENCE.rotate(180), instruction="remove the text"),
    ]
    together: list[Sampled] = drain(editor.sample(requests, {}))
    for request, painted in zip(requests, together, strict=True):
        (alone,) = drain(editor.sample([request], {}))
        np.testing.assert_allclose(painted.image, alone.image, atol=1e-4)  # sums in another order
    with pytest.raises(BadImage, match="reference pictures of the same sizes"):
        drain(editor.sample([requests[0], request_of(editor, 2)], {}))


def test_previews_cancel_and_stopping_early(editor: Editor) -> None:
    request = request_of(editor, 1)
    run = editor.sample([request], {})
    step = next(run)
    assert [image.shape for image in editor.preview(step.denoised)] == [(16, 18, 3)]
    run.close()
    assert torch.is_grad_enabled()
    assert [image.shape for image in editor.decode(step.denoised)] == [(64, 72, 3)]
    assert editor.round_trip(PICTURE).shape == (64, 72, 3)


def test_the_distilled_model_has_no_guidance_to_set(editor: Editor, tmp_path: Path) -> None:
    assert [schema.name for schema in editor.info.options] == ["num_inference_steps"]
    base = load_editor(install_klein(tmp_path, TINY_KLEIN_BASE))
    assert [schema.name for schema in base.info.options] == ["num_inference_steps", "guidance_scale"]
    unguided = drain(base.sample([request_of(base, 1)], {"guidance_scale": 1.0}))
    guided = drain(base.sample([request_of(base, 1)], {}))
    assert np.abs(unguided[0].image - guided[0].image).max() > 1e-3


def test_staged_and_layered_placement_paint_the_same(folder: Path, editor: Editor) -> None:
    (expected,) = drain(editor.sample([request_of(editor, 1)], {}))
    for placement in ("staged", "layered"):
        placed = load_editor(folder, LoadOptions(device="cpu", placement=placement))
        (painted,) = drain(placed.sample([request_of(placed, 1)], {}))
        if placement == "layered":  # which codes pictures in tiles
            assert np.abs(painted.image - expected.image).mean() < 0.05
        else:
            assert np.array_equal(painted.image, expected.image)


def test_the_published_shape_has_about_four_billion_weights_twice() -> None:
    """Black Forest Labs' 4B: as many in the denoiser as in the text encoder; no weight is made."""
    networks = empty_networks(FLUX2_KLEIN_4B)
    counts = {name: sum(p.numel() for p in part.parameters()) for name, part in networks.named_children()}
    rounded = {name: round(count / 1e9, 1) for name, count in counts.items()}
    assert rounded == {"text_encoder": 4.0, "transformer": 3.9, "vae": 0.1}
