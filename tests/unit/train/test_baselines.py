"""mgie-mini beside LGIE, InsPix2Pix and FT at toy size: one start, one budget, what tells each what to do."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from click.testing import CliRunner
from PIL import Image

from mgie.editors.loading import open_editor
from mgie.model.config_dict import config_from_dict
from mgie.model.generators import drain
from mgie.model.networks import Networks, build_networks
from mgie.model.plan_codes import PlanCodes
from mgie.model.presets import MINI, MINI_INSPIX2PIX
from mgie.model.text_tokenizer import PieceTokenizer
from mgie.synth.asking import Request
from mgie.synth.expressive import decided
from mgie.synth.mini_mix import mini_operations
from mgie.train.data.synthetic import open_synthetic
from mgie.train.mini.__main__ import main
from mgie.train.mini.baselines import BASELINES, Budget, unseeing_config, unseeing_plan
from mgie.train.mini.text_encoder_stage import ReadingConfig, train_text_encoder
from mgie.weights.checkpoint import load_networks
from mgie.weights.installed import find_model
from mgie.weights.manifest import read_manifest
from support.accelerate_state import forget_accelerate
from support.synthetic_photos import write_photos


def _shipped_codes(*, is_unseeing: bool) -> PlanCodes:
    config = config_from_dict(read_manifest(find_model("mgie-mini")).config)
    config = unseeing_config(config) if is_unseeing else config
    assert config.reader is not None
    return PlanCodes(config.reader, MINI.unet.cross_attention_dim)


def test_without_eyes_a_plan_names_all_that_may_be_meant() -> None:
    said = unseeing_plan("fix_exposure", "I'll make up for the overexposure.")
    assert said == (
        "I don't see the photograph. I'll make up for the underexposure or make up for the overexposure."
    )
    assert unseeing_plan("brighten", "I'll lift the exposure.").endswith("I'll lift the exposure.")


def test_without_eyes_every_decision_is_one_code_and_only_repairs_lose_what_they_meant() -> None:
    seeing, unseeing = _shipped_codes(is_unseeing=False), _shipped_codes(is_unseeing=True)
    meant: dict[str, set[int]] = {}
    told: dict[str, set[int]] = {}
    for operation in mini_operations():
        if operation.family == "refusal":
            continue
        decision = f"{decided(Request(operation=operation, strength='medium', text=''))}."
        (wish,) = unseeing.wishes(unseeing_plan(operation.name, decision))
        told.setdefault(operation.name, set()).add(wish.key)
        meant.setdefault(operation.name, set()).update(each.key for each in seeing.wishes(decision))
    repairs = {operation.name for operation in mini_operations() if operation.family == "repair"}
    assert all(len(keys) == 1 for keys in told.values())
    assert {name for name, keys in meant.items() if len(keys) > 1} == repairs
    assert len({next(iter(keys)) for keys in told.values()}) >= len(repairs)


def test_the_budget_scales_as_a_whole() -> None:
    assert Budget().scaled(0.5).half_size * 2 == Budget().half_size
    assert min(vars(Budget().scaled(1e-6)).values()) == 64


@pytest.fixture(name="photos", scope="module")
def _photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.set_num_threads(1)
    return write_photos(tmp_path_factory.mktemp("photos"), 24, 128)


def test_a_text_encoder_learns_to_read_requests(photos: Path) -> None:
    tokenizer = (find_model("mgie-mini") / "tokenizer.model").read_bytes()
    encoder_config = MINI_INSPIX2PIX.text_encoder
    encoder = build_networks(MINI_INSPIX2PIX).text_encoder
    assert encoder is not None
    assert encoder_config is not None
    source = open_synthetic(photos, split="train", seed=2, num_pairs=None)
    config = ReadingConfig(num_requests=3200, batch_size=32)
    steps = list(train_text_encoder(encoder, source, PieceTokenizer(tokenizer, encoder_config), config))
    assert np.mean([step.loss for step in steps[-10:]]) < 0.9 * np.mean([step.loss for step in steps[:10]])
    assert np.mean([step.accuracy for step in steps[-10:]]) > 2 * np.mean([s.accuracy for s in steps[:10]])


@pytest.fixture(name="trained", scope="module")
def _trained(photos: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The working folder of the command at its smallest."""
    out = tmp_path_factory.mktemp("baselines")
    _train(photos, out)
    return out


