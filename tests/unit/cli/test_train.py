"""`mgie train` from the outside."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from click.testing import CliRunner

from mgie.cli.main import cli
from mgie.cli.train_config import changed_config, find_config
from mgie.errors import BadOption
from mgie.train.config import load_config
from mgie.weights.checkpoint import load_networks
from support.tiny import TOKENIZER_FILE
from support.tiny_training import PAIRS, TEXTS


def test_the_command_line_trains_resumes_and_exports(tmp_path: Path) -> None:
    out = str(tmp_path / "run")
    changes = {
        "start.tokenizer": str(TOKENIZER_FILE),
        "data.0.path": str(PAIRS),
        "data.0.expressive": TEXTS,
        "run.num_steps": "1",
    }
    flags = [flag for key, value in changes.items() for flag in ("--set", f"{key}={value}")]
    _invoke("--config", "tiny", "--out", out, *flags)
    _invoke("--resume", out, "--set", "run.num_steps=2")
    _invoke("export", out, "--out", str(tmp_path / "model"), "--dtype", "float16")
    assert load_networks(tmp_path / "model").unet.dtype == torch.float16
    _invoke("export", out, "--out", str(tmp_path / "published"), "--published", "--step", "1")
    assert {path.name for path in (tmp_path / "published").iterdir()} == {"mllm.pt", "unet.pt"}
    missing = CliRunner().invoke(cli, ["train", "export", out, "--out", str(tmp_path / "x"), "--step", "0"])
    assert "no checkpoint of step 0; there are [1, 2]" in str(missing.exception)


def test_the_shipped_presets_are_listed_with_their_place() -> None:
    output = _invoke("--presets")
    assert "published-mgie-7b" in output
    assert (Path(output.split()[-1]) / "published-mgie-7b.yaml").is_file()


def test_a_section_that_is_null_can_be_set_by_its_fields(tmp_path: Path) -> None:
    config = changed_config(find_config("tiny"), ("cache.folder=/data/cache", "data.0.num_pairs=3"))
    assert config.cache is not None
    assert (config.cache.folder, config.data[0].num_pairs) == ("/data/cache", 3)
    assert config.run == load_config(find_config("tiny")).run


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--out", "x"], "give --config and --out"),
        (["--resume", "x", "--out", "y"], "leave --config and --out away"),
        (["--resume", "nowhere"], "nowhere holds no run"),
        (["--config", "tiny", "--out", "x", "--set", "run.seed"], "lacks '='"),
        (["--config", "tiny", "--out", "x", "--set", "run.seed=["], "is no YAML value"),
        (["--config", "tiny", "--out", "x", "--set", "data.9.path=y"], "there is no '9'"),
        (["--config", "tiny", "--out", "x", "--set", "data.9=y"], "there is no '9'"),
        (["--config", "tiny", "--out", "x", "--set", "name.first=y"], "there is no 'first'"),
        (["--config", "tiny", "--out", "x", "--set", "run.sed=1"], "did you mean seed"),
        (["--config", "nowhere.yaml", "--out", "x"], "`mgie train --presets` lists them"),
    ],
)
def test_a_wrong_call_says_what_to_do(arguments: list[str], message: str) -> None:
    result = CliRunner().invoke(cli, ["train", *arguments])
    assert isinstance(result.exception, BadOption)
    assert message in str(result.exception)


def _invoke(*arguments: str) -> str:
    result = CliRunner().invoke(cli, ["train", *arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output
