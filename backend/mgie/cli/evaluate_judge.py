"""`mgie evaluate judge`: scores of a vision-language model on this machine."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.argument(
    "runs", type=click.Path(path_type=Path, file_okay=False, exists=True), nargs=-1, required=True
)
@click.option("--url", help="OpenAI-compatible, on loopback: http://127.0.0.1:8080/v1.  [default: none]")
@click.option("--model", required=True, help="The judge's name at --url; else an installed vlm model.")
@click.option("--questions", "name", default="viescore", show_default=True, help="viescore or imgedit.")
@click.option(
    "--file", "path", type=click.Path(path_type=Path, dir_okay=False, exists=True), help="Your own."
)
@click.option("--seed", default=0, show_default=True)
@click.option("--device", help="Without --url. Default: a GPU where there is one.")
def judge(
    runs: tuple[Path, ...],
    url: str | None,
    model: str,
    name: str,
    path: Path | None,
    seed: int,
    device: str | None,
) -> None:
    """Let a judge score every answer of runs. What it wrote is kept and never asked again."""
    from mgie.editors.devices import usable_device
    from mgie.evaluate.judging.endpoint import EndpointJudge
    from mgie.evaluate.judging.judge_run import Judge, judge_run
    from mgie.evaluate.judging.model_judge import ModelJudge
    from mgie.evaluate.judging.questions import load_questions

    questions = load_questions(name, path)
    asked: Judge = (
        EndpointJudge(url, model, seed=seed)
        if url
        else ModelJudge(model, device=usable_device(device or "auto"), seed=seed)
    )
    for folder in runs:
        last = (0, 0, 0)
        for last in judge_run(folder, asked, name, questions):
            click.echo(f"\r{folder.name}: {last[0]} of {last[1]}", nl=False, err=True)
        click.echo(f"{folder}: {last[1]} judged, {last[2]} without usable numbers")
