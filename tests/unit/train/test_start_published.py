"""The published start, on tiny files of the published layout: nothing is lost, nothing initialised again."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from mgie.errors import BadCheckpoint
from mgie.model.networks import Networks
from mgie.model.presets import TINY
from mgie.train.config import StartConfig
from mgie.train.start_published import start_published
from support.published_files import old_vae, published_weights, with_prefix, write_published


def _files(root: Path) -> StartConfig:
    """LLaVA, CLIP and a Stable Diffusion whose UNet takes four channels."""
    published = write_published(root)
    unet = with_prefix("unet.", strip="unet.")
    unet["conv_in.weight"] = unet["conv_in.weight"][:, :4].clone()
    folder = root / "stable-diffusion-v1-5"
    (folder / "unet").mkdir(parents=True)
    (folder / "vae").mkdir()
    torch.save(unet, folder / "unet" / "diffusion_pytorch_model.bin")
    torch.save(old_vae(), folder / "vae" / "diffusion_pytorch_model.bin")
    return StartConfig(llava=str(published.llava), clip=str(published.clip), diffusion=str(folder))


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Networks:
    networks, files = start_published(_files(tmp_path_factory.mktemp("published")), TINY, seed=0)
    assert [path.name for path in files] == ["tokenizer.model"]
    return networks


def test_linear_layers_of_unet_and_vae_are_those_of_the_files(started: Networks) -> None:
    """The released trainer replaces every one of them by noise."""
    for prefix in ("unet.", "vae."):
        for key, expected in with_prefix(prefix, strip=prefix).items():
            if key != "conv_in.weight" or prefix == "vae.":
                assert torch.equal(started.get_parameter(prefix + key), expected), key


def test_conv_in_is_widened_with_zeros_and_keeps_its_bias(started: Networks) -> None:
    weights = published_weights()
    assert torch.equal(started.unet.conv_in.weight[:, :4], weights["unet.conv_in.weight"][:, :4])
    assert not started.unet.conv_in.weight[:, 4:].any()
    assert torch.equal(started.unet.conv_in.bias, weights["unet.conv_in.bias"])


def test_words_keep_their_rows_and_visual_tokens_get_small_new_ones(started: Networks) -> None:
    weights = published_weights()
    for ours, theirs in (("model.embed_tokens", "model.embed_tokens"), ("lm_head", "lm_head")):
        rows = started.get_parameter(f"language_model.{ours}.weight")
        assert rows.shape == (651, 64)
        assert torch.equal(rows[:643], weights[f"{theirs}.weight"][:643] * 0.5)
        assert 0.015 < float(rows.detach()[643:].std()) < 0.025
    assert started.emb is not None
    assert torch.equal(started.emb, started.get_parameter("language_model.model.embed_tokens.weight")[-8:])


def test_the_language_body_and_the_eyes_are_those_of_the_files(started: Networks) -> None:
    weights = published_weights()
    key = "layers.1.mlp.up_proj.weight"
    assert torch.equal(started.get_parameter(f"language_model.model.{key}"), weights[f"model.{key}"])
    assert started.projector is not None
    assert torch.equal(started.projector.bias, weights["model.mm_projector.bias"])
    key = "encoder.layers.0.mlp.fc1.weight"
    ours = started.get_parameter(f"vision_tower.{key}")
    assert torch.equal(ours, weights[f"vision_tower.vision_model.{key}"])


def test_a_start_is_the_same_in_every_process(tmp_path: Path) -> None:
    config = _files(tmp_path)
    first, second = (start_published(config, TINY, seed=3)[0].state_dict() for _ in range(2))
    assert all(torch.equal(value, second[key]) for key, value in first.items())


def test_a_plain_vicuna_tokenizer_is_refused(tmp_path: Path) -> None:
    config = _files(tmp_path)
    (tmp_path / "LLaVA-7B-v1" / "added_tokens.json").unlink()
    with pytest.raises(BadCheckpoint, match="LLaVA"):
        start_published(config, TINY, seed=0)
