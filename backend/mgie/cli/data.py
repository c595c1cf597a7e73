"""`mgie data`: what is published and what is on disk, expressive instructions, what is frozen ahead."""

from __future__ import annotations

import dataclasses
import logging
from collections import Counter
from pathlib import Path

import click

from mgie.cli.train_config import changed_config, changes_option, find_config
from mgie.errors import BadOption

_FILE = click.Path(path_type=Path, dir_okay=False)
_FOLDER = click.Path(path_type=Path, file_okay=False, exists=True)
_config = click.option(
    "--config", "config_path", required=True, help="A training YAML file, or a shipped preset."
)


@click.group()
def data() -> None:
    """Look at data sets; prepare training data."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s %(message)s")


@data.command()
@click.argument("name", required=False)
def info(name: str | None) -> None:
    """Say what is published about a data set: licence, where to get it, how it lies on disk, counts."""
    from mgie.evaluate.datasets.catalogue import catalogue, find_info

    for key in [name] if name else catalogue():
        known = find_info(key)
        counts = ", ".join(f"{split} {number}" for split, number in known.items.items())
        total = f" ({sum(known.items.values())} in all)" if counts else ""
        click.echo(f"{key}: {known.title}")
        click.echo(f"  from      {known.source}")
        click.echo(f"  licence   {known.licence}")
        click.echo(f"  on disk   {known.layout}")
        click.echo(f"  {known.unit:<9} {counts or 'no published count'}{total}")
        click.echo(f"  measured  {', '.join(known.metrics)} on the split {known.test}")


@data.command()
@click.argument("name")
@click.argument("path", type=_FOLDER)
@click.option("--all", "reads_all", is_flag=True, help="Read every picture, not 50 of each split.")
def verify(name: str, path: Path, reads_all: bool) -> None:
    """Compare a data set on disk with the published layout and counts; exit status 1 where it differs."""
    from mgie.evaluate.datasets.verify import verify as look

    is_good = True
    for finding in look(name, path, num_read=None if reads_all else 50):
        is_good &= finding.is_good
        click.echo(f"{'ok ' if finding.is_good else 'BAD'} {finding.what}: {finding.text}")
    if not is_good:
        raise SystemExit(1)


@data.command()
@_config
@changes_option
def check(config_path: str, changes: tuple[str, ...]) -> None:
    """Read every pair and count the ones that cannot be used."""
    from mgie.train.data.open import open_source
    from mgie.train.data.pairs import good_pairs

    config = changed_config(find_config(config_path), changes)
    for part in config.data:
        counts: Counter[str] = Counter()
        source = open_source(part, config.text.expressive_text)
        for _ in good_pairs(source, counts):
            pass
        click.echo(f"{source.name}: {counts['good']} good, {counts['bad']} bad")


@data.command()
@_config
@click.option("--device", default="cpu", show_default=True, help="Where the frozen networks run, e.g. cuda.")
@click.option("--workers", default=2, show_default=True, help="Processes that read pictures.")
@changes_option
def cache(config_path: str, changes: tuple[str, ...], device: str, workers: int) -> None:
    """Run the frozen networks over the data once (the folder is `cache.folder`)."""
    from mgie.editors.devices import usable_device
    from mgie.train.data.cache import CacheMaker
    from mgie.train.data.open import open_sources
    from mgie.train.run import fill_cache
    from mgie.train.start import example_maker, start

    config = changed_config(find_config(config_path), changes)
    if config.cache is None:
        raise BadOption(f"{config_path} names no cache.folder; say where with --set cache.folder=DIR")
    place = usable_device(device)
    started = start(config.start, seed=config.run.seed)
    source = open_sources(config.data, config.text.expressive_text)
    started.networks.to(place)
    maker = example_maker(started, config)
    progress = fill_cache(
        CacheMaker(config=config, networks=started.networks, source=source, maker=maker), num_workers=workers
    )
    click.echo(f"{config.cache.folder}: {progress.num_good} good of {progress.num_read}")


@data.command()
@_config
@click.option(
    "--out", type=_FILE, required=True, help="JSON lines to write; an unfinished file is gone on with."
)
@click.option("--summariser", type=_FOLDER, required=True, help="Folder of a flan-T5.")
@click.option("--model", help="An installed model that answers, instead of --llava and --clip.")
@click.option("--llava", type=_FOLDER, help="Folder of LLaVA-7B-v1.")
@click.option("--clip", type=_FOLDER, help="Folder of openai/clip-vit-large-patch14.")
@click.option("--question", type=click.Choice(["what", "how"]), default="what", show_default=True)
@click.option("--max-answer-tokens", default=1024, show_default=True)
@click.option("--device", default="cpu", show_default=True, help="Where the models run, e.g. cuda.")
@changes_option
def expressive(
    config_path: str,
    changes: tuple[str, ...],
    out: Path,
    summariser: Path,
    model: str | None,
    llava: Path | None,
    clip: Path | None,
    question: str,
    max_answer_tokens: int,
    device: str,
) -> None:
    """Write expressive instructions: LLaVA answers, the answer is cleaned up, flan-T5 summarises it."""
    import torch

    from mgie.editors.devices import usable_device
    from mgie.train.data.open import open_sources
    from mgie.train.expressive.answers import HOW, WHAT, Answerer, AnswerFile
    from mgie.train.expressive.make import answer_all, open_answerer, summarise_all

    place = usable_device(device)
    config = changed_config(find_config(config_path), changes)
    source = open_sources([dataclasses.replace(part, expressive=None) for part in config.data])
    answers, lines = AnswerFile(out.with_suffix(".answers.jsonl")), AnswerFile(out)
    asked = {"what": WHAT, "how": HOW}[question]

    def open_model() -> Answerer:
        return open_answerer(
            model=model,
            llava=llava,
            clip=clip,
            question=asked,
            max_new_tokens=max_answer_tokens,
            device=place,
        )

    counts = answer_all(source, answers, open_model)
    summarise_all(answers, lines, summariser, torch.device(place))
    click.echo(f"{out}: {len(lines)} expressive instructions, {counts['bad']} pairs unreadable")
