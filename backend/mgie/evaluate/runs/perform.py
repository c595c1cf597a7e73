"""Carrying out a run: units of work, dealt out to processes, each skipped when it is on disk already.

A unit is a fixed group of items (or of sessions) with one variant, whoever edits it: so a run that was
killed, or divided among any number of processes, ends in the same pictures.
"""

from __future__ import annotations

import logging
import platform
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import torch

from mgie.evaluate.datasets.catalogue import open_dataset
from mgie.evaluate.datasets.item import EvalItem, EvalSource
from mgie.evaluate.runs.candidates import Candidate, Edited, Task, open_candidate
from mgie.evaluate.runs.config import RunConfig, Variant
from mgie.evaluate.runs.fit import at_size_of
from mgie.evaluate.runs.folder import (
    Record,
    append_records,
    drop_cut_line,
    picture_name,
    read_records,
    write_config,
    write_picture,
)
from mgie.evaluate.runs.same_items import item_digest
from mgie.synth.light import Pixels
from mgie.train.data.pairs import BadPair

log = logging.getLogger(__name__)


class Unit(NamedTuple):
    """Sessions that are edited together, turn by turn; most data sets have sessions of one turn."""

    sessions: tuple[tuple[int, ...], ...]  # indices
    variant: Variant

    @property
    def size(self) -> int:
        """Number of edits."""
        return sum(map(len, self.sessions))


class Progress(NamedTuple):
    """How far this process is."""

    num_done: int  # edits, of this process' share
    num_all: int
    num_bad: int  # of those done: could not be edited


def perform(
    config: RunConfig,
    folder: Path,
    *,
    candidate: Candidate | None = None,
    device: str = "cpu",
    rank: int = 0,
    num_processes: int = 1,
) -> Iterator[Progress]:
    """Edit this process' share of the items that are not on disk yet.

    config: must agree with what `folder` was started with.
    """
    candidate = candidate or open_candidate(config.editor, device=device)
    source = open_dataset(config.dataset)
    config = with_digest(config, candidate)
    write_config(folder, config, about())
    drop_cut_line(folder, rank)
    done = {record.id: record for record in read_records(folder)}
    own = own_image_guidance(candidate)
    share = units(source, config, own)[rank::num_processes]
    num_done = num_bad = 0
    num_all = sum(unit.size for unit in share)
    for unit in share:
        wanted = [(index, *unit.variant) for session in unit.sessions for index in session]
        if not all(key in done for key in wanted):
            records = list(_edit_unit(unit, source, candidate, config, folder))
            append_records(folder, rank, records)
        else:
            records = [done[key] for key in wanted]  # pyright: ignore[reportArgumentType]  # equal tuples
        num_done += unit.size
        num_bad += sum(bool(record.problem) for record in records)
        yield Progress(num_done, num_all, num_bad)
    log.info("run done folder=%s rank=%d edits=%d bad=%d", folder, rank, num_done, num_bad)


def own_image_guidance(candidate: Candidate) -> float:
    """The model's own scale, for the records; 1 where it has no such option."""
    value = candidate.info.default("image_guidance_scale") if candidate.info else None
    return float(value) if isinstance(value, (int, float)) else 1.0


def units(source: EvalSource, config: RunConfig, own_image_guidance: float) -> list[Unit]:
    """The whole run in a fixed order: all variants of a group, then the next group."""
    sessions = (
        [tuple(session) for session in source.sessions()]
        if config.turns == "chained"
        else [(index,) for index in range(len(source))]
    )
    groups = [
        tuple(sessions[start : start + config.batch_size])
        for start in range(0, len(sessions), config.batch_size)
    ]
    return [Unit(group, variant) for group in groups for variant in config.variants(own_image_guidance)]


def with_digest(config: RunConfig, candidate: Candidate) -> RunConfig:
    """The run with the digest of the model that edits."""
    return config if candidate.info is None else replace(config, editor_digest=candidate.info.digest)


def about() -> dict[str, Any]:
    """The machine and the versions, for whoever reads the numbers."""
    import diffusers
    import transformers

    device = torch.cuda.get_device_name() if torch.cuda.is_available() else "no GPU"
    return {
        "machine": f"{platform.machine()}, {device}, {torch.get_num_threads()} threads",
        "python": platform.python_version(),
        "torch": torch.__version__,
        "transformers": transformers.__version__,
        "diffusers": diffusers.__version__,
    }


def _edit_unit(
    unit: Unit, source: EvalSource, candidate: Candidate, config: RunConfig, folder: Path
) -> Iterator[Record]:
    """Turn after turn; the pictures are on disk when a record is yielded."""
    latest: dict[int, Pixels] = {}  # session -> its picture after the turns so far
    broken: dict[int, str] = {}  # session -> why it cannot go on
    for turn in range(max(map(len, unit.sessions))):
        live = [which for which, session in enumerate(unit.sessions) if turn < len(session)]
        items = {which: _item(source, unit.sessions[which][turn], broken, which) for which in live}
        tasks: dict[int, Task] = {}
        for which, item in items.items():
            if item is not None:
                start = item if turn == 0 else replace(item, image=at_size_of(latest[which], item.image))
                tasks[which] = Task(index=unit.sessions[which][turn], item=start)
        answers = _answers(candidate, tasks, unit.variant, config, broken)
        for which in live:
            index = unit.sessions[which][turn]
            record = Record(
                index=index,
                key=str(index),
                seed=unit.variant.seed,
                image_guidance_scale=unit.variant.image_guidance_scale,
                turn=turn + 1,
                is_last_turn=turn + 1 == len(unit.sessions[which]),
            )
            item = items[which]
            if which not in answers or item is None:
                yield replace(record, key=item.key if item else record.key, problem=broken[which])
                continue
            latest[which] = answers[which].picture
            name = picture_name(item.key, index, unit.variant)
            write_picture(folder, name, answers[which].picture)
            yield _told(record, item, answers[which], name)


def _item(source: EvalSource, index: int, broken: dict[int, str], which: int) -> EvalItem | None:
    if which in broken:
        broken[which] = f"an earlier turn failed: {broken[which].removeprefix('an earlier turn failed: ')}"
        return None
    try:
        return source[index]
    except BadPair as error:
        log.warning("item skipped source=%s index=%d error=%s", source.name, index, error)
        broken[which] = str(error)
        return None


def _answers(
    candidate: Candidate,
    tasks: dict[int, Task],
    variant: Variant,
    config: RunConfig,
    broken: dict[int, str],
) -> dict[int, Edited]:
    """Answers by session. Where the batch fails for one item, each is tried alone."""
    try:
        edited = candidate.edit(list(tasks.values()), variant, config) if tasks else []
        return dict(zip(tasks, edited, strict=True))
    except BadPair:
        answers: dict[int, Edited] = {}
        for which, task in tasks.items():
            try:
                (answers[which],) = candidate.edit([task], variant, config)
            except BadPair as error:
                broken[which] = str(error)
        return answers


def _told(record: Record, item: EvalItem, edited: Edited, picture: str) -> Record:
    return replace(
        record,
        key=item.key,
        picture=picture,
        item_digest=item_digest(item),
        instruction=item.instruction,
        group=item.group,
        tags=item.tags,
        expressive_instruction=edited.expressive_instruction,
        raw_text=edited.raw_text,
        warning=edited.warning,
        encode_s=edited.encode_s,
        sample_s=edited.sample_s,
        num_in_batch=edited.num_in_batch,
        round_trip_l1=edited.round_trip_l1,
    )
