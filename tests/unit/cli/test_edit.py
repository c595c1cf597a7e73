"""`mgie edit`, `mgie batch` and `mgie reproduce` in their own process, from outside."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from mgie.cli.main import cli
from mgie.errors import BadOption
from mgie.files.document import Document
from mgie.files.formats import open_document
from mgie.files.save import save_document
from support.fake_pictures import make_picture
from support.gain_editor import save_tiny_model


@pytest.mark.parametrize("command", ["edit", "batch", "reproduce", "models show", "status"])
def test_help_imports_neither_torch_nor_numpy(command: str) -> None:
    program = (
        "import sys; from click.testing import CliRunner; from mgie.cli.main import cli\n"
        f"assert CliRunner().invoke(cli, '{command} --help'.split()).exit_code == 0\n"
        "assert not {'torch', 'numpy', 'scipy', 'grpc'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(save_tiny_model(tmp_path_factory.mktemp("models") / "tiny"))


def mgie(*arguments: object) -> Result:
    return CliRunner().invoke(cli, [str(argument) for argument in arguments])


def test_the_commands_edit_remember_and_reproduce(tmp_path: Path, model: str) -> None:
    """A folder is edited, done again without work, and every result can be reproduced bit for bit."""
    folder, out = tmp_path / "in", tmp_path / "out"
    save_document(folder / "a.tif", Document(picture=make_picture(dtype="uint16")))
    (folder / "b.png").write_bytes(b"broken")
    options = ("-i", "make it bright", "-o", out, "--model", model, "--steps", 1, "--json")
    first = mgie("batch", folder, *options, "--retries", 0)
    events = [json.loads(line) for line in first.stdout.splitlines()]
    assert first.exit_code == 1
    assert [e["event"] for e in events if e["event"].startswith("item")] == ["item_done", "item_failed"]
    assert events[-1] == {"event": "finished", "done": 1, "failed": 1}
    save_document(folder / "b.png", Document(picture=make_picture(seed=2)))
    second = mgie("batch", folder, *options)
    assert second.exit_code == 0, second.output
    assert json.loads(second.stdout.splitlines()[0])["event"] == "item_skipped"
    assert open_document(out / "a.tif").picture.pixels.dtype == np.uint16
    again = mgie("reproduce", out / "a.tif", "--input", folder / "a.tif", "--model", model, "--json")
    assert json.loads(again.stdout)["outcome"] == "bit-equal"
    assert again.exit_code == 0
    missing = mgie("reproduce", out / "a.tif", "--model", model)
    assert missing.exit_code == 2
    assert "--input" in missing.stdout


def test_edit_writes_variations_change_maps_and_records(tmp_path: Path, model: str) -> None:
    save_document(tmp_path / "a.png", Document(picture=make_picture()))
    result = mgie(
        *("edit", tmp_path / "a.png", "make it bright", "-o", tmp_path / "o.png", "--model", model),
        *("--steps", 1, "--seed", 3, "--variations", 2, "--region", "5,5,20,20", "--feather", 2),
        *(
            "--change-map",
            tmp_path / "c.png",
            "--record",
            tmp_path / "r.json",
            "--expressive",
            "brighter sky",
        ),
    )
    assert result.exit_code == 0, result.output
    assert "brighter sky" in result.stderr  # what the model was given to do
    assert "0 outside the selection" in result.stderr
    for number in (1, 2):
        record = json.loads((tmp_path / f"r-{number}.json").read_text())
        assert record["edits"][0]["seed"] == 2 + number
        assert record["edits"][0]["corrected_instruction"] == "brighter sky"
        changes = open_document(tmp_path / f"c-{number}.png").picture.pixels
        assert changes[5:25, 5:25].any()
        assert not changes[:5].any()
        assert open_document(tmp_path / f"o-{number}.png").provenance is not None


def test_a_picture_without_record_cannot_be_reproduced(tmp_path: Path) -> None:
    save_document(tmp_path / "a.png", Document(picture=make_picture()))
    result = mgie("reproduce", tmp_path / "a.png")
    assert result.exit_code == 2
    assert "carries no edit record" in result.stdout


def test_an_output_that_cannot_be_written_is_refused_before_any_work(tmp_path: Path) -> None:
    save_document(tmp_path / "a.png", Document(picture=make_picture()))
    for name in ("o.xyz", "o.ora"):
        result = mgie("edit", tmp_path / "a.png", "x", "-o", tmp_path / name)
        assert isinstance(result.exception, BadOption)
