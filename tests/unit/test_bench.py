"""The measurement, rehearsed at toy size: every section runs, and what it says is whole."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from mgie.api.models import Model
from mgie.bench.checks import PLANS
from mgie.bench.parts import PRESETS
from mgie.bench.report import table
from mgie.bench.run import SIZES, run
from mgie.bench.scaling import exponent
from mgie.editors.pix2pix.kind import describe
from mgie.model.events import SamplingOptions
from mgie.model.presets import MGIE_7B

CPU = torch.device("cpu")
TESTS = Path(__file__).parents[1]


# Stands before `python -m mgie.bench`: what the named packages need is there, and nothing else is.
_ALONE = """
import re, runpy, sys
from importlib.metadata import PackageNotFoundError, packages_distributions, requires

def closure(names):
    known, left = set(), list(names)
    while left:
        name = left.pop().lower().replace("_", "-")
        if name in known:
            continue
        try:
            needed = requires(name) or []
        except PackageNotFoundError:
            continue
        known.add(name)
        left += [re.match(r"[\\w.-]+", line)[0] for line in needed if "extra ==" not in line]
    return known

allowed = closure(["torch", "transformers", "diffusers", "accelerate", "setuptools"])
owners = packages_distributions()

class Hiding:
    def __init__(self, finder):
        self._finder = finder

    def __getattr__(self, name):
        return getattr(self._finder, name)

    def find_spec(self, name, path=None, target=None):
        top = name.partition(".")[0]
        owned = {owner.lower().replace("_", "-") for owner in owners.get(top, [])}
        is_hidden = owned and top not in ("mgie", "support") and not owned & allowed
        return None if is_hidden else self._finder.find_spec(name, path, target)

sys.meta_path[:] = map(Hiding, sys.meta_path)
runpy.run_module("mgie.bench", run_name="__main__", alter_sys=True)
"""


@pytest.mark.slow
def test_what_a_gpu_is_asked_runs_whole_on_a_cpu_at_toy_size_with_few_packages(tmp_path: Path) -> None:
    options = ["--device", "cpu", "--size", "tiny", "--gpu-check", "--folder", tmp_path, "--tests", TESTS]
    done = subprocess.run(
        [sys.executable, "-c", _ALONE, *map(str, options)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    said, found = done.stdout.splitlines(), json.loads((tmp_path / "bench.json").read_text())
    assert found["failed"] == {}
    assert len(found["parity"]) >= 3
    for difference in found["parity"].values():
        assert difference["latents"] < 5e-3
        assert difference["picture_255"] <= 1
    for way in ("ordinary", "graphs"):
        assert found["equalities"][way]["same_text"]
        assert found["equalities"][way]["picture"] < 1e-3
        assert found["equalities"][way]["refused"] == {}
    parts = {row["part"]: row for row in found["parts"]}
    for part in ("words, all", "one token", "one guided UNet step, batch 1", "VAE encode", "VAE decode"):
        assert min(parts[part]["plain_s"], parts[part]["eager_s"], parts[part]["ours_s"]) > 0
    assert parts["one token"]["floor_s"] > 0
    assert {f"new seed of known words, {preset}" for preset in PRESETS} < set(parts)
    assert found["presets"]["exact"] == {"from_exact": 0, "from_all_steps": 0}
    plans = found["plans"]
    assert list(plans) == list(PLANS)
    assert plans["12 GB: int8, resident"]["same_text"]
    assert 0 < plans["12 GB: int8, resident"]["states"] < 0.05
    assert found["training"]["samples_per_s"] > 0
    assert found["overlap"]["num_compared"] == 4
    assert (found["overlap"]["words"], found["overlap"]["picture"]) == (0, 0)
    assert found["overlap"]["together_s"] > 0
    for part in ("picture to features", "one guided UNet step, batch 8", "VAE encode", "VAE decode"):
        assert min(parts[part]["num_bytes"], parts[part]["num_flops"], parts[part]["floor_s"]) > 0
    assert sum("one token" in line for line in said) == 1


@pytest.mark.slow
def test_growth_is_measured_in_every_direction(tmp_path: Path) -> None:
    found = run(CPU, SIZES["tiny"], folder=tmp_path, gpu_check=False, say=lambda _text: None)
    assert found["failed"] == {}
    assert set(found["scaling"]) == {"picture side, px", "batch", "regions", "queue"}
    for growth in found["scaling"].values():
        assert len(growth["seconds"]) == len(growth["sizes"])
        assert isinstance(growth["exponent"], float)
    assert (tmp_path / "bench.png").stat().st_size > 1000


def test_the_measured_presets_are_those_that_the_model_offers() -> None:
    offered = {preset.name: preset.options for preset in describe(Model(name="models/x"), MGIE_7B).presets}
    assert list(PRESETS) == ["exact", "balanced", "fast"]
    for name, options in PRESETS.items():
        assert options == replace(SamplingOptions(), **offered[name])


def test_the_exponent_of_a_power_law_is_found() -> None:
    assert exponent([1, 2, 8], [3, 12, 192]) == pytest.approx(2)


def test_a_row_without_a_comparison_leaves_its_cells_empty() -> None:
    row = {"part": "x", "plain_s": None, "eager_s": None, "ours_s": 0.002, "floor_s": 0.001}
    *_, line = table([row | {"num_bytes": 2e9, "num_flops": None}])
    cells = [cell.strip() for cell in line.split("|")[1:-1]]
    assert cells == ["x", "", "", "2.00", "", "2", "", "1.00", "2.00"]