def _train(photos: Path, out: Path, *options: str) -> None:
    forget_accelerate()
    command = ["baselines", "mgie-mini", "mgie-mini", "--photos", str(photos), "--out", str(out)]
    CliRunner().invoke(main, [*command, "--scale", "1e-6", *options], catch_exceptions=False)


def _parts(networks: Networks, *names: str) -> dict[str, torch.Tensor]:
    return {name: value for name, value in networks.state_dict().items() if name.split(".")[0] in names}


@pytest.mark.slow
def test_all_painters_begin_with_one_denoiser_and_move_it_alone(trained: Path) -> None:
    begins = [load_networks(trained / "start" / f"{name}-mini") for name in ("mgie", "lgie", "insp2p")]
    first = _parts(begins[0], "unet", "vae")
    for begin in begins:
        assert all(torch.equal(first[name], value) for name, value in _parts(begin, "unet", "vae").items())
    for name in BASELINES:
        done = load_networks(trained / f"{name}-mini")
        assert all(torch.equal(first[key], value) for key, value in _parts(done, "vae").items())
        assert any(not torch.equal(first[key], value) for key, value in _parts(done, "unet").items())
    kinds = [read_manifest(trained / f"{name}-mini").kind for name in BASELINES]
    assert kinds == ["mgie", "lgie", "insp2p", "insp2p"]


@pytest.mark.slow
def test_the_seeing_half_is_taken_as_it_is(trained: Path) -> None:
    parts = ("vision_tower", "projector", "language_model", "reader", "region_masks", "faults")
    shipped, done = load_networks(find_model("mgie-mini")), load_networks(trained / "mgie-mini")
    theirs = _parts(shipped, *parts)
    assert all(torch.equal(value, theirs[name].float()) for name, value in _parts(done, *parts).items())


@pytest.mark.slow
def test_lgie_says_and_does_the_same_whatever_the_picture(trained: Path) -> None:
    editor = open_editor(str(trained / "lgie-mini"))
    dark, light = (Image.new("RGB", (128, 128), (level, level, level)) for level in (20, 230))
    one, other = (drain(editor.encode(each, "fix the exposure")) for each in (dark, light))
    assert one.expressive_instruction == other.expressive_instruction
    assert torch.equal(one.edit_embeds, other.edit_embeds)  # type: ignore[attr-defined]  # a UNet's encodings
    assert load_networks(trained / "lgie-mini").faults is None


@pytest.mark.slow
def test_a_stopped_call_goes_on_and_the_ablations_are_pairs_of_models(trained: Path, photos: Path) -> None:
    written = {name: (trained / f"{name}-mini" / "model.json").stat().st_mtime_ns for name in BASELINES}
    _train(photos, trained, "--names", "mgie,lgie")
    assert written == {
        name: (trained / f"{name}-mini" / "model.json").stat().st_mtime_ns for name in BASELINES
    }
    for painter in ("insp2p", "ft"):  # FZ and FT
        editor = open_editor(f"{trained / 'mgie-mini'}+{trained / f'{painter}-mini'}")
        encoding = drain(editor.encode(Image.new("RGB", (128, 128), (90, 60, 40)), "make it brighter"))
        assert "exposure" in encoding.expressive_instruction


def test_unknown_names_are_refused(photos: Path, tmp_path: Path) -> None:
    command = ["baselines", "mgie-mini", "mgie-mini", "--photos", str(photos), "--out", str(tmp_path)]
    assert "is none of mgie, lgie" in CliRunner().invoke(main, [*command, "--names", "mgie,other"]).output
