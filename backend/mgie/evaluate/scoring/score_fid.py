"""FID of a whole run: the answers of the first seed against the goals, both at their own sizes."""

from __future__ import annotations

import json
from pathlib import Path

from mgie.evaluate.datasets.catalogue import open_dataset
from mgie.evaluate.metrics.backbones import BackboneMissing
from mgie.evaluate.metrics.fid import FidEmbedder, frechet_distance
from mgie.evaluate.runs.fit import reference
from mgie.evaluate.runs.folder import good, read_answer, write_atomically
from mgie.evaluate.runs.same_items import item_of
from mgie.evaluate.scoring.score_files import FID_FILE, read_scored, write_missing
from mgie.synth.light import Pixels

_FEWEST = 2  # pictures a side


def score_fid(folder: Path, backbones: Path | None, device: str = "cpu") -> float | None:
    """The distance, kept in scores/fid.json; None where network or goals are missing, which is noted."""
    (folder / "scores").mkdir(exist_ok=True)
    scored = read_scored(folder)
    try:
        embedder = FidEmbedder(backbones, device)
    except BackboneMissing as error:
        write_missing(folder, {**scored.missing, "fid": str(error)})
        return None
    config = scored.config
    source = open_dataset(config.dataset)
    records = [record for record in good(scored.records) if record.seed == 0]
    goals: list[Pixels] = []
    answers: list[Pixels] = []
    for record in records:
        goal = reference(item_of(record, source, folder), config.fit, config.size_px).goal
        if goal is not None:
            goals.append(goal)
            answers.append(read_answer(folder, record))
    if len(goals) < _FEWEST:
        why = f"FID wants at least {_FEWEST} goals, {config.dataset.name} gave {len(goals)}"
        write_missing(folder, {**scored.missing, "fid": why})
        return None
    distance = frechet_distance(embedder.images(answers), embedder.images(goals))
    content = json.dumps({"fid": distance, "num_pictures": len(goals)})
    write_atomically(folder / "scores" / FID_FILE, content.encode())
    write_missing(folder, {family: why for family, why in scored.missing.items() if family != "fid"})
    return distance
