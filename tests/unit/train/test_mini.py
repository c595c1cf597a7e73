"""From photographs to models: the stages of mgie-mini's training, and that a stopped one goes on."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from click.testing import CliRunner

from mgie.errors import BadData
from mgie.model.networks import build_networks
from mgie.model.presets import MINI
from mgie.synth.mini_mix import mini_weights
from mgie.train.data.synthetic import SyntheticSource
from mgie.train.mini.__main__ import main
from mgie.train.mini.pairs import MiniPairs, make_pairs
from mgie.train.mini.prepare import prepare
from mgie.train.mini.stages import KINDS, Budget, train_kind
from mgie.weights.checkpoint import load_networks
from mgie.weights.manifest import read_manifest
from support.synthetic_photos import write_photos

pytestmark = pytest.mark.slow

NUM_PAIRS = 80  # more than one block
NUM_TEXTS = 800
BUDGET = Budget(num_pairs=NUM_PAIRS, language=64, end_to_end=64, half_size=64, full_size=64)


@pytest.fixture(name="begin", scope="module")
def _begin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `prepare` leaves."""
    torch.set_num_threads(1)
    folder = tmp_path_factory.mktemp("mini")
    photos = write_photos(folder / "photos", 24, 128)
    prepare(photos, folder / "start", vae_steps=2, num_pairs=NUM_PAIRS, num_texts=NUM_TEXTS)
    return folder / "start"


def test_all_kinds_start_from_one_denoiser_and_one_autoencoder(begin: Path) -> None:
    first, *others = (load_networks(begin / name).state_dict() for name in KINDS)
    for other in others:
        shared = [name for name in first if name.startswith(("unet.", "vae."))]
        assert all(torch.equal(first[name], other[name]) for name in shared)


def test_a_second_call_keeps_what_is_there(begin: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in begin.rglob("*") if path.is_file()}
    prepare(begin.parent / "photos", begin, vae_steps=2, num_pairs=NUM_PAIRS, num_texts=NUM_TEXTS)
    assert {path: path.stat().st_mtime_ns for path in begin.rglob("*") if path.is_file()} == before


def test_pairs_stopped_in_the_middle_are_the_same_in_the_end(tmp_path: Path, begin: Path) -> None:
    source = SyntheticSource(begin / "photos.npz", num_pairs=NUM_PAIRS)
    vae = build_networks(MINI).vae
    stopped = make_pairs(source, vae, tmp_path / "stopped", NUM_PAIRS)
    next(stopped)
    stopped.close()
    with pytest.raises(BadData, match="64 of 80 pairs"):
        MiniPairs(tmp_path / "stopped", NUM_PAIRS)
    with (tmp_path / "stopped" / "texts.jsonl").open("a", encoding="utf-8") as texts:
        texts.write('["half a block", "before it was killed"]\n')
    list(make_pairs(source, vae, tmp_path / "stopped", NUM_PAIRS))
    list(make_pairs(source, vae, tmp_path / "whole", NUM_PAIRS))
    one, other = (MiniPairs(tmp_path / name, NUM_PAIRS) for name in ("stopped", "whole"))
    assert one.texts == other.texts
    # Latents are bfloat16's; a picture met in another block is computed beside others.
    assert np.allclose(one.goal_latents, other.goal_latents, atol=0.05)
    assert np.array_equal(one.vision_pixels, other.vision_pixels)


@pytest.fixture(name="trained", scope="module")
def _trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where this file's trained models lie; made where they are not there yet."""
    return tmp_path_factory.mktemp("trained")


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_passes_all_stages_and_loads(trained: Path, begin: Path, kind: str) -> None:
    model = train_kind(kind, begin, trained / kind, BUDGET)
    assert read_manifest(model).name == kind
    before, after = load_networks(begin / kind).state_dict(), load_networks(model).state_dict()
    assert before.keys() == after.keys()
    moved = {name.split(".")[0] for name in before if not torch.equal(before[name], after[name])}
    assert {"unet", "edit_head" if KINDS[kind].language else "text_encoder"} <= moved
    assert "vae" not in moved


def test_a_finished_stage_is_kept(trained: Path, begin: Path) -> None:
    kind = "insp2p-mini"
    model = train_kind(kind, begin, trained / kind, BUDGET)
    written = (model / "model.json").stat().st_mtime_ns
    assert train_kind(kind, begin, trained / kind, BUDGET) == model
    assert (model / "model.json").stat().st_mtime_ns == written


def test_a_family_is_practised_on_pairs_of_its_own(tmp_path: Path, begin: Path) -> None:
    weights, plain = mini_weights("local"), mini_weights()
    assert sum(weights.values()) == pytest.approx(1)
    assert sum(plain.values()) == pytest.approx(1)
    assert sum(weight for name, weight in weights.items() if name.startswith("local_")) == pytest.approx(0.5)
    out = ["--out", str(begin.parent)]
    made = CliRunner().invoke(main, ["focus", "local", *out, "--num-pairs", "64"])
    assert made.exit_code == 0, made.output
    pairs = ["--pairs", str(begin / "pairs-local"), "--num-pairs", "64"]
    command = ["more", str(begin / "mgie-mini"), str(tmp_path / "mgie-mini"), *pairs]
    assert "nothing to train" in CliRunner().invoke(main, command).output
    trained = CliRunner().invoke(main, [*command, "--half-size", "64"])
    assert trained.exit_code == 0, trained.output
    assert read_manifest(tmp_path / "mgie-mini").kind == "mgie"


def test_a_model_is_shipped_in_half_precision_beside_its_card(tmp_path: Path, begin: Path) -> None:
    result = tmp_path / "mgie-mini"
    for _ in range(2):
        outcome = CliRunner().invoke(main, ["ship", str(begin / "lgie-mini"), str(result)])
        assert outcome.exit_code == 0, outcome.output
        (result / "MODEL_CARD.md").write_text("what it is", encoding="utf-8")
    CliRunner().invoke(main, ["ship", str(begin / "mgie-mini"), str(result)])
    manifest = read_manifest(result)
    assert (manifest.name, manifest.kind, manifest.license) == ("mgie-mini", "mgie", "Apache-2.0")
    assert {weight.dtype for weight in load_networks(result).state_dict().values()} == {torch.float16}
    assert (result / "MODEL_CARD.md").read_text(encoding="utf-8") == "what it is"


def test_the_commands_explain_themselves() -> None:
    for command in main.commands:
        assert CliRunner().invoke(main, [command, "--help"]).exit_code == 0


def test_the_budget_scales_as_a_whole() -> None:
    assert Budget().scaled(0.5).language * 2 == Budget().language
    assert min(Budget().scaled(1e-6).__dict__.values()) == 64
