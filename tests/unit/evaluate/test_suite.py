"""A whole experiment by one command: runs, scores, tables, plots; its plan; what is wrong in its file."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from mgie.cli.evaluate import evaluate
from mgie.errors import BadOption
from mgie.evaluate.reporting.table import layouts
from mgie.evaluate.scoring.metric_names import find_metric
from mgie.evaluate.scoring.scorers import FAMILIES
from mgie.evaluate.suite import load_suite, shipped_suites
from support.eval_datasets import write_dataset


def test_a_suite_ends_in_tables_and_plots_and_does_nothing_twice(
    tmp_path: Path, tiny_model: Path, backbones_folder: Path
) -> None:
    for name in ("evr", "magicbrush"):
        write_dataset(name, tmp_path / "data" / name)
    file = tmp_path / "suite.yaml"
    file.write_text(
        f"datasets: [{{name: evr, size_px: 64}}, {{name: magicbrush, size_px: 64}}]\n"
        f"editors: [{{label: tiny, editor: {tiny_model}}}]\n"
        "num_inference_steps: 1\n"
        "families: [run, pixels, dino, clip-b32]\n"
        "tables: [zero-shot]\n"
        "bars: [l1]\n"
        "draws_clip_s: true\n"
    )
    command = ["suite", str(file), "--data", str(tmp_path / "data"), "--out", str(tmp_path / "out")]
    command += ["--backbones", str(backbones_folder), "--device", "cpu"]
    assert CliRunner().invoke(evaluate, command, catch_exceptions=False).exit_code == 0
    out = tmp_path / "out"
    table = (out / "zero-shot.md").read_text()
    assert "| copy-input |" in table
    assert "| MGIE (published) |" in table
    assert r"\toprule" in (out / "zero-shot.tex").read_text()
    assert "tiny,evr,l1," in (out / "measured.csv").read_text()
    assert (out / "bars.png").stat().st_size > 1000
    assert (out / "clip-s.png").stat().st_size > 1000
    records = out / "evr-test" / "tiny" / "records-00000.jsonl"
    before = records.read_bytes()
    CliRunner().invoke(evaluate, command, catch_exceptions=False)
    assert records.read_bytes() == before


def test_a_plan_counts_edits_and_computes_hours_and_disk(tmp_path: Path) -> None:
    """Without data, the published counts: 1485 + 2969 + 4950 + 1053 items, five seeds, two editors."""
    result = CliRunner().invoke(
        evaluate, ["suite", "table1", "--data", str(tmp_path), "--out", str(tmp_path / "o"), "--plan"]
    )
    assert result.exit_code == 0, result.output
    assert "7425 edits (published count; the data is not there)" in result.output
    hours = (1485 + 2969 + 4950 + 1053) * 5 * 2 * 4.6 / 3600
    assert f"in all {hours:.0f} h" in result.output


@pytest.mark.parametrize("name", list(shipped_suites()))
def test_shipped_suites_name_what_exists(name: str) -> None:
    suite = load_suite(name)
    assert set(suite.families) <= set(FAMILIES)
    assert set(suite.tables) <= set(layouts())
    assert all(find_metric(metric) for metric in suite.bars)


def test_every_published_cell_has_its_column() -> None:
    for layout in layouts().values():
        columns = {"/".join(column) for column in layout.columns}
        for label, cells in layout.published:
            assert set(cells) <= columns, label
        assert all(find_metric(column.metric) for column in layout.columns)


def test_a_wrong_word_in_a_suite_is_named(tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_text("datasets: [{name: evr, sise_px: 64}]\neditors: []\n")
    with pytest.raises(BadOption, match="sise_px"):
        load_suite(str(tmp_path / "s.yaml"))
    with pytest.raises(BadOption, match="table1"):
        load_suite("table9")
