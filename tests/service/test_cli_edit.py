"""`mgie edit` on the running backend and in its own process: the same events, the same pixels."""

from __future__ import annotations

import json
from collections.abc import Generator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from mgie.api.compose_options import ComposeOptions
from mgie.api.picture import ColourSpace, Picture
from mgie.api.rect import Rect
from mgie.cli.jobs import PictureJob, RegionJob, read_jobs
from mgie.cli.main import cli
from mgie.cli.perform import Edited, JobEvent, perform
from mgie.cli.remote import RemoteError, perform_remotely, server_for
from mgie.client.client import Client
from mgie.files.document import Document
from mgie.files.formats import open_document
from mgie.files.save import save_document
from mgie.model.events import EncodingReady, Step
from support.fake_editor import FakeEditor
from support.service_calls import pixels


def job(**compose: Any) -> PictureJob:
    """One region, two seeds, and everything the wire can say."""
    return PictureJob(
        input=Path("in.png"),
        output=Path("out.png"),
        regions=(RegionJob(instruction="brighter", rect=Rect(6, 5, 30, 20)),),
        seeds=(3, 4),
        sampling={"num_inference_steps": 3, "sampler": "unipc", "guidance_scale": 2.0},
        compose=ComposeOptions(**compose),
    )


def outcome(events: Generator[JobEvent, None, list[Edited]]) -> tuple[list[object], list[Edited]]:
    """What was told, in a form that can be compared, and the results."""
    told: list[object] = []
    while True:
        try:
            event = next(events)
        except StopIteration as stop:
            return told, stop.value
        if isinstance(event, Step):
            told.append(("step", event.index, event.num_steps))
        elif isinstance(event, EncodingReady):
            told.append(("words", event.encoding.expressive_instruction, event.encoding.is_corrected))
        else:
            told.append(event)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
@pytest.mark.parametrize("feather_px", [0.0, 4.0])
def test_the_backend_makes_the_same_picture(client: Client, dtype: type, feather_px: float) -> None:
    values = pixels().astype(np.float64) / 255
    scaled = values * (np.iinfo(dtype).max if np.issubdtype(dtype, np.integer) else 1)
    picture = Picture(pixels=scaled.astype(dtype), colour_space=ColourSpace(name="display-p3"))
    work = job(feather_px=feather_px)
    here_told, here = outcome(perform(FakeEditor(), work, picture, device="cpu"))
    there_told, there = outcome(perform_remotely(client, work, picture, "fake"))
    assert there_told == here_told
    for mine, theirs in zip(here, there, strict=True):
        np.testing.assert_array_equal(theirs.picture.pixels, mine.picture.pixels)
        np.testing.assert_array_equal(theirs.layers[0].mask, mine.layers[0].mask)
        np.testing.assert_array_equal(theirs.layers[0].change_map, mine.layers[0].change_map)
        assert theirs.provenance.output_digest == mine.provenance.output_digest
        (one,), (other,) = mine.provenance.edits, theirs.provenance.edits
        assert replace(one, report={}, mask_png="", compose={}) == replace(
            other, report={}, mask_png="", compose={}
        )


def test_an_error_of_the_backend_keeps_its_reason(client: Client) -> None:
    work = replace(job(), regions=(RegionJob(instruction="please fail"),))
    with pytest.raises(RemoteError) as caught:
        outcome(perform_remotely(client, work, Picture(pixels=pixels()), "fake"))
    assert caught.value.reason == "INSTRUCTION_EMPTY"


def test_what_the_wire_cannot_say_runs_here() -> None:
    several = replace(job(), regions=job().regions * 2)
    assert server_for(several, "fake", "auto") is None
    assert server_for(job(padding=1.0), "fake", "auto") is None
    assert server_for(job(), "fake", "cuda:1") is None


@pytest.fixture(name="server")
def _server(start, state_dir: Path, monkeypatch: pytest.MonkeyPatch):
    """A backend where the commands look for it."""
    start.state_dir = state_dir / "mgie" / "server"
    monkeypatch.setenv("XDG_STATE_HOME", str(state_dir))
    return start()


def test_the_command_uses_the_backend_that_runs(server, tmp_path: Path) -> None:
    save_document(tmp_path / "in.png", Document(picture=Picture(pixels=pixels())))
    result = CliRunner().invoke(
        cli,
        ["edit", str(tmp_path / "in.png"), "brighter", "-o", str(tmp_path / "out.png"), "--model", "fake"],
    )
    assert result.exit_code == 0, result.output
    assert server.editor.seen.num_encoded == 1
    document = open_document(tmp_path / "out.png")
    assert document.picture.pixels.mean() > pixels().mean() + 5
    assert document.provenance is not None
    assert document.provenance.input_name == "in.png"


def test_a_batch_uses_the_backend_that_runs_and_makes_the_same_pictures(server, tmp_path: Path) -> None:
    for number in range(2):
        save_document(tmp_path / f"in-{number}.png", Document(picture=Picture(pixels=pixels(number))))
    items = [
        {"input": f"in-{number}.png", "output": f"out-{number}.png", "instruction": words}
        for number, words in enumerate(("brighter", "please fail"))
    ]
    (tmp_path / "job.json").write_text(json.dumps({"seed": 5, "items": items}))
    command = ["batch", str(tmp_path / "job.json"), "--model", "fake", "--retries", "0", "--json"]
    result = CliRunner().invoke(cli, command)
    assert result.exit_code == 1, result.output
    assert "INSTRUCTION_EMPTY" in result.output
    assert server.editor.seen.num_encoded == 1
    assert not (tmp_path / "out-1.png").exists()
    work = read_jobs(tmp_path / "job.json", {})[0]
    _, (here,) = outcome(perform(FakeEditor(), work, Picture(pixels=pixels(0)), device="cpu"))
    written = open_document(tmp_path / "out-0.png").picture
    np.testing.assert_array_equal(written.pixels, here.picture.pixels)
    assert "item_skipped" in CliRunner().invoke(cli, command).output


def test_a_batch_goes_on_here_where_the_backend_lacks_the_model(server, tmp_path: Path) -> None:
    save_document(tmp_path / "in.png", Document(picture=Picture(pixels=pixels())))
    command = ["batch", str(tmp_path), "-i", "brighter", "-o", str(tmp_path / "out"), "--model", "missing"]
    result = CliRunner().invoke(cli, command)
    assert getattr(result.exception, "reason", "") == "MODEL_NOT_INSTALLED"
    assert server.editor.seen.num_encoded == 0
