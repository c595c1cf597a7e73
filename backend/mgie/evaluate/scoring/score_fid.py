"""FID of a whole run: the answers of the first seed against the goals, both at their own sizes."""

from __future__ import annotations

import json
from pathlib import Path

from mgie.evaluate.datasets.catalogue import open_dataset
from mgie.evaluate.metrics.fid import FidEmbedder, frechet_distance
from mgie.evaluate.runs.fit import reference
from mgie.evaluate.runs.folder import good, read_answer, read_config, read_records, write_atomically
from mgie.synth.light import Pixels


def score_fid(folder: Path, backbones: Path | None, device: str = "cpu") -> float:
    """The distance, also written to scores/fid.json. Raises BackboneMissing; BadData for few pictures."""
    config, embedder = read_config(folder), FidEmbedder(backbones, device)
    source = open_dataset(config.dataset)
    records = [record for record in good(read_records(folder)) if record.seed == 0]
    goals: list[Pixels] = []
    answers: list[Pixels] = []
    for record in records:
        goal = reference(source[record.index], config.fit, config.size_px).goal
        if goal is not None:
            goals.append(goal)
            answers.append(read_answer(folder, record))
    distance = frechet_distance(embedder.images(answers), embedder.images(goals))
    content = json.dumps({"fid": distance, "num_pictures": len(goals)})
    write_atomically(folder / "scores" / "fid.json", content.encode())
    return distance
