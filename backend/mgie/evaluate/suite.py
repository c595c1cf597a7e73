"""A whole experiment as one YAML file: data sets times editors, then the scores, tables and plots.

Everything is a run of its own below one folder, so a suite that was stopped goes on, and a line added to the
file adds only its own runs.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, NamedTuple

import yaml

from mgie.dataclass_reader import dataclass_from
from mgie.errors import BadData, BadOption
from mgie.evaluate.datasets.catalogue import DatasetSpec, FitName, find_info, open_dataset
from mgie.evaluate.reporting.plots import plot_bars, plot_clip_s, plot_trade_off
from mgie.evaluate.reporting.render import Format, render
from mgie.evaluate.reporting.table import find_layout, layout_of_runs, make_table
from mgie.evaluate.runs.candidates import open_candidate
from mgie.evaluate.runs.config import RunConfig
from mgie.evaluate.runs.perform import perform
from mgie.evaluate.scoring.baseline import make_baseline, with_baselines
from mgie.evaluate.scoring.score_fid import score_fid
from mgie.evaluate.scoring.score_files import read_scored, score_run

PNG_SHARE = 0.55  # of the raw bytes; 98 edited photographs of 256 px took 0.54
FORMATS: tuple[Format, ...] = ("md", "csv", "tex")


@dataclass(frozen=True, kw_only=True)
class SuiteDataset:
    """A data set of a suite."""

    name: str
    path: str = ""  # below the data folder; "" is the name
    split: str = ""  # "" is the one that is measured on
    num_items: int | None = None  # the first so many only
    per_operation: int = 6  # synthetic only
    fit: FitName | None = None  # None is the data set's own
    size_px: int | None = None  # None is the model's own
    turns: Literal["single", "chained"] = "single"


@dataclass(frozen=True, kw_only=True)
class SuiteEditor:
    """A row of the tables."""

    label: str
    editor: str  # see `open_candidate`
    num_inference_steps: int | None = None
    image_guidance_scales: tuple[float, ...] = ()
    instruction_suffix: str = ""  # put behind every instruction


@dataclass(frozen=True, kw_only=True)
class SuiteConfig:
    """What a suite file says."""

    datasets: tuple[SuiteDataset, ...]
    editors: tuple[SuiteEditor, ...]
    num_seeds: int = 1
    num_inference_steps: int | None = None  # None is the model's own
    guidance_scale: float | None = None
    batch_size: int = 8
    families: tuple[str, ...] = ("run", "pixels", "text")
    has_fid: bool = False  # also the Frechet Inception distance to the goals
    metrics: tuple[str, ...] = ()  # of the table of what was measured; () is those that papers report
    tables: tuple[str, ...] = ()  # further layouts
    bars: tuple[str, ...] = ()  # metrics to draw
    draws_trade_off: bool = False
    draws_clip_s: bool = False
    only: str | None = None  # a tag that items must carry in tables and plots


@dataclass(frozen=True, kw_only=True)
class PlannedRun:
    """One run of a suite."""

    folder: Path
    dataset: SuiteDataset
    editor: SuiteEditor
    num_edits: int
    is_counted: bool  # on disk; else from the published count


class Cost(NamedTuple):
    """Of a run, computed, not measured."""

    hours: float
    gigabytes: float


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a suite reads and writes."""

    data: Path
    out: Path  # the runs
    report: Path | None = None  # tables and plots; None: where the runs are
    backbones: Path | None = None
    device: str = "cpu"
    shard: tuple[int, int] = field(default=(0, 1))  # rank, number of processes


def shipped_suites() -> dict[str, Path]:
    """The suites that come with the package, by name."""
    return {path.stem: path for path in sorted((Path(__file__).parent / "suites").glob("*.yaml"))}


def load_suite(name_or_path: str) -> SuiteConfig:
    """A suite from a file, or a shipped one by name."""
    path = shipped_suites().get(name_or_path, Path(name_or_path))
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        names = ", ".join(shipped_suites())
        raise BadOption(f"{name_or_path!r} is no suite file and none of {names}: {error.strerror}") from error
    except yaml.YAMLError as error:
        raise BadOption(f"{path} is no YAML: {error}") from error
    return dataclass_from(SuiteConfig, content, "suite")


