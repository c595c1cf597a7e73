"""`mgie evaluate`: runs on data sets, scores, tables and plots; `mini` for the small models at once."""

from __future__ import annotations

import importlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, cast, get_args

import click

from mgie.errors import BadOption

if TYPE_CHECKING:
    from mgie.evaluate.answers import Way

_FOLDER = click.Path(path_type=Path, file_okay=False, exists=True)
_FILE = click.Path(path_type=Path, dir_okay=False)

# name -> (module, attribute, one-line help); imported on first use, as all commands are.
_COMMANDS = {
    "run": ("mgie.cli.evaluate_run", "run", "Edit every item of a data set and keep everything."),
    "suite": ("mgie.cli.evaluate_suite", "suite", "Runs, scores, tables and plots of an experiment at once."),
    "ablate": (
        "mgie.cli.evaluate_ablate",
        "ablate",
        "Small models that differ in one thing, trained, compared.",
    ),
    "score": ("mgie.cli.evaluate_report", "score", "Compute the metrics of runs, and of doing nothing."),
    "judge": ("mgie.cli.evaluate_judge", "judge", "Let a vision-language model on this machine score."),
    "study": ("mgie.cli.evaluate_study", "study", "People rate runs blind, side by side; what they said."),
    "table": ("mgie.cli.evaluate_report", "table", "Print runs as a table, published values beside them."),
    "plot": ("mgie.cli.evaluate_plot", "plot", "Draw runs: bars, trade-off, CLIP-S, or a sheet of pictures."),
    "time": ("mgie.cli.evaluate_plot", "time_", "Measure seconds by batch size."),
    "metrics": ("mgie.cli.evaluate_report", "list_metrics", "Say what every metric is exactly."),
}


class _Group(click.Group):
    """`mini`, `phrases`, `sheet` and the commands of other modules."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [*_COMMANDS, "mini", "phrases", "sheet"]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return super().get_command(ctx, cmd_name)
        module, attribute, _ = _COMMANDS[cmd_name]
        return getattr(importlib.import_module(module), attribute)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            rows = [(name, text) for name, (_, _, text) in _COMMANDS.items()]
            rows.append(("mini", "The small models' own evaluation, in one go."))
            rows.append(("phrases", "How well requests in phrases never trained on are read."))
            rows.append(("sheet", "A contact sheet of held-out requests, before and after."))
            formatter.write_dl(rows)


@click.group(cls=_Group)
def evaluate() -> None:
    """Measure models: run, score, table, plot."""


@evaluate.command()
@click.option("--photos", type=_FOLDER, required=True, help="Folder of photographs.")
@click.option(
    "--models",
    default="mgie-mini",
    show_default=True,
    help="Installed models or model folders, separated by commas; copy-input is always there.",
)
@click.option("--all-photos", is_flag=True, help="Use every photograph, not only the held-out tenth.")
@click.option("--per-operation", default=6, show_default=True, help="Cases per operation; 0: none.")
@click.option("--families", default="", help="Only operations of these, e.g. repair,look; default: all.")
@click.option("--judged/--no-judged", "has_judged", default=True, help="Requests in people's words too.")
@click.option("--development", is_flag=True, help="In place of those, the ones used while developing.")
@click.option(
    "--ways",
    default="asked",
    show_default=True,
    help="Phrases: asked, told (the true plan goes along), blind (a gray picture is read); by commas.",
)
@click.option("--steps", type=int, help="Denoising steps; default: the model's own.")
@click.option("--seed", default=0, show_default=True)
@click.option("--json", "json_path", type=_FILE, help="Write all numbers here.")
@click.option("--table", type=_FILE, help="Write the Markdown tables here instead of printing them.")
@click.option("--plot", "plot_path", type=_FILE, help="Write a plot (PNG or SVG) here.")
def mini(
    photos: Path,
    models: str,
    all_photos: bool,
    per_operation: int,
    families: str,
    has_judged: bool,
    development: bool,
    ways: str,
    steps: int | None,
    seed: int,
    json_path: Path | None,
    table: Path | None,
    plot_path: Path | None,
) -> None:
    """Edit held-out photographs: requests in people's words, and held-out phrases with exact goals."""
    from mgie.evaluate.cases import make_cases
    from mgie.evaluate.judged import judge_systems as judge_people
    from mgie.evaluate.judged import judged_cases, judged_photos
    from mgie.evaluate.judged_report import judged_json, judged_markdown
    from mgie.evaluate.report import as_json, markdown, plot
    from mgie.evaluate.run import judge_systems

    names, split = models.split(","), "all" if all_photos else "held_out"
    text, numbers = "", {}
    if has_judged:
        requests = "development" if development else "judged"
        verdicts = judge_people(names, judged_cases(judged_photos(photos, split), requests), seed=seed)
        text += judged_markdown(verdicts)
        numbers["judged"] = {system: judged_json(judged) for system, judged in verdicts.items()}
    if per_operation:
        chosen = _families(families)
        cases = make_cases(photos, per_operation=per_operation, families=chosen, split=split, seed=seed)
        scores = judge_systems(names, cases, num_inference_steps=steps, seed=seed, ways=_ways(ways))
        text += markdown(scores)
        numbers |= as_json(scores)
        if plot_path is not None:
            plot(scores, plot_path)
    if table is None:
        click.echo(text)
    else:
        table.write_text(text, encoding="utf-8")
    if json_path is not None:
        json_path.write_text(json.dumps(numbers, indent=1), encoding="utf-8")


