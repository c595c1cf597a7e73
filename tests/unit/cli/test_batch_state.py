"""What a batch remembers, and what it does again."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from mgie.api.compose_options import ComposeOptions
from mgie.api.models import Model
from mgie.cli.batch_state import BatchState, read_state
from mgie.cli.jobs import PictureJob, RegionJob
from mgie.client.blocking import Client
from support.scripted_service import INFO


class OneModel:
    """A server with one model whose weights can change."""

    def __init__(self, digest: str = "a") -> None:
        self.digest = digest

    def info(self) -> Any:
        return INFO

    def get_model(self, name: str) -> Model:
        return Model(name=name, digest=f"{self.digest} {name}")


def client(digest: str = "a") -> Client:
    return cast("Client", OneModel(digest))


@pytest.fixture(name="job")
def _job(tmp_path: Path) -> PictureJob:
    for name in ("in.png", "mask.png", "other.png", "out.png"):
        (tmp_path / name).write_text(name)
    return PictureJob(
        input=tmp_path / "in.png",
        output=tmp_path / "out.png",
        regions=(RegionJob(instruction="a", mask=tmp_path / "mask.png"),),
        seeds=(1,),
        options={"x": 1, "y": 2},
        references=(tmp_path / "other.png",),
    )


def done(job: PictureJob, path: Path) -> BatchState:
    """A state in which the job was done."""
    state = read_state(path)
    state.keep(job, "done", fingerprint=state.fingerprint(job, client()))
    return read_state(path)


def test_the_same_edit_is_done_once(job: PictureJob, tmp_path: Path) -> None:
    state = done(job, tmp_path / "state.json")
    assert state.is_done(job, client())
    reordered = replace(job, options={"y": 2, "x": 1})
    assert state.is_done(reordered, client())


@pytest.mark.parametrize("name", ["in.png", "mask.png", "other.png"])
def test_other_content_of_the_same_size_is_another_edit(job: PictureJob, tmp_path: Path, name: str) -> None:
    state = done(job, tmp_path / "state.json")
    before = (tmp_path / name).stat()
    (tmp_path / name).write_text(name[::-1])
    os.utime(tmp_path / name, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert not state.is_done(job, client())


def test_another_model_or_option_is_another_edit(job: PictureJob, tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    done(job, path)
    assert not read_state(path).is_done(job, client("other weights"))
    for changed in (
        replace(job, model="other"),
        replace(job, options={"x": 1, "y": 3}),
        replace(job, seeds=(2,)),
        replace(job, compose=ComposeOptions(feather_px=3)),
        replace(job, hold_when_unsure=True),
        replace(job, regions=(RegionJob(instruction="b", mask=tmp_path / "mask.png"),)),
    ):
        assert not read_state(path).is_done(changed, client())


def test_a_result_that_is_gone_is_made_again(job: PictureJob, tmp_path: Path) -> None:
    state = done(job, tmp_path / "state.json")
    job.output.unlink()
    assert not state.is_done(job, client())


def test_what_failed_is_not_done(job: PictureJob, tmp_path: Path) -> None:
    state = read_state(tmp_path / "state.json")
    state.keep(job, "failed", fingerprint=state.fingerprint(job, client()), error="X")
    assert not read_state(tmp_path / "state.json").is_done(job, client())


@pytest.mark.parametrize("text", ["", "{", "[]", "3", '{"a": 3}', '{"a": {"status": "done"}}', "\xff"])
def test_a_damaged_memory_is_none(job: PictureJob, tmp_path: Path, text: str) -> None:
    (tmp_path / "state.json").write_bytes(text.encode("latin-1"))
    assert not read_state(tmp_path / "state.json").is_done(job, client())


def test_again_forgets(job: PictureJob, tmp_path: Path) -> None:
    done(job, tmp_path / "state.json")
    assert not read_state(tmp_path / "state.json", is_forgotten=True).is_done(job, client())


def test_a_picture_edited_in_place_right_before_a_kill_is_not_edited_twice(
    job: PictureJob, tmp_path: Path
) -> None:
    in_place = replace(job, output=job.input)
    state = read_state(tmp_path / "state.json")
    state.keep(in_place, "begun", fingerprint=state.fingerprint(in_place, client()))
    assert not read_state(tmp_path / "state.json").is_done(in_place, client())  # killed before it was written
    job.input.write_text("the result")
    assert read_state(tmp_path / "state.json").is_done(in_place, client())
    assert not read_state(tmp_path / "state.json", is_forgotten=True).is_done(in_place, client())


def test_an_item_that_was_begun_is_done_again_where_its_picture_is_another_file(
    job: PictureJob, tmp_path: Path
) -> None:
    state = read_state(tmp_path / "state.json")
    state.keep(job, "begun", fingerprint=state.fingerprint(job, client()))
    job.input.write_text("another picture")
    assert not read_state(tmp_path / "state.json").is_done(job, client())


def test_results_are_known_as_such_and_an_input_is_none(job: PictureJob, tmp_path: Path) -> None:
    state = read_state(tmp_path / "state.json")
    state.keep(replace(job, output=job.input, seeds=(1, 2)), "begun")
    state.keep(job, "done")
    written = {str(tmp_path / name) for name in ("in-1.png", "in-2.png", "out.png")}
    assert read_state(tmp_path / "state.json").written == written
