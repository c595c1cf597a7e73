"""A configuration is read strictly: every mistake is named with its place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from mgie.dataclass_reader import dataclass_from
from mgie.errors import BadOption
from mgie.train.config import TrainConfig, load_config, to_mapping

PRESETS = sorted((Path(__file__).parents[3] / "backend/mgie/train/presets").glob("*.yaml"))


def _minimal() -> dict[str, Any]:
    return {
        "name": "x",
        "start": {"model": "mgie-7b"},
        "data": [{"layout": "evr", "path": "/data/evr"}],
        "run": {"num_steps": 10, "batch_size": 2},
    }


@pytest.mark.parametrize("path", PRESETS, ids=lambda path: path.stem)
def test_a_shipped_preset_is_read(path: Path) -> None:
    assert load_config(path).run.num_steps > 0
    assert path.read_text().startswith("# ")  # what `mgie train --presets` shows


@pytest.mark.parametrize("path", PRESETS, ids=lambda path: path.stem)
def test_a_shipped_preset_names_every_field(path: Path) -> None:
    def assert_complete(given: Any, full: Any, where: str) -> None:
        if isinstance(full, dict):
            assert set(given) == set(full), where
            for key in full:
                assert_complete(given[key], full[key], f"{where}.{key}")

    config = load_config(path)
    given = yaml.safe_load(path.read_text())
    full = to_mapping(config)
    for section in ("run", "pictures", "text", "objective", "learning_rates", "optimizer", "lora"):
        assert_complete(given[section], full[section], section)


def test_a_configuration_survives_a_round_trip() -> None:
    config = dataclass_from(TrainConfig, _minimal(), "x")
    assert dataclass_from(TrainConfig, to_mapping(config), "x") == config


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (("run", "num_step"), 3, r"x\.run has the unknown field num_step; did you mean num_steps"),
        (("run", "batch_size"), "two", r"x\.run\.batch_size is 'two'; expected int"),
        (("run", "batch_size"), True, "expected int"),
        (("run", "batch_size"), 0, "run.batch_size is 0; choose 1"),
        (("run", "precision"), "fp8", "choose fp32, bf16, fp16"),
        (("optimizer",), {"betas": [0.9]}, "has 1 entries; expected 2"),
        (("optimizer",), {"betas": [0.9, 1.5]}, r"betas\[1\] is 1.5"),
        (("optimizer",), {"eps": "small"}, "expected float"),
        (("optimizer",), {"clip_norm": float("nan")}, "clip_norm is nan"),
        (("data",), [], "data is empty"),
        (("data",), [{"layout": "evr"}], r"data\[0\] lacks path"),
        (("start",), {}, "name exactly one"),
        (("start",), {"preset": "tiny"}, "also needs start.tokenizer"),
        (("start",), {"llava": "x"}, "also needs start.clip"),
        (("objective",), {"drop_text": 0.6, "drop_both": 0.6}, "exceed 1"),
        (("objective",), {"instruction_weight": 0, "edit_weight": 0}, "nothing to learn"),
        (("learning_rates",), {"embeddings": 0, "edit_head": 0, "unet": 0}, "every part is frozen"),
        (("lora",), {"unet": False, "language_model": False}, "adapts nothing"),
        (("pictures",), {"size_px": 100}, "multiple of 8"),
        (("text",), "short", "expected a table"),
    ],
)
def test_a_mistake_is_named_with_its_place(path: tuple[str, ...], value: Any, message: str) -> None:
    values = _minimal()
    table = values
    for key in path[:-1]:
        table = table[key]
    table[path[-1]] = value
    with pytest.raises(BadOption, match=message):
        dataclass_from(TrainConfig, values, "x")


def test_a_rate_without_a_dot_is_still_a_number(tmp_path: Path) -> None:
    """YAML 1.1 reads 5e-4 as text."""
    path = tmp_path / "x.yaml"
    path.write_text(yaml.safe_dump(_minimal()) + "learning_rates: {unet: 5e-5}\n")
    assert load_config(path).learning_rates.unet == 5e-5


def test_a_file_that_is_no_yaml_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_text("a: [")
    with pytest.raises(BadOption, match="cannot be read as YAML"):
        load_config(path)
