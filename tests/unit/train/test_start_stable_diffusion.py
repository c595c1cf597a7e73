"""InsPix2Pix straight from Stable Diffusion: every weight of the folder, four input channels made eight."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from click.testing import CliRunner
from safetensors.torch import load_file, save_file

from mgie.cli.train import train
from mgie.dataclass_reader import dataclass_from
from mgie.editors.loading import load_editor
from mgie.errors import BadCheckpoint, BadOption, BadTokenizer
from mgie.model.networks import build_networks
from mgie.model.presets import TINY_INSPIX2PIX
from mgie.train.config import StartConfig
from mgie.train.start import open_tokenizer, start
from support.published_files import write_insp2p

PACK = Path(__file__).parents[2] / "data" / "parity" / "train"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A Stable Diffusion folder in diffusers' layout: `write_insp2p`'s, but its UNet takes four channels."""
    folder = write_insp2p(tmp_path).rename(tmp_path / "stable-diffusion-v1-5")
    _change(folder / "unet" / "diffusion_pytorch_model.safetensors", conv_in=slice(0, 4))
    return folder


def _change(path: Path, *, conv_in: slice) -> None:
    tensors = load_file(path)
    tensors["conv_in.weight"] = tensors["conv_in.weight"][:, conv_in].contiguous()
    save_file(tensors, path)


def _config(folder: Path, **changes: Any) -> StartConfig:
    values = {"diffusion": str(folder), "kind": "insp2p", "preset": "tiny"}
    return dataclass_from(StartConfig, values | changes, "start")


def test_every_weight_is_the_folders_and_the_new_channels_are_zero(folder: Path) -> None:
    started = start(_config(folder), seed=0)
    expected = build_networks(TINY_INSPIX2PIX, seed=3).state_dict()  # what the folder was written from
    expected["unet.conv_in.weight"][:, 4:] = 0
    found = started.networks.state_dict()
    assert set(found) == set(expected)
    assert all(torch.equal(found[key], expected[key]) for key in expected)
    assert started.networks.config == TINY_INSPIX2PIX
    assert (started.license, started.source) == ("CreativeML-OpenRAIL-M", "stable-diffusion-v1-5")
    assert len(open_tokenizer(started).encode("make it red")) == 77


def test_a_folder_of_eight_channels_is_taken_as_it_is(tmp_path: Path) -> None:
    networks = start(_config(write_insp2p(tmp_path)), seed=0).networks
    expected = build_networks(TINY_INSPIX2PIX, seed=3).unet.conv_in.weight
    assert torch.equal(networks.unet.conv_in.weight, expected)


def test_a_folder_without_its_text_half_is_refused(folder: Path) -> None:
    (folder / "text_encoder" / "model.safetensors").unlink()
    with pytest.raises(BadCheckpoint, match="text_encoder holds no model"):
        start(_config(folder), seed=0)
    (folder / "tokenizer" / "tokenizer.model").unlink()
    with pytest.raises(BadTokenizer, match=r"tokenizer\.model is missing"):
        start(_config(folder), seed=0)


def test_a_folder_of_another_size_is_refused(folder: Path) -> None:
    with pytest.raises(BadTokenizer, match=r"vocab\.json is missing"):
        start(_config(folder, preset=None), seed=0)  # the published size, whose tokenizer is CLIP's


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"kind": "mgie"}, "start.kind is mgie; for MGIE also name start.llava"),
        ({"kind": "mgie", "preset": None}, "makes a model of kind insp2p"),
        ({"model": "mgie-mini", "preset": None}, "leave model, tokenizer, clip away"),
        ({"tokenizer": "tokenizer.model"}, "leave model, tokenizer, clip away"),
    ],
)
def test_a_contradictory_start_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(BadOption, match=message):
        _config(Path("stable-diffusion-v1-5"), **changes)


@pytest.mark.slow
def test_the_shipped_recipe_runs_on_a_small_folder(folder: Path, tmp_path: Path) -> None:
    """`mgie train --config insp2p-from-sd15`, in small, and the editor that comes out."""
    data = {"layout": "mgie-tsv", "path": str(PACK), "split": "task"}
    changes = {
        "start": {"diffusion": str(folder), "kind": "insp2p", "preset": "tiny"},
        "data": [data],
        "pictures.size_px": 32,
        "run.num_steps": 3,
        "run.batch_size": 2,
        "run.accumulation": 2,
        "run.precision": "fp32",
        "run.num_workers": 0,
        "run.log_every": 1,
        "run.num_threads": 1,
    }
    arguments = [f"--set={key}={json.dumps(value)}" for key, value in changes.items()]  # JSON is YAML
    run = tmp_path / "run"
    _invoke("--config", "insp2p-from-sd15", "--out", str(run), *arguments)
    lines = [json.loads(line) for line in (run / "log.jsonl").read_text().splitlines()]
    assert [(line["step"], line["num_bad"]) for line in lines] == [(1, 0), (2, 0), (3, 0)]
    assert all(line["edit_loss"] > 0 and line["instruction_loss"] == 0 for line in lines)

    _invoke("export", str(run), "--out", str(tmp_path / "model"), "--average")
    info = load_editor(tmp_path / "model").info
    assert (info.kind, info.license) == ("insp2p", "CreativeML-OpenRAIL-M")
    trained = start(StartConfig(model=str(tmp_path / "model")), seed=0).networks
    assert trained.unet.conv_in.weight[:, 4:].any()  # the new channels learn
    before = build_networks(TINY_INSPIX2PIX, seed=3)
    assert trained.text_encoder is not None
    assert before.text_encoder is not None
    for name, weight in before.text_encoder.named_parameters():  # frozen
        assert torch.equal(trained.text_encoder.get_parameter(name), weight), name


def _invoke(*arguments: str) -> None:
    result = CliRunner().invoke(train, arguments, catch_exceptions=False)
    assert result.exit_code == 0, result.output
