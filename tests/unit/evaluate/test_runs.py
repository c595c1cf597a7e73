"""The whole chain on miniatures of every data set: run, kill, resume, divide, score, table."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import deque
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from click.testing import CliRunner
from PIL import Image

from mgie.cli.evaluate import evaluate
from mgie.errors import BadOption
from mgie.evaluate.datasets.catalogue import DatasetSpec, find_info
from mgie.evaluate.metrics.inception import InceptionFeatures
from mgie.evaluate.reporting.plots import plot_bars
from mgie.evaluate.reporting.table import Column, layout_of_runs, make_table
from mgie.evaluate.runs.config import RunConfig, Variant
from mgie.evaluate.runs.fit import at_size_of, model_picture, reference
from mgie.evaluate.runs.folder import Record, good, read_answer, read_records
from mgie.evaluate.runs.launch import perform_with_ray
from mgie.evaluate.runs.perform import perform
from mgie.evaluate.scoring.baseline import make_baseline
from mgie.evaluate.scoring.score_files import read_scored, score_run
from support.eval_datasets import NUM_GOOD, write_dataset
from support.golden_backbones import load_backbones

ALL = [*NUM_GOOD, "synthetic"]
SIZE_PX = 32


def configured(name: str, data: Path, editor: str, **changes: object) -> RunConfig:
    """A small run on the miniature of a data set."""
    info = find_info(name)
    split = "all" if name == "synthetic" else info.test
    spec = DatasetSpec(name=name, path=str(data), split=split, per_operation=1, num_items=6)
    settings = {"fit": info.fit, "size_px": 64, "num_inference_steps": 1, "batch_size": 2, **changes}
    return RunConfig(label=Path(editor).name, dataset=spec, editor=editor, **settings)


def finish(config: RunConfig, folder: Path, **options: object) -> list[Record]:
    """Carry a run out to its end."""
    deque(perform(config, folder, **options), maxlen=0)
    return read_records(folder)


def pictures(folder: Path) -> dict[str, bytes]:
    """Every picture of a run by name."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*.png"))}


@pytest.mark.parametrize("name", ALL)
def test_the_chain_runs_on_every_data_set(
    name: str, tmp_path: Path, tiny_model: Path, backbones_folder: Path
) -> None:
    """Run, score and table with the tiny model; the unusable item is counted, the copy row is there."""
    data = write_dataset(name, tmp_path / "data")
    out = tmp_path / "runs" / "tiny"
    records = finish(configured(name, data, str(tiny_model)), out)
    bad = [record for record in records if record.problem]
    assert len(bad) == (0 if name == "synthetic" else 1)
    assert len(good(records)) == NUM_GOOD.get(name, 6)
    assert all(read_answer(out, record).ndim == 3 for record in good(records))
    assert all(record.expressive_instruction for record in good(records))
    families = ("run", "pixels", "text", "dino", "clip-b32", "lpips-squeeze")
    copied = make_baseline(out)
    for folder in (copied, out):
        deque(score_run(folder, families, backbones=backbones_folder), maxlen=0)
    scored = [read_scored(folder) for folder in (copied, out)]
    table = make_table(scored, layout_of_runs(scored, None))
    assert [row.label for row in table.rows] == ["copy-input", "tiny"]
    assert all(cell.by_item for cell in table.rows[1].cells), list(table.layout.columns)
    plot_bars(scored, ["l1-input", "dino-input"], tmp_path / "bars.png")
    with Image.open(tmp_path / "bars.png") as drawn:
        assert len(drawn.convert("RGB").getcolors(1 << 24) or []) > 10
    untouched = make_table(scored, layout_of_runs(scored, ["l1-input", "dino-input"])).rows[0]
    assert untouched.cells[0].mean == 0
    assert untouched.cells[1].mean == pytest.approx(1, abs=1e-6)


def test_a_stopped_run_ends_as_an_uninterrupted_one(tmp_path: Path, tiny_model: Path) -> None:
    data = write_dataset("evr", tmp_path / "data")
    config = configured("evr", data, str(tiny_model), num_seeds=2)
    whole = finish(config, tmp_path / "whole")
    stopped = perform(config, tmp_path / "stopped")
    next(stopped)
    stopped.close()
    records = tmp_path / "stopped" / "records-00000.jsonl"
    with records.open("ab") as file:
        file.write(b'{"index": 3, "key": "cut')  # what a kill leaves of a line
    resumed = finish(config, tmp_path / "stopped")
    assert pictures(tmp_path / "stopped") == pictures(tmp_path / "whole")
    timeless = [
        [replace(record, encode_s=None, sample_s=None) for record in done] for done in (resumed, whole)
    ]
    assert timeless[0] == timeless[1]