def plan(suite: SuiteConfig, place: Place) -> list[PlannedRun]:
    """All runs, with how many edits they are: counted where the data is there, else as published."""
    planned: list[PlannedRun] = []
    for dataset in suite.datasets:
        info = find_info(dataset.name)
        split = dataset.split or info.test
        chained = "-chained" if dataset.turns == "chained" else ""
        try:
            num_items, is_counted = len(open_dataset(_spec(dataset, place))), True
        except BadData:
            known = [count for count in (info.items.get(split), dataset.num_items) if count is not None]
            num_items, is_counted = min(known, default=0), False
        for editor in suite.editors:
            scales = max(1, len(editor.image_guidance_scales))
            planned.append(
                PlannedRun(
                    folder=place.out / f"{dataset.name}-{split}{chained}" / _file_name(editor.label),
                    dataset=dataset,
                    editor=editor,
                    num_edits=num_items * suite.num_seeds * scales,
                    is_counted=is_counted,
                )
            )
    return planned


def cost(run: PlannedRun, seconds_per_edit: float, side_px: int) -> Cost:
    """Time of the edits at a given pace, and disk for their pictures."""
    num_bytes = 3 * side_px**2 * PNG_SHARE
    return Cost(run.num_edits * seconds_per_edit / 3600, run.num_edits * num_bytes / 1e9)


def carry_out(suite: SuiteConfig, place: Place) -> Iterator[str]:
    """Run and score everything that is not on disk, then write tables and plots; yields what is being done.

    Of several processes each edits its share; the first one scores and reports what is there when it is done.
    """
    runs = plan(suite, place)
    for run in runs:
        yield f"{run.folder}: {run.num_edits} edits"
        candidate = open_candidate(run.editor.editor, device=place.device)
        config = _run_config(suite, run, place, candidate.info.native_size_px if candidate.info else 512)
        rank, num_processes = place.shard
        work = perform(
            config,
            run.folder,
            candidate=candidate,
            rank=rank,
            num_processes=num_processes,
            device=place.device,
        )
        deque(work, maxlen=0)
    if place.shard[0] == 0:
        for run in runs:
            for folder in dict.fromkeys([make_baseline(run.folder), run.folder]):
                yield f"{folder}: scores"
                scoring = score_run(folder, suite.families, backbones=place.backbones, device=place.device)
                deque(scoring, maxlen=0)
                if suite.has_fid:
                    score_fid(folder, place.backbones, place.device)
        yield from report(suite, place)


def report(suite: SuiteConfig, place: Place) -> Iterator[str]:
    """Tables and plots of what is on disk; yields the files."""
    folders = [run.folder for run in plan(suite, place)]
    runs = [read_scored(folder) for folder in with_baselines(folders)]
    out = place.report or place.out
    out.mkdir(parents=True, exist_ok=True)
    shown = {
        "measured": layout_of_runs(runs, suite.metrics or None),
        **{name: find_layout(name) for name in suite.tables},
    }
    for name, layout in shown.items():
        table = make_table(runs, layout, only=suite.only)
        for format in FORMATS:
            path = out / f"{name}.{format}"
            path.write_text(render(table, format), encoding="utf-8")
            yield str(path)
    if suite.bars:
        plot_bars(runs, suite.bars, out / "bars.png", only=suite.only)
        yield str(out / "bars.png")
    if suite.draws_trade_off:
        plot_trade_off([r for r in runs if r.config.editor != "copy"], out / "trade-off.png")
        yield str(out / "trade-off.png")
    if suite.draws_clip_s:
        plot_clip_s(runs, out / "clip-s.png", only=suite.only)
        yield str(out / "clip-s.png")


def _run_config(suite: SuiteConfig, run: PlannedRun, place: Place, native_size_px: int) -> RunConfig:
    info, dataset, editor = find_info(run.dataset.name), run.dataset, run.editor
    return RunConfig(
        label=editor.label,
        dataset=_spec(dataset, place),
        editor=editor.editor,
        fit=dataset.fit or info.fit,
        size_px=dataset.size_px or native_size_px,
        num_seeds=suite.num_seeds,
        num_inference_steps=editor.num_inference_steps or suite.num_inference_steps,
        guidance_scale=suite.guidance_scale,
        image_guidance_scales=editor.image_guidance_scales,
        instruction_suffix=editor.instruction_suffix,
        turns=dataset.turns,
        batch_size=suite.batch_size,
    )


def _spec(dataset: SuiteDataset, place: Place) -> DatasetSpec:
    return DatasetSpec(
        name=dataset.name,
        path=str((place.data / (dataset.path or dataset.name)).resolve()),
        split=dataset.split or find_info(dataset.name).test,
        num_items=dataset.num_items,
        per_operation=dataset.per_operation,
    )


def _file_name(label: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]+", "-", label).strip("-") or "run"
