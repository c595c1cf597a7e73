"""The row that every table needs: what the untouched input scores on the same items."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from mgie.evaluate.runs.config import COPY_LABEL, RunConfig
from mgie.evaluate.runs.folder import read_config
from mgie.evaluate.runs.perform import perform


def baseline_of(folder: Path) -> Path:
    """Where the baseline of a run lies: beside it, shared by all runs on the same items in the same way."""
    config = read_config(folder)
    if config.editor == "copy":
        return folder
    dataset = config.dataset
    parts = [COPY_LABEL, dataset.name, dataset.split, config.fit, str(config.size_px), config.turns]
    if dataset.num_items is not None:
        parts.append(f"first{dataset.num_items}")
    if dataset.name == "synthetic":
        parts.append(f"{dataset.per_operation}each")
    return folder.parent / "-".join(parts)


def make_baseline(folder: Path) -> Path:
    """Copy the inputs of a run's items as a run of its own, unless that was done."""
    place = baseline_of(folder)
    if place != folder:
        config: RunConfig = read_config(folder)
        copied = replace(
            config,
            label=COPY_LABEL,
            editor="copy",
            editor_digest="",
            num_seeds=1,
            image_guidance_scales=(),
            num_inference_steps=None,
            guidance_scale=None,
            sampler=None,
            instruction_suffix="",
        )
        deque(perform(copied, place), maxlen=0)
    return place


def with_baselines(folders: Sequence[Path]) -> list[Path]:
    """Runs and their baselines as far as these are on disk, each once."""
    found = dict.fromkeys(place for folder in folders for place in (baseline_of(folder), folder))
    return [folder for folder in found if (folder / "run.json").is_file()]
