"""On a GPU: graphs give what the ordinary way gives, every placement what the CPU gives."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from mgie.model.conditioning import fuse_self_attention, install
from mgie.model.decoding import Decoder
from mgie.model.diffusion import prepare_denoiser
from mgie.model.editor import make_editor, run_edit
from mgie.model.events import EditDone, SampleRequest, SamplerName, SamplingOptions
from mgie.model.generators import drain
from mgie.model.graphs import Graphs, graphs_for
from mgie.model.load_options import PlacementMode
from mgie.model.mllm import embed
from mgie.model.presets import TINY
from mgie.model.step_graphs import StepGraphs
from support.tiny import CONFIGS, tiny_info, tiny_networks, tiny_picture, tiny_tokenizer

TOLERANCE = 1e-3  # other kernels add up in another order


def some(*shape: int, device: torch.device) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(1)).to(device)


@torch.no_grad()
def test_one_token_by_graph_gives_the_same_text_and_states(cuda: torch.device) -> None:
    model = tiny_networks().language_model.to(cuda)
    ids, graphs = [1, 5, 6, 7, 8], graphs_for(cuda)
    embeds = embed(model, ids, None, TINY.tokens, device=cuda)
    plain, *captured = (
        drain(Decoder(model, TINY.language, TINY.tokens, graphs=chosen).generate(embeds, ids))
        for chosen in (Graphs(None), graphs, graphs)
    )
    assert not graphs.refused
    for found in captured:
        assert found.ids == plain.ids
        torch.testing.assert_close(found.hidden_states, plain.hidden_states, rtol=TOLERANCE, atol=TOLERANCE)


@torch.no_grad()
@pytest.mark.parametrize("batch", [1, 4])
def test_one_step_by_graph_gives_the_same_noise(cuda: torch.device, batch: int) -> None:
    unet = tiny_networks().unet.to(cuda)
    install(unet)
    embeds, negative = some(batch, 77, 48, device=cuda), some(1, 77, 48, device=cuda)
    image_latents, latents = some(batch, 4, 8, 8, device=cuda), some(batch, 4, 8, 8, device=cuda)
    timestep, graphs = torch.tensor(500.0, device=cuda), graphs_for(cuda)
    golden = prepare_denoiser(unet, embeds, negative, image_latents, SamplingOptions())(latents, timestep)
    fuse_self_attention(unet)
    plain = prepare_denoiser(unet, embeds, negative, image_latents, SamplingOptions())
    graphed = StepGraphs(graphs).denoiser(plain)
    for _ in range(3):
        torch.testing.assert_close(graphed(latents, timestep), golden, rtol=TOLERANCE, atol=TOLERANCE)
    assert not graphs.refused


def paint(
    device: str, placement: PlacementMode, sampler: SamplerName, *, guidance_every: int = 1
) -> EditDone:
    editor = make_editor(
        CONFIGS["mgie"],
        tiny_networks(),
        tiny_tokenizer(),
        info=tiny_info(),
        device=device,
        placement=placement,
    )
    options = {"num_inference_steps": 4, "sampler": sampler, "guidance_every": guidance_every}
    *_, done = run_edit(editor, tiny_picture(), "make it red", seed=3, options=options)
    assert isinstance(done, EditDone)
    return done


@pytest.mark.parametrize("sampler", ["euler_a", "dpmpp_2m", "unipc"])
@pytest.mark.parametrize("placement", ["resident", "staged", "layered"])
def test_one_seed_gives_one_picture_wherever_the_weights_are(
    placement: PlacementMode, sampler: SamplerName
) -> None:
    golden, found = paint("cpu", "resident", sampler), paint("cuda:0", placement, sampler)
    assert found.encoding.expressive_instruction == golden.encoding.expressive_instruction
    np.testing.assert_allclose(found.sampled.image, golden.sampled.image, atol=5e-3)


@pytest.mark.parametrize("placement", ["resident", "staged"])
def test_guidance_that_is_used_again_is_the_same_by_graph(placement: PlacementMode) -> None:
    golden = paint("cpu", "resident", "dpmpp_2m", guidance_every=2)
    found = paint("cuda:0", placement, "dpmpp_2m", guidance_every=2)
    np.testing.assert_allclose(found.sampled.image, golden.sampled.image, atol=5e-3)


def test_an_editor_that_steps_down_to_quantised_weights_goes_on() -> None:
    editor = make_editor(
        CONFIGS["mgie"],
        tiny_networks(),
        tiny_tokenizer(),
        info=tiny_info(),
        device="cuda:0",
        precisions=("int8", "int4"),
    )
    pictures: list[np.ndarray] = []
    encoding = drain(editor.encode(tiny_picture(), "make it red"))
    while True:
        request = SampleRequest(image=tiny_picture(), encoding=encoding, seed=3)
        for _ in range(2):  # the larger half comes back to where only a part was written over
            assert drain(editor.encode(tiny_picture(), "make it red")).expressive_instruction
            (sampled,) = drain(editor.sample([request], {"num_inference_steps": 2}))
            pictures.append(sampled.image)
        if not editor.use_less_memory():
            break
    assert len(pictures) > 8
    for picture in pictures[1:]:
        np.testing.assert_allclose(picture, pictures[0], atol=5e-3)
