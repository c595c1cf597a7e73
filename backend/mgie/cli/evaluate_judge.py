"""`mgie evaluate judge`: scores of a vision-language model that listens on this machine."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.argument(
    "runs", type=click.Path(path_type=Path, file_okay=False, exists=True), nargs=-1, required=True
)
@click.option("--url", required=True, help="OpenAI-compatible, on loopback: http://127.0.0.1:8080/v1.")
@click.option("--model", required=True, help="The judge's name there; part of what is remembered.")
@click.option("--questions", "name", default="viescore", show_default=True, help="viescore or imgedit.")
@click.option(
    "--file", "path", type=click.Path(path_type=Path, dir_okay=False, exists=True), help="Your own."
)
@click.option("--seed", default=0, show_default=True)
def judge(runs: tuple[Path, ...], url: str, model: str, name: str, path: Path | None, seed: int) -> None:
    """Let a judge score every answer of runs. What it wrote is kept and never asked again."""
    from mgie.evaluate.judging.endpoint import EndpointJudge
    from mgie.evaluate.judging.judge_run import judge_run
    from mgie.evaluate.judging.questions import load_questions

    questions, asked = load_questions(name, path), EndpointJudge(url, model, seed=seed)
    for folder in runs:
        last = (0, 0, 0)
        for last in judge_run(folder, asked, name, questions):
            click.echo(f"\r{folder.name}: {last[0]} of {last[1]}", nl=False, err=True)
        click.echo(f"{folder}: {last[1]} judged, {last[2]} without usable numbers")
