"""In which order the variations of an edit are shown, and why."""

from __future__ import annotations

from collections.abc import Sequence

from mgie.api.best_first import Reason, Standing, best_first
from mgie.panel.state.job import Job
from mgie.panel.state.pictures import ResultPicture


def standings(results: Sequence[ResultPicture], count: int) -> list[Standing]:
    """All variations, by their numbers from 0, best first, each with what decided its place.

    results: those that are finished; while one is missing nothing changes its place. Nothing is left out.
    """
    by_number = sorted(results, key=lambda result: result.index)
    if [result.index for result in by_number] != list(range(count)):
        return [Standing(number, Reason.SEED, 0.0) for number in range(count)]
    return best_first([result.edit_result.measures for result in by_number])


def shown_order(job: Job, results: Sequence[ResultPicture], count: int) -> list[Standing]:
    """How the tray of a job shows them: a guidance strip has an order of its own."""
    return standings(() if job.strip else results, count)
