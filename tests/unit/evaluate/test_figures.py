"""Figures and timings from small runs: they are drawn, and refuse what cannot be drawn."""

from __future__ import annotations

from collections import deque
from pathlib import Path

import pytest
from click.testing import CliRunner
from PIL import Image

from mgie.cli.evaluate import evaluate
from mgie.evaluate.datasets.catalogue import DatasetSpec
from mgie.evaluate.runs.config import RunConfig
from mgie.evaluate.runs.perform import perform
from mgie.evaluate.scoring.score_files import score_run
from support.eval_datasets import write_dataset


@pytest.fixture(name="run", scope="module")
def _run(tmp_path_factory: pytest.TempPathFactory, tiny_model: Path, backbones_folder: Path) -> Path:
    """The tiny model on IPr2Pr at two image guidance scales, scored by both CLIPs."""
    folder = tmp_path_factory.mktemp("figures")
    data = write_dataset("ipr2pr", folder / "data")
    config = RunConfig(
        label="tiny",
        dataset=DatasetSpec(name="ipr2pr", path=str(data), split="test"),
        editor=str(tiny_model),
        size_px=64,
        num_inference_steps=1,
        image_guidance_scales=(1.0, 2.0),
    )
    deque(perform(config, folder / "run"), maxlen=0)
    families = ["pixels", "clip-b32", "clip-l14"]
    deque(score_run(folder / "run", families, backbones=backbones_folder), maxlen=0)
    return folder / "run"


@pytest.mark.parametrize(
    "options", [["bars", "--metrics", "l1,ssim"], ["trade-off"], ["clip-s"], ["sheet", "--items", "0,1"]]
)
def test_every_figure_is_drawn(options: list[str], run: Path, tmp_path: Path) -> None:
    out = tmp_path / "figure.png"
    result = CliRunner().invoke(evaluate, ["plot", options[0], str(run), *options[1:], "--out", str(out)])
    assert result.exit_code == 0, result.output
    with Image.open(out) as picture:
        assert picture.width > 400
        assert len(picture.convert("RGB").getcolors(1 << 24) or []) > 10


def test_a_figure_can_be_svg(run: Path, tmp_path: Path) -> None:
    out = tmp_path / "figure.svg"
    CliRunner().invoke(evaluate, ["plot", "trade-off", str(run), "--out", str(out)])
    assert "<svg" in out.read_text()[:500]


def test_what_was_not_computed_cannot_be_drawn(run: Path, tmp_path: Path) -> None:
    out = tmp_path / "figure.png"
    result = CliRunner().invoke(evaluate, ["plot", "bars", str(run), "--metrics", "dino", "--out", str(out)])
    assert "none of the runs has dino" in str(result.exception)
    assert not out.exists()


def test_seconds_are_measured_beside_the_published_ones(tiny_model: Path) -> None:
    options = ["time", "--editor", str(tiny_model), "--batch", "1,2", "--steps", "1", "--repeats", "1"]
    result = CliRunner().invoke(evaluate, [*options, "--device", "cpu"])
    assert result.exit_code == 0, result.output
    assert "| MGIE (published, A100) | 9.2 | - |" in result.output
    assert "| tiny, " in result.output
