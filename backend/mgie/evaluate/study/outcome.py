"""What raters said: points and shares by system with intervals, agreement, a bar chart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mgie.errors import BadData
from mgie.evaluate.reporting.plots import new_figure, save_figure
from mgie.evaluate.reporting.statistics import Interval, bootstrap_interval
from mgie.evaluate.study.agreement import krippendorff_alpha
from mgie.evaluate.study.files import (
    QUESTIONS,
    Answers,
    Question,
    Study,
    Trial,
    is_complete,
    raters,
    read_key,
    read_ratings,
    read_study,
)

ALL = "all"  # data sets together
_TITLES = {
    "following": "follows the instruction, points",
    "goal": "near the goal, points",
    "quality": "quality, points",
    "practical": "text is practical, %",
    "hallucinated": "text is hallucinated, %",
}


@dataclass(frozen=True, kw_only=True)
class Bar:
    """One system in one question, on one data set or on all."""

    question: str
    dataset: str
    system: str
    mean: float  # points, n for the best of n and 1 for the worst; or percent of yes
    interval: Interval  # 95 % bootstrap, by example
    num_items: int


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """A study as far as it is done."""

    bars: tuple[Bar, ...]
    alphas: Mapping[
        str, float
    ]  # question -> Krippendorff's alpha; ordinal for places, nominal for yes and no
    num_done: Mapping[str, int]  # rater -> finished trials
    num_trials: int
    num_raters: int  # that are wanted


def read_outcome(folder: Path) -> Outcome:
    """Raises BadData where nobody has rated anything."""
    study, key = read_study(folder), read_key(folder)
    given = {rater: _complete(study, read_ratings(folder, rater)) for rater in raters(folder)}
    if not any(given.values()):
        raise BadData(f"nobody has rated {folder} yet; `mgie evaluate study rate {folder} --rater NAME`")
    bars: list[Bar] = []
    alphas: dict[str, float] = {}
    for question in QUESTIONS:
        trials = [trial for trial in study.trials if question in trial.asked()]
        units = [(trial, i) for trial in trials for i in range(len(trial.candidates))]
        table = np.array([[_value(answers, question, *unit) for unit in units] for answers in given.values()])
        if not table.size or np.isnan(table).all():
            continue
        level = "ordinal" if question.kind == "rank" else "nominal"
        alphas[question.name] = krippendorff_alpha(table, level)
        for dataset in [ALL, *dict.fromkeys(trial.dataset for trial in trials)]:
            for system in dict.fromkeys(label for systems in key.values() for label in systems):
                chosen = [
                    number
                    for number, (trial, i) in enumerate(units)
                    if key[trial.name][i] == system and dataset in (ALL, trial.dataset)
                ]
                bars += _bar(question, dataset, system, table[:, chosen])
    return Outcome(
        bars=tuple(bars),
        alphas=alphas,
        num_done={rater: len(answers) for rater, answers in given.items()},
        num_trials=len(study.trials),
        num_raters=study.num_raters,
    )


def as_markdown(outcome: Outcome) -> str:
    """A row for each system and data set, a column for each question."""
    names = [question.name for question in QUESTIONS if question.name in outcome.alphas]
    lines = ["| system | data | " + " | ".join(_TITLES[name] for name in names) + " |"]
    lines.append("|---|---|" + "---:|" * len(names))
    found = {(bar.system, bar.dataset, bar.question): bar for bar in outcome.bars}
    for system, dataset in dict.fromkeys((bar.system, bar.dataset) for bar in outcome.bars):
        cells = [_cell(found.get((system, dataset, name))) for name in names]
        lines.append(f"| {system} | {dataset} | " + " | ".join(cells) + " |")
    alphas = [f"{outcome.alphas[name]:.2f}" for name in names]
    lines.append("| Krippendorff's alpha | all | " + " | ".join(alphas) + " |")
    done = ", ".join(f"{rater} {number}" for rater, number in outcome.num_done.items())
    lines += ["", f"Trials finished of {outcome.num_trials}: {done}; {outcome.num_raters} raters are wanted."]
    lines.append("± is half of the 95 % bootstrap interval over examples, each the mean over its raters.")
    return "\n".join(lines) + "\n"


def as_csv(outcome: Outcome) -> str:
    """One line per bar."""
    lines = ["question,dataset,system,mean,low,high,items"]
    for bar in outcome.bars:
        numbers = ",".join(f"{number:.6g}" for number in (bar.mean, *bar.interval))
        lines.append(f'{bar.question},{bar.dataset},"{bar.system}",{numbers},{bar.num_items}')
    return "\n".join(lines) + "\n"


def plot_outcome(outcome: Outcome, path: Path) -> None:
    """Figures 5 and 6: a panel for each question, the systems of every data set beside each other."""
    names = list(outcome.alphas)
    systems = list(dict.fromkeys(bar.system for bar in outcome.bars))
    figure, axes = new_figure(len(names), 2.4)
    for panel, name in zip(axes, names, strict=True):
        bars = [bar for bar in outcome.bars if bar.question == name]
        datasets = list(dict.fromkeys(bar.dataset for bar in bars))
        for bar in bars:
            number = systems.index(bar.system)
            where = datasets.index(bar.dataset) + 0.8 * (number + 0.5) / len(systems) - 0.4
            ends = None
            if bar.interval.low == bar.interval.low:
                ends = [[bar.mean - bar.interval.low], [bar.interval.high - bar.mean]]
            label = bar.system if bar.dataset == datasets[0] else None
            panel.bar(where, bar.mean, 0.8 / len(systems), yerr=ends, color=f"C{number}", label=label)
        panel.set_xticks(range(len(datasets)), datasets, fontsize=8)
        panel.set_ylabel(_TITLES[name], fontsize=7)
        panel.legend(fontsize=6)
    save_figure(figure, path)


def _complete(study: Study, given: Mapping[str, Answers]) -> dict[str, Answers]:
    trials = {trial.name: trial for trial in study.trials}
    return {
        name: answers
        for name, answers in given.items()
        if name in trials and is_complete(trials[name], answers)
    }


def _value(answers: Mapping[str, Answers], question: Question, trial: Trial, index: int) -> float:
    """Points or percent; NaN where it was not asked or not answered."""
    given = answers.get(trial.name, {}).get(question.name)
    value = None if given is None else given[index]
    if value is None:
        return float("nan")
    return float(len(trial.candidates) + 1 - value) if question.kind == "rank" else 100.0 * value


def _bar(question: Question, dataset: str, system: str, table: np.ndarray) -> Sequence[Bar]:
    """None where nothing was asked of the system."""
    rated = table[:, ~np.isnan(table).all(axis=0)]
    if not rated.size:
        return []
    means = np.nanmean(rated, axis=0)
    return [
        Bar(
            question=question.name,
            dataset=dataset,
            system=system,
            mean=float(means.mean()),
            interval=bootstrap_interval(means, range(len(means))),
            num_items=len(means),
        )
    ]


def _cell(bar: Bar | None) -> str:
    if bar is None:
        return "-"
    half = bar.interval.half_width
    return f"{bar.mean:.2f}" if half != half else f"{bar.mean:.2f} ± {half:.2f}"
