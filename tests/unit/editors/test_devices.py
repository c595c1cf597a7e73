"""Devices that a model is asked for on, and that are not there: one sentence, before anything is loaded."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from click.testing import CliRunner

from mgie.cli.main import cli
from mgie.editors.loading import open_editor
from mgie.errors import BadOption
from mgie.model.load_options import LoadOptions
from support.tiny import tiny_picture

NOT_HERE = [
    ("banana", "is unknown; choose auto, cpu, cuda, cuda:1 or mps"),
    ("meta", "is not supported; choose auto, cpu, cuda, cuda:1 or mps"),
    ("cuda:99", "cannot be used|is not there"),
]
if not torch.cuda.is_available():
    NOT_HERE.append(("cuda", "device cuda cannot be used: .*; choose auto or"))
if not torch.backends.mps.is_available():
    NOT_HERE.append(("mps", "device mps cannot be used: this is no Mac with an Apple GPU; choose auto or"))


@pytest.mark.parametrize(("device", "message"), NOT_HERE)
def test_a_device_that_is_not_there_is_refused_in_one_sentence(device: str, message: str) -> None:
    with pytest.raises(BadOption, match=message):
        open_editor("mgie-mini", LoadOptions(device=device))


@pytest.mark.parametrize(
    "command",
    [
        ["bench", "--size", "tiny"],
        ["data", "cache", "--config", "insp2p-from-sd15", "--set", "cache.folder=x"],
        ["data", "expressive", "--config", "insp2p-from-sd15", "--out", "x.jsonl", "--summariser", "."],
        ["evaluate", "score", "."],
        ["evaluate", "judge", ".", "--model", "x"],
        ["evaluate", "run", "--dataset", "synthetic", "--data", ".", "--editor", "copy", "--out", "x"],
        ["edit", "{picture}", "make it red", "--model", "mgie-mini", "-o", "b.png"],
    ],
    ids=lambda command: " ".join(command[:2]),
)
def test_every_command_says_so(command: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    tiny_picture().save(tmp_path / "a.png")
    given = [part.replace("{picture}", "a.png") for part in command]
    result = CliRunner().invoke(cli, [*given, "--device", "cuda:99"])
    assert "device cuda:99" in (result.output + str(result.exception)), result.output
    assert "choose auto or" in (result.output + str(result.exception))