def _ways(text: str) -> list[Way]:
    """What `--ways` names. Raises BadOption for any other word."""
    from mgie.evaluate.answers import Way

    return cast("list[Way]", _known(text, get_args(Way), "way to ask"))


def _families(text: str) -> list[str]:
    """What `--families` names; [] for all. Raises BadOption for any other word."""
    from mgie.synth.operations import OPERATIONS

    families = list(dict.fromkeys(operation.family for operation in OPERATIONS))
    return _known(text, families, "family of operations") if text else []


def _known(text: str, allowed: Sequence[str], what: str) -> list[str]:
    named = [word.strip() for word in text.split(",")]
    unknown = [word for word in named if word not in allowed]
    if unknown:
        raise BadOption(f"{unknown[0]!r} is no {what}; choose {', '.join(allowed)}")
    return named


@evaluate.command()
@click.option("--model", default="mgie-mini", show_default=True, help="Installed model or model folder.")
@click.option("--count", default=2000, show_default=True, help="How many requests.")
def phrases(model: str, count: int) -> None:
    """Read requests in phrases never trained on, by their words alone, and print how often that is right."""
    from mgie.evaluate.phrases import phrases_markdown, read_phrases
    from mgie.weights.checkpoint import load_networks
    from mgie.weights.installed import find_model

    networks = load_networks(find_model(model)).float()
    if networks.reader is None:
        raise BadOption(f"{model} has no reader of requests; this is for mgie-mini and its kin")
    click.echo(phrases_markdown(read_phrases(networks, count)))
    rare = read_phrases(networks, count, split="rare")
    click.echo(phrases_markdown(rare, "held out of the long tail of words"))


@evaluate.command()
@click.option("--photos", type=_FOLDER, required=True, help="Folder of photographs.")
@click.option("--model", default="mgie-mini", show_default=True, help="Installed model or model folder.")
@click.option("--count", default=40, show_default=True, help="How many edits.")
@click.option("--seed", default=0, show_default=True)
@click.argument("result", type=_FILE)
def sheet(photos: Path, model: str, count: int, seed: int, result: Path) -> None:
    """Write a contact sheet of held-out requests on held-out photographs into the picture RESULT."""
    from mgie.editors.loading import open_editor
    from mgie.evaluate.sheet import draw_sheet, edit_for_sheet

    edits = [*edit_for_sheet(open_editor(model), photos, count, seed=seed)]
    draw_sheet(edits).save(result, quality=82)
