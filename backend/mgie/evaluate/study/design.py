"""Making a study of runs: the same examples of every data set, all systems side by side, nothing named."""

from __future__ import annotations

import random
import secrets
from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from mgie.errors import BadOption
from mgie.evaluate.datasets.catalogue import open_dataset
from mgie.evaluate.runs.fit import at_size_of, reference
from mgie.evaluate.runs.folder import Record, good, read_answer, read_config, read_records
from mgie.evaluate.runs.same_items import item_of
from mgie.evaluate.study.files import PICTURES, STUDY_FILE, Candidate, Study, Trial, write_study
from mgie.synth.light import Pixels

NUM_ITEMS, NUM_RATERS = 25, 3  # of each data set; as published


def make_study(
    runs: Sequence[Path],
    out: Path,
    *,
    num_items: int = NUM_ITEMS,
    num_raters: int = NUM_RATERS,
    seed: int = 0,
) -> Study:
    """Draw examples that all runs of a data set have answered, the first seed of each; writes `out`.

    Raises BadOption where the runs of the data sets are not of the same systems, or have too few answers.
    """
    if (out / STUDY_FILE).exists():
        raise BadOption(f"{out} holds a study already; choose another folder")
    chance = random.Random(seed)
    trials: list[Trial] = []
    key: dict[str, tuple[str, ...]] = {}
    for dataset, folders in _by_dataset(runs).items():
        answers = [_first_answers(folder) for folder in folders.values()]
        common = sorted(set.intersection(*(set(each) for each in answers)))
        if len(common) < num_items:
            raise BadOption(
                f"only {len(common)} items of {dataset} are answered by all; {num_items} are wanted"
            )
        for index in sorted(chance.sample(common, num_items)):
            name = f"{dataset}-{index}"
            trials.append(
                _trial(name, dataset, index, list(folders.values()), [a[index] for a in answers], out)
            )
            key[name] = tuple(folders)
    study = Study(seed=seed, num_raters=num_raters, trials=tuple(trials))
    write_study(out, study, key)
    return study


def _by_dataset(runs: Sequence[Path]) -> dict[str, dict[str, Path]]:
    """data set -> system -> run."""
    found: dict[str, dict[str, Path]] = {}
    for folder in runs:
        config = read_config(folder)
        systems = found.setdefault(config.dataset.name, {})
        if config.label in systems:
            raise BadOption(f"{systems[config.label]} and {folder} are both {config.label!r} on one data set")
        systems[config.label] = folder
    first, *others = found.values()
    if len(first) < 2 or any(set(other) != set(first) for other in others):
        rows = "; ".join(f"{name}: {', '.join(systems)}" for name, systems in found.items())
        raise BadOption(f"every data set wants runs of the same two or more systems, not {rows}")
    return found


def _first_answers(folder: Path) -> dict[int, Record]:
    """Index -> the answer of the first seed."""
    return {record.index: record for record in reversed(good(read_records(folder)))}


def _trial(
    name: str, dataset: str, index: int, folders: Sequence[Path], records: Sequence[Record], out: Path
) -> Trial:
    config = read_config(folders[0])
    source = open_dataset(config.dataset)
    item, *_ = [item_of(record, source, folder) for folder, record in zip(folders, records, strict=True)]
    judged = reference(item, config.fit, config.size_px)
    return Trial(
        name=name,
        dataset=dataset,
        instruction=item.instruction,
        input=_keep(judged.input, out),
        goal="" if judged.goal is None else _keep(judged.goal, out),
        candidates=tuple(
            Candidate(
                picture=_keep(at_size_of(read_answer(folder, record), judged.input), out),
                text=record.expressive_instruction,
            )
            for folder, record in zip(folders, records, strict=True)
        ),
    )


def _keep(pixels: Pixels, out: Path) -> str:
    """Write a picture under a name that tells nothing."""
    (out / PICTURES).mkdir(parents=True, exist_ok=True)
    name = f"{secrets.token_hex(8)}.png"
    Image.fromarray(pixels).save(out / PICTURES / name)
    return name