def test_a_killed_command_goes_on_where_it_was(tmp_path: Path, tiny_model: Path) -> None:
    """kill -9 while items are being edited, then the same command again."""
    data = write_dataset("synthetic", tmp_path / "data")
    out = tmp_path / "out"
    command = [sys.executable, "-m", "mgie.cli", "evaluate", "run", "--dataset", "synthetic"]
    command += ["--split", "all", "--data", str(data), "--editor", str(tiny_model), "--out", str(out)]
    command += ["--per-operation", "1", "--items", "12", "--steps", "2", "--batch", "1", "--device", "cpu"]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL, start_new_session=True)
    records = out / "records-00000.jsonl"
    deadline = time.monotonic() + 240
    while not (records.is_file() and records.stat().st_size) and time.monotonic() < deadline:
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    before = read_records(out)
    assert 0 < len(before) < 12
    subprocess.run(command, check=True, capture_output=True)
    after = read_records(out)
    assert len(good(after)) == 12
    assert after[: len(before)] == before  # times included: nothing was done twice


@pytest.mark.parametrize("name", ["gier", "magicbrush"])
def test_two_processes_make_what_one_makes(name: str, tmp_path: Path, tiny_model: Path) -> None:
    data = write_dataset(name, tmp_path / "data")
    config = configured(name, data, str(tiny_model), num_seeds=2)
    finish(config, tmp_path / "one")
    for rank in (1, 0):
        deque(perform(config, tmp_path / "two", rank=rank, num_processes=2), maxlen=0)
    assert pictures(tmp_path / "two") == pictures(tmp_path / "one")
    assert [r.id for r in read_records(tmp_path / "two")] == [r.id for r in read_records(tmp_path / "one")]


def test_accelerate_divides_a_command(tmp_path: Path, tiny_model: Path) -> None:
    """Two real processes, each with records of its own, together the whole."""
    data = write_dataset("ma5k", tmp_path / "data")
    options = ["evaluate", "run", "--dataset", "ma5k", "--data", str(data), "--editor", str(tiny_model)]
    options += ["--steps", "1", "--batch", "1", "--size", "64", "--device", "cpu"]
    # On CPUs accelerate takes its processes from torchrun.
    launch = [sys.executable, "-m", "torch.distributed.run", "--nproc_per_node", "2", "-m", "mgie.cli"]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    subprocess.run(
        [*launch, *options, "--out", str(tmp_path / "two")], check=True, capture_output=True, env=environment
    )
    result = CliRunner().invoke(evaluate, [*options[1:], "--out", str(tmp_path / "one")])
    assert result.exit_code == 0, result.output
    assert sorted(path.name for path in (tmp_path / "two").glob("records-*")) == [
        "records-00000.jsonl",
        "records-00001.jsonl",
    ]
    assert pictures(tmp_path / "two") == pictures(tmp_path / "one")


