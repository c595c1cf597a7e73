"""A reader trained anew beside a published encoder: its files, the command, what stays as it is."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from click.testing import CliRunner

from mgie.errors import BadCheckpoint
from mgie.model.quantized import QuantizedLinear
from mgie.train.mini.__main__ import main
from mgie.train.mini.encoder_start import read_encoder
from mgie.weights.checkpoint import load_networks
from mgie.weights.installed import find_model
from support.tiny_sentence_encoder import HIDDEN, WIDTH, tiny_sentence_encoder, write_published_encoder


@pytest.fixture(name="published")
def _published(tmp_path: Path) -> Path:
    (folder := tmp_path / "published").mkdir()
    return write_published_encoder(folder)


def test_the_published_files_give_sizes_weights_and_pieces(published: Path) -> None:
    config, state = read_encoder(published)
    assert (config.width, config.hidden_size) == (WIDTH, HIDDEN)
    assert set(state) == set(tiny_sentence_encoder().state_dict())
    (pieces,) = tiny_sentence_encoder().split(["make it warm :)"])
    words = len("_abcdefghijklmnopqrstuvwxyz") + 6  # behind letters and what is reserved
    assert pieces[:3] == [words, words + 1, words + 2]


def test_a_reader_can_do_without_an_encoder(tmp_path: Path) -> None:
    arguments = ["--num-requests", "128", "--num-rounds", "1"]
    outcome = CliRunner().invoke(
        main, ["reader", str(find_model("mgie-mini")), str(tmp_path / "plain"), *arguments]
    )
    assert outcome.exit_code == 0, outcome.output
    networks = load_networks(tmp_path / "plain")
    assert networks.reader is not None
    assert networks.reader.encoder is None


@pytest.mark.parametrize("name", ["model.json", "vocab.json", "shard2of2"])
def test_a_folder_that_lacks_a_file_is_named(published: Path, name: str) -> None:
    (published / name).unlink()
    with pytest.raises(BadCheckpoint, match="holds no weights of the sentence encoder"):
        read_encoder(published)


def test_the_command_changes_nothing_but_the_reader(published: Path, tmp_path: Path) -> None:
    shipped, result = find_model("mgie-mini"), tmp_path / "renewed"
    arguments = ["--encoder", str(published), "--num-requests", "256", "--num-rounds", "1"]
    outcome = CliRunner().invoke(main, ["reader", str(shipped), str(result), *arguments])
    assert outcome.exit_code == 0, outcome.output
    before, after = load_networks(shipped).state_dict(), load_networks(result)
    assert after.reader is not None
    assert after.reader.encoder is not None
    assert isinstance(after.reader.encoder.get_submodule("blocks.1.up"), QuantizedLinear)
    assert after.reader.float().understand("make it warm")
    for name, value in after.state_dict().items():
        if not name.startswith("reader."):
            assert torch.equal(value, before[name].to(value.dtype)), name
