"""What several tests of the evaluation share: a tiny model on disk, backbones with seeded weights."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from mgie.evaluate.metrics.backbones import LPIPS_FILES
from mgie.evaluate.metrics.lpips import lpips_shapes
from support.gain_editor import save_tiny_model
from support.golden_backbones import load_backbones

torch.set_num_threads(1)  # as Ray's workers compute: sums are added in the same order


@pytest.fixture(name="backbones_folder", scope="session")
def _backbones_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of small CLIPs, a DINO and LPIPS on SqueezeNet, in the formats of their libraries."""
    made = load_backbones()
    folder = tmp_path_factory.mktemp("backbones")
    made.write_clip(folder / "clip-vit-base-patch32")
    made.write_clip(folder / "clip-vit-large-patch14")
    made.write_dino(folder / "dino-vits16")
    (folder / "lpips").mkdir()
    for name, shapes in zip(LPIPS_FILES["squeeze"], lpips_shapes("squeeze"), strict=True):
        torch.save(made.seeded(shapes), folder / "lpips" / name)
    return folder


@pytest.fixture(name="tiny_model", scope="session")
def _tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model folder with the tiny networks."""
    return save_tiny_model(tmp_path_factory.mktemp("models") / "tiny")
