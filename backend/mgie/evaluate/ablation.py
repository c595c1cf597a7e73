"""The paper's comparisons at a small scale by one command: train equal arms, then run, score, table, plot.

What answers a question is a suite like any other: the synthetic cases, one row for each arm.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from mgie.evaluate.suite import Place, SuiteConfig, SuiteDataset, SuiteEditor, carry_out
from mgie.train.mini.arms import COMPARISONS, ArmBudget, Comparison, prepare_arms, train_arm

_METRICS = ("l1", "ssim", "l1-ratio", "text-words", "text-claims", "text-true", "fallback")


@dataclass(frozen=True, kw_only=True)
class Ablation:
    """One comparison."""

    comparison: Comparison
    model: str  # name or folder of the trained small model that vision tower and painter come from
    photos: Path
    out: Path  # photographs, pairs and arms are shared by all comparisons that use it
    budget: ArmBudget = field(default_factory=ArmBudget)
    per_operation: int = 1  # cases of every operation to measure on
    num_cases: int | None = None  # the first so many of them only


def compare(ablation: Ablation) -> Iterator[str]:
    """Train what is not trained yet and measure it; yields what is being done. A stopped call goes on."""
    yield f"{ablation.out}: {ablation.budget.num_pairs} pairs"
    prepare_arms(ablation.model, ablation.photos, ablation.out, ablation.budget)
    arms = COMPARISONS[ablation.comparison]
    for arm in arms:
        yield f"{ablation.out / arm}: training"
        train_arm(arm, ablation.model, ablation.out, ablation.budget)
    photos = SuiteDataset(
        name="synthetic",
        path=str(ablation.photos.resolve()),
        per_operation=ablation.per_operation,
        num_items=ablation.num_cases,
    )
    suite = SuiteConfig(
        datasets=(photos,),
        editors=tuple(
            SuiteEditor(label=arm, editor=str((ablation.out / arm / arm).resolve())) for arm in arms
        ),
        metrics=_METRICS,
        bars=("l1-ratio", "text-true"),
        only="in-ability",
    )
    out = ablation.out / "measured"
    yield from carry_out(suite, Place(data=ablation.photos, out=out, report=out / ablation.comparison))
