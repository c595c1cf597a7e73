"""Verdicts on requests in people's words as a table and for programs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from mgie.evaluate.judged import Verdict

Verdicts: TypeAlias = Mapping[str, Sequence[Verdict]]  # system -> its answers, judged; same cases throughout


def judged_markdown(verdicts: Verdicts) -> str:
    """Two tables: right, opposite and declined per system; right per kind of request."""
    lines = [
        "### Requests in people's words",
        "",
        "| system | right | opposite | beyond ability: returned bit for bit |",
        "|---|---:|---:|---:|",
    ]
    for system, judged in verdicts.items():
        within, beyond = _halves(judged)
        right, opposite = (
            _share([getattr(each, name) for each in within]) for name in ("is_right", "is_opposite")
        )
        lines.append(f"| {system} | {right} | {opposite} | {_share([each.is_right for each in beyond])} |")
    kinds = dict.fromkeys(each.case.kind for each in next(iter(verdicts.values())))
    lines += ["", "| right, by kind of request | " + " | ".join(verdicts) + " |"]
    lines.append("|---|" + "---:|" * len(verdicts))
    for kind in kinds:
        cells = [
            _share([each.is_right for each in judged if each.case.kind == kind])
            for judged in verdicts.values()
        ]
        lines.append(f"| {kind} | " + " | ".join(cells) + " |")
    return "\n".join([*lines, "", ""])


def judged_json(judged: Sequence[Verdict]) -> dict[str, Any]:
    """One system's verdicts for programs, request by request."""
    within, beyond = _halves(judged)
    return {
        "within": len(within),
        "right": sum(each.is_right for each in within),
        "opposite": sum(each.is_opposite for each in within),
        "beyond": len(beyond),
        "declined": sum(each.is_right for each in beyond),
        "answers": [
            {
                "text": each.case.text,
                "expected": each.case.expected,
                "plan": each.plan,
                "right": each.is_right,
                "opposite": each.is_opposite,
            }
            for each in judged
        ],
    }


def _halves(judged: Sequence[Verdict]) -> tuple[list[Verdict], list[Verdict]]:
    """Requests within ability, and those beyond."""
    within = [each for each in judged if not each.is_beyond]
    return within, [each for each in judged if each.is_beyond]


def _share(truths: Sequence[bool]) -> str:
    """E.g. "87 % (149 of 171)"."""
    if not truths:
        return "-"
    return f"{100 * sum(truths) / len(truths):.0f} % ({sum(truths)} of {len(truths)})"
