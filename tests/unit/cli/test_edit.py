"""`mgie edit`, `mgie batch` and `mgie reproduce`: jobs, what they yield, the commands from outside."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result
from mgie.cli.perform import Edited, JobEvent, RegionStarted, perform

from mgie.api.compose_options import ComposeOptions
from mgie.api.picture import Picture
from mgie.api.rect import Rect
from mgie.cli.jobs import PictureJob, RegionJob, job_from, job_from_record, read_jobs
from mgie.cli.main import cli
from mgie.errors import BadData, BadMask, BadOption, EmptyInstruction
from mgie.files.document import Document
from mgie.files.formats import open_document
from mgie.files.save import save_document
from mgie.model.events import EncodingReady, InstructionDelta, Step
from mgie.model.generators import drain
from support.fake_pictures import make_picture
from support.gain_editor import GainEditor, save_tiny_model


def job(*regions: RegionJob, seeds: tuple[int, ...] = (1,), **compose: Any) -> PictureJob:
    return PictureJob(
        input=Path("in.png"),
        output=Path("out.png"),
        regions=regions or (RegionJob(instruction="brighter"),),
        seeds=seeds,
        sampling={},
        compose=ComposeOptions(**compose),
    )


def run(editor: GainEditor, work: PictureJob, picture: Picture) -> tuple[list[JobEvent], list[Edited]]:
    events: list[JobEvent] = []
    results = drain(perform(editor, work, picture, device="cpu"), events.append)
    return events, results


def test_an_edit_streams_words_then_steps_then_returns_the_picture() -> None:
    picture = make_picture(dtype="uint16")
    events, (result,) = run(GainEditor(), job(), picture)
    kinds = [type(event) for event in events]
    assert kinds.index(InstructionDelta) < kinds.index(EncodingReady) < kinds.index(Step)
    assert result.picture.pixels.mean() > 1.1 * picture.pixels.mean()
    assert result.picture.pixels.dtype == np.uint16


def test_variations_read_the_picture_once() -> None:
    editor = GainEditor()
    _, results = run(editor, job(seeds=(1, 2, 3)), make_picture())
    assert editor.num_encodings == 1
    assert len({result.provenance.output_digest for result in results}) == 3
    assert [result.provenance.edits[0].seed for result in results] == [1, 2, 3]


def test_every_region_takes_its_own_instruction() -> None:
    picture = make_picture(60, 90)
    left = RegionJob(instruction="a", rect=Rect(0, 0, 20, 60))
    right = RegionJob(instruction="b", rect=Rect(60, 0, 20, 60), expressive_instruction="corrected")
    events, (result,) = run(GainEditor(), job(left, right), picture)
    assert [e.instruction for e in events if isinstance(e, RegionStarted)] == ["a", "b"]
    assert np.array_equal(result.picture.pixels[:, 20:60], picture.pixels[:, 20:60])
    assert (result.picture.pixels[:, :20] != picture.pixels[:, :20]).any()
    assert [edit.corrected_instruction for edit in result.provenance.edits] == [None, "corrected"]


def test_a_large_content_edit_is_done_in_tiles_and_again_from_its_record() -> None:
    """The record alone leads to the very same pixels."""
    picture = make_picture(150, 200)
    work = job(transfer="content", max_scale=1.5, padding=0.1, feather_px=4)
    events, (result,) = run(GainEditor(), work, picture)
    assert len([e for e in events if isinstance(e, RegionStarted)]) > 2
    again = job_from_record(result.provenance, Path("in.png"))
    _, (repeated,) = run(GainEditor(), again, picture)
    assert repeated.provenance.output_digest == result.provenance.output_digest


def test_a_mask_may_have_the_pictures_or_the_rectangles_size(tmp_path: Path) -> None:
    picture = make_picture(40, 50)
    mask = np.zeros((40, 50, 1), np.uint8)
    mask[10:20, 10:30] = 255
    save_document(tmp_path / "whole.png", Document(picture=Picture(pixels=mask)))
    save_document(tmp_path / "part.png", Document(picture=Picture(pixels=mask[5:25, 5:45])))
    for name, rect in (("whole.png", None), ("part.png", Rect(5, 5, 40, 20))):
        region = RegionJob(instruction="a", mask=tmp_path / name, rect=rect)
        _, (result,) = run(GainEditor(), job(region), picture)
        changed = (result.picture.pixels != picture.pixels).any(axis=-1)
        assert not changed[mask[..., 0] == 0].any()
        assert changed[10:20, 10:30].mean() > 0.9
    with pytest.raises(BadMask, match="40x20"):
        run(GainEditor(), job(RegionJob(instruction="a", mask=tmp_path / "part.png")), picture)


def test_job_files_set_defaults_items_and_regions(tmp_path: Path) -> None:
    path = tmp_path / "job.yaml"
    path.write_text(
        "steps: 7\nfeather: 3\nitems:\n"
        "  - {input: a.png, output: b.png, instruction: warmer, seed: 5, variations: 2,\n"
        "     context: [1, 2, 30, 40]}\n"
        "  - input: c.png\n    output: d.png\n    feather: 9\n    regions:\n"
        "      - {region: '1,2,3,4', instruction: x}\n      - {mask: m.png, instruction: y, expressive: z}\n"
    )
    first, second = read_jobs(path, {"sampler": "unipc", "seed": 0})
    assert first.input == tmp_path / "a.png"
    assert first.seeds == (5, 6)
    assert first.output_of(1) == tmp_path / "b-2.png"
    assert first.sampling == {"num_inference_steps": 7, "sampler": "unipc"}
    assert first.compose.context_rect == Rect(1, 2, 30, 40)
    assert (first.compose.feather_px, second.compose.feather_px) == (3, 9)
    assert second.regions[0].rect == Rect(1, 2, 3, 4)
    assert second.regions[1] == RegionJob(
        instruction="y", mask=tmp_path / "m.png", expressive_instruction="z"
    )


@pytest.mark.parametrize(
    ("item", "error"),
    [
        ({"output": "b.png", "instruction": "x"}, BadData),
        ({"input": "a.png", "output": "b.png"}, EmptyInstruction),
        ({"input": "a", "output": "b.png", "instruction": "x", "region": "1,2,3"}, BadOption),
        ({"input": "a", "output": "b.png", "instruction": "x", "region": [1, 2, 0, 4]}, BadOption),
        ({"input": "a", "output": "b.png", "instruction": "x", "strength": 3}, BadOption),
        ({"input": "a", "output": "b.png", "instruction": "x", "variations": 0}, BadOption),
        ({"input": "a", "output": "b.png", "instruction": "x", "seed": -1}, BadOption),
        ({"input": "a", "output": "b.png", "regions": [{"instruction": "x", "colour": 1}]}, BadOption),
    ],
)
def test_jobs_that_make_no_sense_are_refused(item: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        job_from(Path(), item)


@pytest.mark.parametrize("text", ["items: 3", "- a", "items: [3]", "items: [", "\x00"])
def test_damaged_job_files_are_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "job.yaml").write_text(text)
    with pytest.raises(BadData):
        read_jobs(tmp_path / "job.yaml", {})


@pytest.mark.parametrize("command", ["edit", "batch", "reproduce"])
def test_help_imports_neither_torch_nor_numpy(command: str) -> None:
    program = (
        "import sys; from click.testing import CliRunner; from mgie.cli.main import cli\n"
        f"assert CliRunner().invoke(cli, ['{command}', '--help']).exit_code == 0\n"
        "assert not {'torch', 'numpy', 'scipy'} & set(sys.modules)"
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
