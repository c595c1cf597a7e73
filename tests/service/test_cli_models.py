"""`mgie models ... --server`: the models of another machine's backend."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from mgie.cli.main import cli
from mgie.client.discovery import Discovery
from mgie.server.model_registry import InstalledModels
from support.fake_editor import FakeEditor
from support.fake_service import fake_settings, lane_of, running_lanes
from support.tiny_hub import tiny_hub


@pytest.fixture
def there(state_dir: Path, tmp_path: Path) -> Iterator[Discovery]:
    """A backend on a port, that can pull "tiny"."""
    with tiny_hub(tmp_path / "hub") as (hub, sources):
        models_dir = tmp_path / "models"
        settings = fake_settings(
            state_dir,
            models_dir=models_dir,
            sources=sources,
            hub=hub.url,
            listen="127.0.0.1:0",
            preload=False,
        )
        lanes = [lane_of(FakeEditor(), settings)]
        with running_lanes(lanes, InstalledModels(models_dir, sources=sources), settings) as discovery:
            yield discovery


def models(there: Discovery, command: str, *arguments: str) -> Result:
    remote = ["--server", there.address, "--token-file", there.token_path]
    return CliRunner().invoke(cli, ["models", command, *arguments, *remote])


def test_a_model_is_pulled_listed_and_verified_there(there: Discovery, tmp_path: Path) -> None:
    listed = models(there, "list")
    assert any(line.startswith("tiny ") for line in listed.stdout.splitlines()), listed.output
    refused = models(there, "pull", "tiny")
    assert refused.exit_code == 1
    assert "Use it for tests only." in refused.stderr
    pulled = models(there, "pull", "tiny", "--accept-license")
    assert "tiny: installed there" in pulled.stdout, pulled.output
    found = json.loads(models(there, "list", "--json").stdout)
    assert {m["name"]: m["state"] for m in found if m["name"] == "models/tiny"} == {
        "models/tiny": "installed"
    }
    assert "tiny: all as the manifest says" in models(there, "verify", "tiny").stdout


def test_a_damaged_model_there_is_named_with_its_reason(there: Discovery, tmp_path: Path) -> None:
    assert models(there, "pull", "tiny", "--accept-license").exit_code == 0
    path = tmp_path / "models" / "tiny" / "unet.safetensors"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    result = models(there, "verify", "tiny")
    assert result.exit_code == 1
    assert "tiny: MODEL_DIGEST_MISMATCH" in result.stderr


def test_what_cannot_be_had_there_says_why(there: Discovery) -> None:
    result = models(there, "pull", "no-such-model", "--accept-license")
    assert result.exit_code == 1
    assert "MODEL_NOT_INSTALLED" in result.output
