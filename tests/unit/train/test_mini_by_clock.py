"""mgie-mini by the clock, rehearsed at toy size: every stage, a killed run, both starts, the commands."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from click.testing import CliRunner

from mgie.model.areas import RegionMasks
from mgie.model.events import Area
from mgie.model.faults import PictureFaults
from mgie.model.plan_codes import PlanCodes, Wish
from mgie.model.presets import MINI
from mgie.model.reader import RequestReader
from mgie.synth.asking import Request
from mgie.synth.expressive import decided
from mgie.synth.mini_mix import mini_operations
from mgie.synth.photos import read_small_pack
from mgie.train.config import StartConfig
from mgie.train.data.synthetic import load_photos, open_synthetic
from mgie.train.mini.__main__ import main
from mgie.train.mini.by_clock import ByClock, fresh_start, grafted_start, train_by_clock
from mgie.train.mini.clock import Clock, rate_at
from mgie.train.mini.edit_head_start import start_silent
from mgie.train.mini.faults_stage import FaultsTraining, train_faults
from mgie.train.mini.masks_stage import MasksTraining, train_masks
from mgie.train.mini.reader_stage import ReaderTraining, train_reader, with_reader
from mgie.train.mini.words_stage import Sentences, words_loss
from mgie.train.start import open_tokenizer, start
from mgie.weights.checkpoint import load_networks
from mgie.weights.manifest import read_manifest
from support.accelerate_state import forget_accelerate
from support.synthetic_photos import write_photos

PLAN = ByClock(minutes=0.12, num_pairs=64).with_small_parts(0.002)


@pytest.fixture(name="pack", scope="module")
def _pack(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small pack of a few photographs."""
    torch.set_num_threads(1)
    folder = tmp_path_factory.mktemp("photos")
    photos = write_photos(folder / "photos", 24, 128)
    outcome = CliRunner().invoke(main, ["pack", "--photos", str(photos), str(folder / "photos.zip")])
    assert outcome.exit_code == 0, outcome.output
    return folder / "photos.zip"