def test_ray_divides_a_run(tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ray = pytest.importorskip("ray", reason="the extra `scale` is not installed")
    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    data = write_dataset("evr", tmp_path / "data")
    config = configured("evr", data, str(tiny_model))
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
    try:
        progress = perform_with_ray(config, tmp_path / "ray", 2, "cpu")
    finally:
        ray.shutdown()
    assert progress == (5, 5, 1)
    finish(config, tmp_path / "one")
    assert pictures(tmp_path / "ray") == pictures(tmp_path / "one")


def test_another_run_is_refused_in_the_same_folder(tmp_path: Path) -> None:
    data = write_dataset("evr", tmp_path / "data")
    finish(configured("evr", data, "copy"), tmp_path / "run")
    with pytest.raises(BadOption, match="num_seeds"):
        finish(configured("evr", data, "copy", num_seeds=2), tmp_path / "run")


def test_chained_turns_start_from_the_answer_before(tmp_path: Path) -> None:
    """Copying along a session hands the first input to the last turn; a broken one ends where it broke."""
    data = write_dataset("magicbrush", tmp_path / "data")
    config = configured("magicbrush", data, "copy", turns="chained")
    records = finish(config, tmp_path / "run")
    first, second = (read_answer(tmp_path / "run", record) for record in good(records)[:2])
    assert np.array_equal(first, second)
    assert [record.is_last_turn for record in records] == [False, True, True, True]
    assert records[3].problem


def test_the_oracle_hits_every_goal_and_needs_one(tmp_path: Path) -> None:
    data = write_dataset("plain", tmp_path / "data")
    out = tmp_path / "run"
    records = finish(configured("plain", data, "goal"), out)
    assert [bool(record.problem) for record in records] == [False, False, True, True]
    deque(score_run(out, ["pixels"]), maxlen=0)
    assert [numbers["l1"] for numbers in read_scored(out).numbers.values()] == [0, 0]


def test_pictures_made_elsewhere_are_found_by_key(tmp_path: Path) -> None:
    data = write_dataset("plain", tmp_path / "data")
    made = tmp_path / "made"
    made.mkdir()
    Image.new("RGB", (40, 32), (10, 20, 30)).save(made / "first.png")
    records = finish(configured("plain", data, f"pictures:{made}"), tmp_path / "run")
    assert [record.key for record in good(records)] == ["first"]
    assert "holds no picture second" in records[1].problem


def test_a_trade_off_curve_is_one_row_for_each_scale(tmp_path: Path, tiny_model: Path) -> None:
    data = write_dataset("ipr2pr", tmp_path / "data")
    out = tmp_path / "run"
    finish(configured("ipr2pr", data, str(tiny_model), image_guidance_scales=(1.0, 2.0)), out)
    deque(score_run(out, ["pixels"]), maxlen=0)
    scored = [read_scored(out)]
    rows = make_table(scored, layout_of_runs(scored, ["l1"])).rows
    assert [row.label for row in rows] == ["tiny (image guidance 1)", "tiny (image guidance 2)"]
    assert rows[0].cells[0].mean != rows[1].cells[0].mean


def test_a_missing_backbone_is_told_in_the_table(tmp_path: Path) -> None:
    data = write_dataset("evr", tmp_path / "data")
    out = tmp_path / "run"
    finish(configured("evr", data, "copy"), out)
    result = CliRunner().invoke(evaluate, ["score", str(out), "--families", "pixels,dino"])
    assert "no dino: dino-vits16 is needed" in result.output
    shown = CliRunner().invoke(evaluate, ["table", str(out), "--layout", "zero-shot"])
    assert "n/a: dino-vits16 is needed" in shown.output
    assert "| MGIE (published) | - | 71.49 |" in shown.output


def test_fid_is_a_column_with_one_number_for_a_run(tmp_path: Path) -> None:
    out = tmp_path / "run"
    finish(configured("evr", write_dataset("evr", tmp_path / "data"), "goal"), out)
    command, shown = (
        ["score", str(out), "--families", "pixels", "--fid"],
        ["table", str(out), "--metrics", "fid,l1"],
    )
    CliRunner().invoke(evaluate, command, catch_exceptions=False)
    assert "n/a: pt_inception" in CliRunner().invoke(evaluate, shown).output
    network = InceptionFeatures()
    load_backbones().fill(network)
    torch.save(network.state_dict(), tmp_path / "pt_inception-2015-12-05-6726825d.pth")
    result = CliRunner().invoke(evaluate, [*command, "--backbones", str(tmp_path)], catch_exceptions=False)
    assert f"{out}: FID 0.00" in result.output  # the goals against themselves
    rows = {
        line.split("|")[1].strip(): line
        for line in CliRunner().invoke(evaluate, shown).output.splitlines()
        if "|" in line
    }
    assert rows["goal"].split("|")[2].strip().lstrip("-") == "0.00"
    assert float(rows["copy-input"].split("|")[2]) > 0.01


def test_scoring_goes_on_and_computes_nothing_twice(tmp_path: Path) -> None:
    data = write_dataset("gier", tmp_path / "data")
    out = tmp_path / "run"
    finish(configured("gier", data, "copy"), out)
    deque(score_run(out, ["pixels"]), maxlen=0)
    path = out / "scores" / "pixels.jsonl"
    lines = path.read_text().splitlines()
    marked = [json.dumps({**json.loads(line), "numbers": {"l1": 7.0}}) for line in lines[:2]]
    path.write_text("\n".join(marked) + "\n" + lines[2][:20])
    deque(score_run(out, ["pixels"]), maxlen=0)
    values = [numbers["l1"] for numbers in read_scored(out).numbers.values()]
    assert values[:2] == [7.0, 7.0]
    assert len(values) == 4
    assert all(value < 1 for value in values[2:])


def test_square_pictures_keep_input_goal_and_mask_together(tmp_path: Path) -> None:
    from mgie.evaluate.datasets.catalogue import open_dataset

    folder = write_dataset("magicbrush", tmp_path)
    item = open_dataset(DatasetSpec(name="magicbrush", path=str(folder)))[0]
    judged = reference(item, "square", SIZE_PX)
    assert judged.goal is not None
    assert judged.mask is not None
    assert judged.input.shape == judged.goal.shape == (*judged.mask.shape, 3) == (SIZE_PX, SIZE_PX, 3)
    # the mask covers rows 8 to 20 of 32 and, of the middle 32 columns, 6 to 26
    assert judged.mask[8:20, 6:26].all()
    assert judged.mask.sum() == 12 * 20


@pytest.mark.parametrize(("size", "expected"), [((640, 427), (512, 320)), ((500, 500), (512, 512))])
def test_ip2p_sizes_are_those_of_its_command(size: tuple[int, int], expected: tuple[int, int]) -> None:
    """edit_cli: 640x427 at 512 px gives factor 320 / 427, so 479 // 64 * 64 x 320 // 64 * 64."""
    made = model_picture(np.zeros((size[1], size[0], 3), np.uint8), "ip2p", 512).size
    factor = 512 / max(size)
    factor = int(np.ceil(min(size) * factor / 64)) * 64 / min(size)
    assert made == tuple(int(side * factor // 64) * 64 for side in size)
    assert max(made) <= max(expected)


def test_an_answer_is_brought_to_the_goals_size_by_pillows_bicubic() -> None:
    answer = np.random.default_rng(0).integers(0, 256, (20, 30, 3), dtype=np.uint8)
    goal = np.zeros((25, 40, 3), np.uint8)
    expected = np.asarray(Image.fromarray(answer).resize((40, 25)))  # Pillow's default, as MagicBrush
    assert np.array_equal(at_size_of(answer, goal), expected)


def test_every_item_and_seed_has_noise_of_its_own(tmp_path: Path, tiny_model: Path) -> None:
    data = write_dataset("gier", tmp_path / "data")
    out = tmp_path / "run"
    records = good(finish(configured("gier", data, str(tiny_model), num_seeds=2), out))
    answers = {read_answer(out, record).tobytes() for record in records}
    assert len(answers) == len(records) == 8
    assert {Variant(r.seed, r.image_guidance_scale).seed for r in records} == {0, 1}


def test_columns_speak_of_last_turns_where_sessions_are_chained(tmp_path: Path) -> None:
    data = write_dataset("magicbrush", tmp_path / "data")
    out = tmp_path / "run"
    finish(configured("magicbrush", data, "copy", turns="chained"), out)
    deque(score_run(out, ["pixels"]), maxlen=0)
    table = make_table([read_scored(out)], layout_of_runs([read_scored(out)], ["l1"]))
    assert table.layout.columns == (Column(("magicbrush-final", "l1")),)
    assert len(table.rows[0].cells[0].by_item) == 2


def test_a_suffix_is_what_the_editor_reads_and_not_what_was_asked(tmp_path: Path, tiny_model: Path) -> None:
    """HIVE wants its reward in words behind the request: as if the data set said it."""
    suffix = ", image quality is five out of five"
    data, said = (write_dataset("evr", tmp_path / name) for name in ("data", "said"))
    entries = json.loads((said / "test.json").read_text())
    for entry in entries:
        entry["sents"] = [text + suffix for text in entry["sents"]]
    (said / "test.json").write_text(json.dumps(entries))
    added = finish(configured("evr", data, str(tiny_model), instruction_suffix=suffix), tmp_path / "added")
    finish(configured("evr", said, str(tiny_model)), tmp_path / "read")
    finish(configured("evr", data, str(tiny_model)), tmp_path / "without")
    assert pictures(tmp_path / "added") == pictures(tmp_path / "read") != pictures(tmp_path / "without")
    assert [record.instruction for record in good(added)] == ["one", "two", "three", "four"]
