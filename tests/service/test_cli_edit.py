"""`mgie edit` and `mgie batch` on servers: which one is used, and that every one makes the same edit."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from contextlib import nullcontext
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from mgie.api.edit import EditState
from mgie.client.blocking import Client
from mgie.client.discovery import read_discovery
from mgie.files.formats import open_document
from support.commands import mgie, save
from support.fake_editor import Script
from support.gain_editor import save_tiny_model
from support.golden_backbones import load_backbones
from support.service_calls import pixels


@pytest.fixture(name="tiny", scope="module")
def _tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A models folder with one model."""
    folder = tmp_path_factory.mktemp("models")
    save_tiny_model(folder / "tiny")
    return folder


JOBS = (
    {"region": [4, 4, 30, 30], "feather": 3, "variations": 2},
    {"transfer": "content", "max_scale": 1, "padding": 0.1},  # in tiles
    {
        "regions": [
            {"region": [0, 0, 30, 40], "instruction": "a"},
            {"region": [20, 0, 28, 40], "instruction": "b"},
        ]
    },
)


def test_in_process_and_on_a_server_edits_and_records_are_equal(
    tiny: Path, state_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MGIE_MODELS_DIR", str(tiny))
    monkeypatch.setenv("OMP_NUM_THREADS", str(torch.get_num_threads()))  # sums are added in the same order
    save(tmp_path / "in.png", pixels(width=90, height=80))
    shared = {"instruction": "make it bright", "model": "tiny", "steps": 2, "seed": 3}
    (tmp_path / "process").mkdir()
    (tmp_path / "server").mkdir()
    for place in ("process", "server"):
        items = [
            {**shared, **values, "input": "in.png", "output": f"{place}/{number}.png"}
            for number, values in enumerate(JOBS)
        ]
        (tmp_path / "job.json").write_text(json.dumps({"items": items}))
        with serve(state_home) if place == "server" else nullcontext() as server:
            result = mgie("batch", tmp_path / "job.json", "--model", "tiny", "--retries", 0)
            assert result.exit_code == 0, result.output
            if server:
                with Client.connect(server.discovery) as client:
                    assert len(client.list_edits().edits) == 4, "the server made them"
    names = sorted(path.name for path in (tmp_path / "process").glob("*.png"))
    assert names == ["0-1.png", "0-2.png", "1.png", "2.png"]
    for name in names:
        one, other = (open_document(tmp_path / place / name) for place in ("process", "server"))
        np.testing.assert_array_equal(one.picture.pixels, other.picture.pixels)
        assert (one.picture.pixels != pixels(width=90, height=80)).any()
        assert one.provenance == other.provenance


class serve:  # noqa: N801 # reads as what it does
    """`mgie serve` in a process of its own, from the moment it is found to the end of the block."""

    def __init__(self, state_dir: Path) -> None:
        command = [
            sys.executable,
            "-m",
            "mgie.cli",
            "serve",
            "--state-dir",
            str(state_dir),
            "--device",
            "cpu",
        ]
        self._process = subprocess.Popen([*command, "--model", "tiny"], stdout=subprocess.DEVNULL)
        while (discovery := read_discovery(state_dir)) is None:
            assert self._process.poll() is None
            time.sleep(0.05)
        self.discovery = discovery

    def __enter__(self) -> serve:
        return self

    def __exit__(self, *error: object) -> None:
        self._process.send_signal(signal.SIGTERM)
        assert self._process.wait(timeout=60) == 0


# --- which server ------------------------------------------------------------------------------


@pytest.fixture(name="server")
def _server(start, state_home: Path):
    """A server where the commands look for it."""
    start.state_dir = state_home
    return start()


def test_the_command_uses_the_server_that_runs(server, tmp_path: Path) -> None:
    save(tmp_path / "in.png")
    result = mgie("edit", tmp_path / "in.png", "brighter", "-o", tmp_path / "out.png")
    assert result.exit_code == 0, result.output
    assert server.editor.seen.num_encoded == 1
    document = open_document(tmp_path / "out.png")
    assert document.picture.pixels.mean() > pixels().mean() + 5
    assert document.provenance is not None
    assert document.provenance.input_name == "in.png"
    assert document.provenance.edits[0].model == "fake"


def test_a_remote_server_is_used_with_its_certificate_and_remembered(
    state_home: Path, tmp_path: Path, start
) -> None:
    start.state_dir = tmp_path / "remote"
    remote = start(listen="0.0.0.0:0")
    assert remote.discovery.fingerprint
    address = remote.discovery.address.replace("0.0.0.0", "127.0.0.1")
    save(tmp_path / "in.png")
    command = ("edit", tmp_path / "in.png", "brighter", "-o", tmp_path / "out.png", "--server")
    token = ("--token-file", remote.discovery.token_path)
    first = mgie(
        *command, address, *token, "--fingerprint", remote.discovery.fingerprint, "--remember", "far"
    )
    assert first.exit_code == 0, first.output
    assert mgie(*command, "far").exit_code == 0
    assert remote.editor.seen.num_encoded >= 1
    assert len(remote.connect().list_edits().edits) == 2
    wrong = mgie(*command, address, *token, "--fingerprint", "ab" * 32)
    assert getattr(wrong.exception, "reason", "") == "CERTIFICATE_CHANGED"
    (tmp_path / "wrong").write_text("wrong")
    strange = mgie(
        *command, address, "--token-file", tmp_path / "wrong", "--fingerprint", remote.discovery.fingerprint
    )
    assert getattr(strange.exception, "reason", "") == "TOKEN_INVALID"
    assert json.loads(mgie("status", "--server", "far", "--json").output)["default_model"] == "fake"


def test_the_model_that_the_server_lacks_is_looked_for_here(server, tmp_path: Path) -> None:
    save(tmp_path / "in.png")
    command = ("edit", tmp_path / "in.png", "brighter", "-o", tmp_path / "out.png", "--model", "missing")
    assert getattr(mgie(*command).exception, "reason", "") == "MODEL_NOT_INSTALLED"
    assert server.editor.seen.num_encoded == 0


def test_a_declined_edit_ends_with_status_3_and_writes_nothing(server, tmp_path: Path) -> None:
    save(tmp_path / "in.png")
    command = [sys.executable, "-m", "mgie.cli", "edit", str(tmp_path / "in.png"), "decline this"]
    result = subprocess.run([*command, "-o", str(tmp_path / "out.png")], capture_output=True, text=True)
    assert result.returncode == 3, result.stderr
    assert "This model cannot do that." in result.stderr
    assert "make it brighter" in result.stderr
    assert not (tmp_path / "out.png").exists()


def test_twenty_variations_are_twenty_results(server, tmp_path: Path) -> None:
    save(tmp_path / "in.png")
    command = ("edit", tmp_path / "in.png", "x", "-o", tmp_path / "out.png", "--steps", 1, "--variations", 20)
    result = mgie(*command)
    assert result.exit_code == 0, result.output
    assert len(list(tmp_path.glob("out-*.png"))) == 20


@pytest.mark.parametrize("has_clip", [False, True])
def test_the_best_of_several_is_the_first_file_and_all_are_written(
    has_clip: bool, state_home: Path, start, tmp_path: Path
) -> None:
    """Without a CLIP by the change around the selection, with one by the words; the reasons are told."""
    models = tmp_path / "models"
    if has_clip:
        models.mkdir()
        load_backbones().write_clip(models / "clip-vit-base-patch32")
    start.state_dir = state_home
    start(models_dir=models)
    save(tmp_path / "in.png")
    command = (
        "edit",
        tmp_path / "in.png",
        "x",
        "-o",
        tmp_path / "out.png",
        "--steps",
        1,
        "--seed",
        5,
        "--json",
    )
    part = ("--region", "4,4,20,20", "--variations", 4, "--best-of")
    result = mgie(*command, *part)
    assert result.exit_code == 0, result.output
    lines = [json.loads(line) for line in result.output.splitlines() if line.startswith("{")]
    written = [line for line in lines if line["event"] == "result"]
    assert [Path(line["path"]).name for line in written] == [f"out-{number}.png" for number in (1, 2, 3, 4)]
    assert sorted(line["seed"] for line in written) == [5, 6, 7, 8]
    reports = [line["edits"][0] for line in written]
    name, sign = ("instruction_match", -1) if has_clip else ("outside_change", 1)
    values = [sign * report[name] for report in reports]
    assert values == sorted(values)
    assert len(set(values)) == 4
    assert all(report["num_changed_outside"] == 0 for report in reports)
    words = "nearer to the words" if has_clip else "changed around the selection"
    assert all(words in line["standing"] for line in written)
    assert mgie(*command, "--best-of").exit_code == 1  # of a single one


def test_a_damaged_clip_stops_no_edit(state_home: Path, start, tmp_path: Path) -> None:
    (tmp_path / "models" / "clip-vit-base-patch32").mkdir(parents=True)
    (tmp_path / "models" / "clip-vit-base-patch32" / "config.json").write_text("{}")
    start.state_dir = state_home
    start(models_dir=tmp_path / "models")
    save(tmp_path / "in.png")
    command = ("edit", tmp_path / "in.png", "x", "-o", tmp_path / "out.png", "--steps", 1)
    result = mgie(*command, "--variations", 2, "--best-of")
    assert result.exit_code == 0, result.output
    assert len(list(tmp_path.glob("out-*.png"))) == 2


@pytest.mark.parametrize("when", ["queued", "instruction_delta", "step"])
def test_ctrl_c_frees_the_server(state_home: Path, start, tmp_path: Path, when: str) -> None:
    start.state_dir = state_home
    server = start(Script(step_s=0.02))
    save(tmp_path / "in.png")
    command = [sys.executable, "-m", "mgie.cli", "edit", str(tmp_path / "in.png"), "x", "--json"]
    options = ["-o", str(tmp_path / "out.png"), "--steps", "1000"]
    process = subprocess.Popen(
        [*command, *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # tests in the background ignore it
    )
    assert process.stdout is not None
    for line in process.stdout:
        if json.loads(line)["event"] == when:
            break
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "Traceback" not in errors
    assert [path.name for path in tmp_path.iterdir() if "out" in path.name] == []
    client = server.connect()
    (edit,) = client.list_edits().edits
    assert list(client.watch_edit(edit.name))[-1].is_last
    assert client.get_edit(edit.name).state is EditState.CANCELLED


def test_a_dry_run_edits_nothing(server, tmp_path: Path) -> None:
    save(tmp_path / "in.png")
    result = mgie("edit", tmp_path / "in.png", "x", "-o", tmp_path / "out.png", "--dry-run")
    assert result.exit_code == 0, result.output
    assert "fits" in result.output
    assert not (tmp_path / "out.png").exists()
    assert server.connect().list_edits().edits == ()


def test_a_batch_goes_on_after_a_failure_and_skips_what_is_done(server, tmp_path: Path) -> None:
    for number in range(2):
        save(tmp_path / f"in-{number}.png", pixels(number))
    items = [
        {"input": f"in-{number}.png", "output": f"out-{number}.png", "instruction": words}
        for number, words in enumerate(("please fail", "brighter"))
    ]
    (tmp_path / "job.json").write_text(json.dumps({"seed": 5, "items": items}))
    command = ("batch", tmp_path / "job.json", "--retries", "0", "--json")
    result = mgie(*command)
    assert result.exit_code == 1, result.output
    assert "INSTRUCTION_EMPTY" in result.output
    assert server.editor.seen.num_encoded == 1
    assert not (tmp_path / "out-0.png").exists()
    assert (tmp_path / "out-1.png").exists()
    again = mgie(*command)
    assert "item_skipped" in again.output
    assert server.editor.seen.num_encoded == 1


def test_a_batch_does_again_whatever_changed(server, tmp_path: Path) -> None:
    save(tmp_path / "in.png")
    mask = np.zeros((40, 48, 1), np.uint8)
    mask[:20] = 255
    save(tmp_path / "m.png", mask)
    (tmp_path / "job.yaml").write_text("items: [{input: in.png, output: o.png, instruction: x, mask: m.png}]")
    command = ("batch", tmp_path / "job.yaml")
    assert mgie(*command).exit_code == 0
    before = (tmp_path / "o.png").read_bytes()
    assert "done before" in mgie(*command).output
    save(tmp_path / "m.png", 255 - mask)
    assert "done before" not in mgie(*command).output
    assert (tmp_path / "o.png").read_bytes() != before
    assert "done before" not in mgie(*command, "--steps", 2).output
    assert "done before" not in mgie(*command, "--again", "--steps", 2).output


def test_a_folder_edited_in_place_is_edited_once_however_often_it_is_started(server, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    save(folder / "a.png")
    Image.fromarray(pixels(4)).save(folder / "b.bmp")
    for variations, names in ((1, {"a.png", "b.bmp", "b.png"}), (2, {"a-1.png", "a-2.png", "b-1.png"})):
        command = ("batch", folder, "-i", "brighter", "-o", folder, "--variations", variations)
        assert mgie(*command).exit_code == 0
        there = {path.name: path.read_bytes() for path in folder.iterdir()}
        assert names <= set(there)
        again = mgie(*command)
        assert again.output.count("done before") == 2
        assert {path.name: path.read_bytes() for path in folder.iterdir()} == there


def test_two_inputs_never_share_an_output(server, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    save(folder / "same.png")
    Image.fromarray(pixels(4)).save(folder / "same.bmp")
    result = mgie("batch", folder, "-i", "brighter", "-o", tmp_path / "out")
    assert result.exit_code == 0, result.output
    assert sorted(path.name for path in (tmp_path / "out").glob("*.png")) == ["same.bmp.png", "same.png"]
    items = [{"input": f"in/same.{kind}", "output": "x.png", "instruction": "y"} for kind in ("bmp", "png")]
    (tmp_path / "job.json").write_text(json.dumps({"items": items}))
    refused = mgie("batch", tmp_path / "job.json")
    assert "would both be written to" in str(refused.exception)
    assert not (tmp_path / "x.png").exists()


def test_models_are_loaded_shown_and_unloaded(server) -> None:
    assert "fake" in mgie("models", "load", "fake").output
    assert "in memory: nothing" in mgie("models", "unload").output
    failed = mgie("models", "load", "missing")
    assert getattr(failed.exception, "reason", "") == "MODEL_NOT_INSTALLED"