@pytest.fixture(name="trained", scope="module")
def _trained(pack: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The working folder of a whole run from fresh weights."""
    out = tmp_path_factory.mktemp("run")
    forget_accelerate()
    train_by_clock(fresh_start(pack, out, PLAN), out, PLAN)
    return out


def test_a_small_pack_holds_the_photographs_of_both_splits(pack: Path) -> None:
    for split in ("train", "held_out"):
        assert load_photos(pack, 128, split).shape[1:] == (128, 128, 3)  # type: ignore[arg-type]  # both splits
    assert len(read_small_pack(pack, 128, "train")) > len(read_small_pack(pack, 128, "held_out"))


def test_a_whole_run_ends_in_a_model_whose_every_part_moved(trained: Path) -> None:
    before, after = (load_networks(trained / name).state_dict() for name in ("start", "mgie-mini"))
    assert read_manifest(trained / "mgie-mini").kind == "mgie"
    moved = {name.split(".")[0] for name in before if not torch.equal(before[name], after[name])}
    assert {
        "language_model",
        "projector",
        "edit_head",
        "unet",
        "reader",
        "plan_codes",
        "region_masks",
        "faults",
    } <= moved
    assert "vae" not in moved


def test_a_finished_run_is_kept(trained: Path) -> None:
    written = (trained / "mgie-mini" / "model.json").stat().st_mtime_ns
    train_by_clock(trained / "start", trained, PLAN)
    assert (trained / "mgie-mini" / "model.json").stat().st_mtime_ns == written


def test_a_model_is_grown_from_two_others(trained: Path, pack: Path, tmp_path: Path) -> None:
    for name in ("photos.npz", "tokenizer.model"):
        shutil.copy(trained / name, tmp_path / name)
    done = trained / "mgie-mini"
    grown = load_networks(grafted_start(pack, tmp_path, done, done))
    old = load_networks(done)
    for part in ("vision_tower", "unet", "vae"):
        theirs = old.get_submodule(part).state_dict()
        assert all(
            torch.equal(value, theirs[name]) for name, value in grown.get_submodule(part).state_dict().items()
        )
    assert grown.language_model is not None
    assert old.language_model is not None
    rows, old_rows = (each.model.embed_tokens.weight for each in (grown.language_model, old.language_model))
    assert torch.allclose(rows, old_rows)  # under the same vocabulary


def test_the_command_for_a_gpu_is_rehearsed_without_one(pack: Path, trained: Path, tmp_path: Path) -> None:
    for name in ("photos.npz", "tokenizer.model"):
        shutil.copy(trained / name, tmp_path / name)
    arguments = ["--minutes", "0.05", "--workers", "0", "--batch-factor", "1", "--num-pairs", "64"]
    arguments += ["--small-parts", "0.002"]
    outcome = CliRunner().invoke(main, ["gpu", "--photos", str(pack), "--out", str(tmp_path), *arguments])
    assert outcome.exit_code == 0, outcome.output
    assert read_manifest(tmp_path / "mgie-mini").name == "mgie-mini"


def test_a_reader_learns_requests_by_their_words(trained: Path) -> None:
    config = with_reader(MINI).reader
    assert config is not None
    assert "|" in config.decisions[-3]  # what only the picture tells
    source = open_synthetic(trained / "photos.npz", split="train", seed=2, num_pairs=None)
    training = ReaderTraining(num_requests=2560, num_rounds=6, batch_size=64)
    rounds = list(train_reader(RequestReader(config), source, training))
    assert rounds[-1].loss < 0.9 * rounds[0].loss
    assert rounds[-1].accuracy > 1.5 * rounds[0].accuracy


def test_a_clock_counts_what_an_earlier_run_used() -> None:
    clock = Clock(100.0)
    clock.resume({"used_s": 40.0})
    assert clock.share == pytest.approx(0.4, abs=0.01)
    clock.resume({})
    assert clock.share == pytest.approx(0.0, abs=0.01)
    ended = Clock(1e-9)
    time.sleep(1e-3)
    assert ended.share == 1.0
    assert rate_at(0.0) > rate_at(0.5) > rate_at(1.0) > 0


def test_requests_are_learned_with_and_without_pictures(trained: Path) -> None:
    started = start(StartConfig(model=str(trained / "start")), seed=0)
    source = open_synthetic(trained / "photos.npz", split="train", seed=1, num_pairs=100)
    sentences = Sentences(source, started.config, open_tokenizer(started))  # type: ignore[arg-type]  # as trained
    seen, unseen = ([make(index) for index in range(4)] for make in (sentences.seen, sentences.unseen))
    assert all(each.seen is not None and each.seen.shape == (96, 96, 3) for each in seen)
    assert max(len(each.ids) for each in unseen) < min(len(each.ids) for each in seen)
    for batch in (seen, unseen):
        assert np.isfinite(words_loss(started.networks, batch).item())
        assert all(0 < each.num_prompt < len(each.ids) for each in batch)


def test_masks_learn_where_the_regions_are(trained: Path) -> None:
    config = with_reader(MINI).reader
    assert config is not None
    masks = RegionMasks(config)
    photos = load_photos(trained / "photos.npz", 128, "train")
    steps = list(train_masks(masks, photos, MasksTraining(num_steps=300, num_photos=12)))
    assert steps[-1].error < 0.5 * steps[0].error
    pixels = torch.from_numpy(photos[:1]).permute(0, 3, 1, 2) / 127.5 - 1
    left = masks.mask(pixels, Area(config.regions.index("the left half")))
    assert left[..., :40].mean() > 0.8
    assert left[..., -40:].mean() < 0.2


def test_faults_are_told_from_tones_and_colours(trained: Path) -> None:
    config = with_reader(MINI).reader
    assert config is not None
    faults = PictureFaults(config)
    photos = load_photos(trained / "photos.npz", 128, "train")
    training = FaultsTraining(num_pictures=200, num_rounds=30, pooling=4, batch_size=20)
    rounds = list(train_faults(faults, photos, training))
    assert rounds[-1].accuracy > 0.5 > rounds[0].accuracy


def test_local_edits_are_painted_on_the_whole_picture(trained: Path) -> None:
    source, whole = (
        open_synthetic(trained / "photos.npz", split="train", seed=4, num_pairs=60, for_painting=painted)
        for painted in (False, True)
    )
    pairs = [(source.synthetic(index), whole.synthetic(index)) for index in range(60)]
    local = [(one, other) for one, other in pairs if one.operation.name == "local_brighten"]
    assert local
    for one, other in local:
        assert one.instruction == other.instruction
        assert (
            np.abs(other.goal - other.input.astype(float)).mean()
            >= np.abs(one.goal - one.input.astype(float)).mean()
        )
    assert all(other.operation.family != "refusal" for _, other in pairs)


def test_the_plans_of_all_operations_have_codes_of_their_own() -> None:
    config = with_reader(MINI).reader
    assert config is not None
    codes = PlanCodes(config, MINI.unet.cross_attention_dim)
    known: dict[Wish, str] = {}
    for operation in mini_operations():
        for strength in operation.strengths if operation.family != "refusal" else ():
            plan = decided(Request(operation=operation, strength=strength, text=""))
            (wish,) = codes.wishes(f"This is a dark photograph. {plan}, so it becomes warmer.")
            assert bool(wish.area.region) == bool(operation.area)
            assert known.setdefault(wish, plan) == plan


def test_a_silent_edit_head_answers_alike_to_everything(trained: Path) -> None:
    networks = load_networks(trained / "start")
    head, emb = networks.edit_head, networks.emb
    assert head is not None
    assert emb is not None
    start_silent(head)
    states = torch.randn(3, 8, 256, generator=torch.Generator().manual_seed(0))
    answers = head(states, emb)
    assert torch.equal(answers[0], answers[1])
    assert not torch.equal(answers[0, 0], answers[0, 1])
