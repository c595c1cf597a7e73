"""FLUX.1 Kontext as an editor walks the same latents as diffusers' own pipeline, step for step."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from diffusers.pipelines.flux.pipeline_flux_kontext import FluxKontextPipeline
from diffusers.schedulers.scheduling_flow_match_euler_discrete import FlowMatchEulerDiscreteScheduler
from PIL import Image
from transformers import CLIPTokenizer, PreTrainedTokenizerFast

from mgie.api.options import Options
from mgie.editors.flux_kontext.config import FLUX_KONTEXT_DEV
from mgie.editors.flux_kontext.networks import empty_networks
from mgie.editors.loading import load_editor
from mgie.editors.table import kind_named
from mgie.errors import BadCheckpoint, BadImage, BadOption, BadTokenizer, EmptyInstruction
from mgie.model.editor import run_edit
from mgie.model.events import (
    EditDone,
    Editor,
    EncodingReady,
    InstructionDelta,
    Sampled,
    SampleRequest,
    Step,
)
from mgie.model.flow import pack
from mgie.model.generators import drain
from mgie.model.load_options import LoadOptions
from mgie.model.preview import fit_linear, latents_to_rgb
from mgie.weights.convert import import_model
from support.tiny import tiny_picture
from support.tiny_flux import TINY_FLUX, flux_networks, write_flux_model, write_published_flux

STEPS = 3
OPTIONS: Options = {"num_inference_steps": STEPS, "guidance_scale": 4.0}
PICTURE = tiny_picture(48, 32)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_flux_model(tmp_path_factory.mktemp("models") / "tiny-flux")


@pytest.fixture(scope="module")
def editor(folder: Path) -> Editor:
    return load_editor(folder)


def request_of(editor: Editor, image: Image.Image, instruction: str, seed: int) -> SampleRequest:
    return SampleRequest(image=image, encoding=drain(editor.encode(image, instruction)), seed=seed)


def sample(editor: Editor, *requests: SampleRequest) -> list[Sampled]:
    return drain(editor.sample(requests, OPTIONS))


def library_pipeline(folder: Path) -> FluxKontextPipeline:
    networks = flux_networks()
    special = {"pad_token": "<pad>", "eos_token": "</s>", "unk_token": "<unk>"}
    pipeline = FluxKontextPipeline(
        scheduler=FlowMatchEulerDiscreteScheduler(shift=3.0, use_dynamic_shifting=True),
        vae=networks.vae,
        text_encoder=networks.text_encoder,
        tokenizer=CLIPTokenizer(
            vocab=str(folder / "vocab.json"), merges=str(folder / "merges.txt"), model_max_length=77
        ),
        text_encoder_2=networks.text_encoder_2,
        tokenizer_2=PreTrainedTokenizerFast(tokenizer_file=str(folder / "tokenizer.json"), **special),
        transformer=networks.transformer,
    )
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def test_every_step_equals_diffusers_pipeline(folder: Path, editor: Editor) -> None:
    golden: list[torch.Tensor] = []

    def keep(
        _pipe: object, _step: int, _t: object, values: dict[str, torch.Tensor]
    ) -> dict[str, torch.Tensor]:
        golden.append(values["latents"].clone())
        return values

    output = library_pipeline(folder)(
        image=PICTURE,
        prompt="make it red",
        width=PICTURE.width,
        height=PICTURE.height,
        max_area=PICTURE.width * PICTURE.height,
        _auto_resize=False,
        num_inference_steps=STEPS,
        guidance_scale=4.0,
        max_sequence_length=TINY_FLUX.t5.max_length,
        generator=torch.Generator().manual_seed(4),
        output_type="np",
        callback_on_step_end=keep,
    )
    *events, done = run_edit(editor, PICTURE, "make it red", seed=4, options=OPTIONS)
    assert isinstance(done, EditDone)
    # Both add the same float32 numbers in another order.
    np.testing.assert_allclose(done.sampled.image, output.images[0], atol=1e-5)
    steps = [event for event in events if isinstance(event, Step)]
    sigmas = library_sigmas(folder, num_tokens=golden[0].shape[1])
    latents = pack(torch.randn(1, 4, 16, 24, generator=torch.Generator().manual_seed(4)))
    for step, following, sigma, after in zip(steps, golden, sigmas[:-1], sigmas[1:], strict=True):
        velocity = (following - latents) / (after - sigma)
        torch.testing.assert_close(pack(step.denoised), latents - sigma * velocity, rtol=1e-4, atol=1e-4)
        latents = following


def library_sigmas(folder: Path, *, num_tokens: int) -> list[float]:
    scheduler = library_pipeline(folder).scheduler
    mu = 0.5 + (1.15 - 0.5) / (4096 - 256) * (num_tokens - 256)
    scheduler.set_timesteps(sigmas=np.linspace(1.0, 1 / STEPS, STEPS), mu=mu)
    return scheduler.sigmas.tolist()


def test_an_edit_has_the_events_of_every_editor(editor: Editor) -> None:
    kinds = [type(event) for event in run_edit(editor, PICTURE, "make it red", seed=0, options=OPTIONS)]
    assert kinds == [EncodingReady, *[Step] * STEPS, EditDone]
    own = [e for e in run_edit(editor, PICTURE, "make it red", seed=0) if isinstance(e, Step)]
    assert len(own) == editor.info.default("num_inference_steps") == 4


def test_a_batch_paints_what_each_edit_paints_alone(editor: Editor) -> None:
    other = tiny_picture(48, 32, seed=5)
    requests = [
        request_of(editor, PICTURE, "make it red", 1),
        request_of(editor, other, "remove the text", 2),
        request_of(editor, PICTURE, "make it red", 3),
    ]
    together = sample(editor, *requests)
    for request, painted in zip(requests, together, strict=True):
        (alone,) = sample(editor, request)
        np.testing.assert_allclose(painted.image, alone.image, atol=1e-4)  # sums in another order
        np.testing.assert_array_equal(painted.round_trip, alone.round_trip)
    assert np.abs(together[0].image - together[2].image).max() > 1e-3  # seeds differ


def test_a_corrected_text_is_the_prompt(editor: Editor) -> None:
    corrected = editor.encode(PICTURE, "make it red", expressive_instruction=" make it blue ")
    events: list[object] = []
    encoding = drain(corrected, events.append)
    assert events == [InstructionDelta(text="make it blue")]
    assert (encoding.is_corrected, encoding.expressive_instruction) == (True, "make it blue")
    plain = drain(editor.encode(PICTURE, "make it blue"))
    assert all(torch.equal(encoding.embeds[name], plain.embeds[name]) for name in plain.embeds)
    assert not plain.is_corrected


def test_previews_are_small_and_stopping_early_decodes_whole(editor: Editor) -> None:
    request = request_of(editor, PICTURE, "make it red", 1)
    steps = list(editor.sample([request], OPTIONS))
    assert [image.shape for image in editor.preview(steps[0].denoised)] == [(16, 24, 3)]
    (decoded,) = editor.decode(steps[-1].denoised)
    (painted,) = sample(editor, request)
    np.testing.assert_allclose(decoded, painted.image, atol=1e-5)
    np.testing.assert_array_equal(editor.round_trip(PICTURE), painted.round_trip)


def test_previews_follow_the_colours_of_the_picture() -> None:
    """An encoder that averages colours is previewed exactly, whatever its shift and scale."""

    def encode(pixels: torch.Tensor) -> torch.Tensor:
        return 0.4 * torch.nn.functional.avg_pool2d(pixels, 2) - 0.1

    pixels = torch.rand(1, 3, 8, 8, generator=torch.Generator().manual_seed(3)) * 2 - 1
    (preview,) = latents_to_rgb(encode(pixels), fit_linear(encode, 2))
    expected = torch.nn.functional.avg_pool2d(pixels, 2)[0].permute(1, 2, 0) / 2 + 0.5
    np.testing.assert_allclose(preview, expected, atol=0.02)  # the ridge of the fit


def test_closing_cancels_before_the_next_step(editor: Editor) -> None:
    request = request_of(editor, PICTURE, "make it red", 1)
    run = editor.sample([request], OPTIONS)
    next(run)
    run.close()
    assert torch.is_grad_enabled()
    assert len(list(editor.sample([request], OPTIONS))) == STEPS


def test_staged_and_layered_placement_paint_the_same(folder: Path, editor: Editor) -> None:
    (expected,) = sample(editor, request_of(editor, PICTURE, "make it red", 1))
    for placement in ("staged", "layered"):
        placed = load_editor(folder, LoadOptions(device="cpu", placement=placement))
        (painted,) = sample(placed, request_of(placed, PICTURE, "make it red", 1))
        if placement == "layered":  # which codes pictures in tiles
            assert np.abs(painted.image - expected.image).mean() < 0.05
        else:
            assert np.array_equal(painted.image, expected.image)
        assert placed.use_less_memory() == (placement == "staged")


def test_half_precision_is_a_setting_of_loading(folder: Path) -> None:
    half = load_editor(folder, LoadOptions(device="cpu", precision="bf16"))
    request = request_of(half, PICTURE, "make it red", 1)
    assert request.encoding.embeds["prompt_embeds"].dtype == torch.bfloat16
    assert np.isfinite(sample(half, request)[0].image).all()
    with pytest.raises(BadOption, match="a multiple of 32 inputs per layer, not 24; choose int8"):
        load_editor(folder, LoadOptions(device="cpu", precision="int4"))


def test_what_cannot_be_edited_is_refused(editor: Editor) -> None:
    with pytest.raises(EmptyInstruction):
        drain(editor.encode(PICTURE, "  "))
    with pytest.raises(BadOption, match="at least one request"):
        sample(editor)
    request = request_of(editor, PICTURE, "make it red", 1)
    with pytest.raises(BadOption, match="no option 'image_guidance_scale'"):
        drain(editor.sample([request], {"image_guidance_scale": 1.5}))
    with_reference = SampleRequest(image=PICTURE, encoding=request.encoding, seed=0, references=(PICTURE,))
    with pytest.raises(BadOption, match="takes no reference pictures; 1 were given"):
        sample(editor, with_reference)
    small = SampleRequest(image=tiny_picture(3, 50), encoding=request.encoding, seed=0)
    with pytest.raises(BadImage, match="too small"):
        sample(editor, small)


def test_what_the_library_publishes_is_imported_and_computes_the_same(
    tmp_path: Path, folder: Path, editor: Editor
) -> None:
    write_published_flux(tmp_path / "published", tokenizers=folder)
    kind = kind_named("flux-kontext")
    writing = import_model(
        kind.source_files(tmp_path / "published", TINY_FLUX),
        tmp_path / "imported",
        TINY_FLUX,
        name="imported",
        license="CC0-1.0",
        source="a test",
    )
    assert drain(writing).kind == "flux-kontext"
    imported = load_editor(tmp_path / "imported")
    (expected,) = sample(editor, request_of(editor, PICTURE, "make it red", 1))
    (painted,) = sample(imported, request_of(imported, PICTURE, "make it red", 1))
    assert np.array_equal(painted.image, expected.image)
    (tmp_path / "published" / "tokenizer_2" / "tokenizer.json").unlink()
    with pytest.raises(BadTokenizer, match=r"tokenizer_2/tokenizer\.json is missing"):
        kind.source_files(tmp_path / "published", TINY_FLUX).tokenizer_files(TINY_FLUX)


def test_a_damaged_folder_is_refused_by_name(tmp_path: Path) -> None:
    folder = write_flux_model(tmp_path / "tiny-flux")
    (folder / "vae.safetensors").unlink()
    with pytest.raises(BadCheckpoint, match=r"vae\.safetensors is missing"):
        load_editor(folder)
    other = write_flux_model(tmp_path / "other")
    size = (other / "tokenizer.json").stat().st_size
    (other / "tokenizer.json").write_text(" " * size)
    with pytest.raises(BadTokenizer, match="is no tokenizer"):
        load_editor(other)


def test_the_published_shape_has_the_published_number_of_weights() -> None:
    """12 billion in the denoiser and 4.8 in T5 (Black Forest Labs, 2025); no weight is made."""
    networks = empty_networks(FLUX_KONTEXT_DEV)
    counts = {name: sum(p.numel() for p in part.parameters()) for name, part in networks.named_children()}
    rounded = {name: round(count / 1e9, 1) for name, count in counts.items()}
    assert rounded == {"text_encoder": 0.1, "text_encoder_2": 4.8, "transformer": 11.9, "vae": 0.1}
