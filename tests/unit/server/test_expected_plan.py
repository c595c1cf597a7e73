"""The memory plan of a model that is not loaded, from manifests and free memory. The GPU is imagined."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from mgie.api.system import Estimate
from mgie.editors.flux_kontext.config import FLUX_KONTEXT_DEV, FluxKontextConfig
from mgie.editors.vlm.config import VlmConfig
from mgie.model.config import ModelConfig
from mgie.model.config_dict import config_to_dict
from mgie.model.load_options import LoadOptions
from mgie.model.presets import MGIE_7B
from mgie.server.estimate import estimate
from mgie.server.expected_plan import ExpectedPlan, expected_plan
from mgie.server.lane import LaneState
from mgie.server.model_registry import LOADING, InstalledModels
from mgie.server.store import Averages
from mgie.weights.manifest import Manifest, write_manifest

GIB = 1 << 30
CUDA = LoadOptions(device="cuda:0")


@pytest.fixture
def models(tmp_path: Path) -> InstalledModels:
    """Manifests with the published sizes; no weights."""
    for name, config in (("mgie-7b", MGIE_7B), ("flux", FLUX_KONTEXT_DEV), ("writer", VlmConfig())):
        write(tmp_path / name, config)
    return InstalledModels(tmp_path)


def write(folder: Path, config: ModelConfig | FluxKontextConfig | VlmConfig) -> None:
    folder.mkdir()
    manifest = Manifest(
        name=folder.name,
        kind=config.kind,
        license="x",
        source="a test",
        config=config_to_dict(config),
        files=(),
    )
    write_manifest(folder, manifest)


@pytest.fixture
def free_gib(monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """What an imagined card has free; may be changed."""
    found = {"free": 24}

    def mem_get_info(_device: torch.device) -> tuple[int, int]:
        return found["free"] * GIB, 80 * GIB

    monkeypatch.setattr(torch.cuda, "mem_get_info", mem_get_info)
    return found


def text_of(plan: ExpectedPlan | None) -> str:
    assert plan is not None
    return plan.text


def test_the_plan_follows_the_free_memory(models: InstalledModels, free_gib: dict[str, int]) -> None:
    assert text_of(expected_plan(models, "mgie-7b", CUDA)) == "fp16, all on the device, about 17.1 GB"
    free_gib["free"] = 10
    assert text_of(expected_plan(models, "mgie-7b", CUDA)) == "int8, all on the device, about 10.6 GB"
    assert text_of(expected_plan(models, "flux", CUDA)) == "int4, halves in turn, about 8.8 GB"
    asked = LoadOptions(device="cuda:0", precision="bf16")
    assert (
        text_of(expected_plan(models, "flux", asked))
        == "bf16, layer by layer, pictures in tiles, about 1.5 GB"
    )


def test_a_model_that_makes_room_counts(models: InstalledModels, free_gib: dict[str, int]) -> None:
    free_gib["free"] = 6
    found = expected_plan(models, "mgie-7b", CUDA, spare_bytes=16 * GIB)
    assert text_of(found) == "fp16, all on the device, about 17.1 GB"


def test_the_writer_is_there_before_the_painter(models: InstalledModels, free_gib: dict[str, int]) -> None:
    free_gib["free"] = 36
    both = expected_plan(models, "mgie-7b+flux", CUDA)
    alone = expected_plan(models, "flux", CUDA)
    assert text_of(alone) == "bf16, all on the device, about 34.8 GB"
    assert text_of(both) == "fp16, all on the device, about 17.1 GB; int8, all on the device, about 18.4 GB"
    assert both is not None
    assert both.needed_bytes == pytest.approx(17.1e9 + 18.4e9 - GIB, abs=0.1e9)  # one workspace


def test_nothing_is_said_where_nothing_is_known(models: InstalledModels, free_gib: dict[str, int]) -> None:
    assert expected_plan(models, "writer", CUDA) is None
    assert expected_plan(models, "writer+flux", CUDA) is None
    assert expected_plan(models, "nobody", CUDA) is None
    assert expected_plan(models, "flux", LoadOptions(device="cuda:0", precision="fp16")) is not None
    with LOADING:  # what is free will soon be something else
        assert expected_plan(models, "flux", CUDA) is None
    assert expected_plan(models, "flux", CUDA) is not None


def test_a_forecast_marks_the_plan_as_expected() -> None:
    plan = ExpectedPlan(text="int8, all on the device, about 10.6 GB", needed_bytes=10_600_000_000)
    lane = LaneState(device="cuda:0", total_bytes=24 * GIB, free_bytes=11 * GIB)
    found = forecast(lane, plan)
    assert found.explanation.endswith("(not loaded yet; expected as: int8, all on the device, about 10.6 GB)")
    assert (found.fits, found.needed_bytes) == (True, 10_600_000_000)  # not the 17 GB of the files
    other = LaneState(
        device="cuda:0",
        total_bytes=24 * GIB,
        free_bytes=2 * GIB,
        ours_bytes=20 * GIB,
        loaded_models=("other",),
        memory_plan="what the other one is loaded as",
    )
    assert forecast(other, plan).fits  # the other one makes room
    assert "other one" not in forecast(other, plan).explanation
    assert "expected" not in forecast(lane, None).explanation


def forecast(lane: LaneState, plan: ExpectedPlan | None) -> Estimate:
    return estimate(
        Averages(encode_s=None, step_s=None, finish_s_per_megapixel=None, peak_bytes=0, num_measured=0),
        lane,
        {},
        num_pixels=1 << 20,
        num_seeds=1,
        model_bytes=17_000_000_000,
        is_loaded=False,
        expected=plan,
    )
