"""Carry out a picture's edits with a loaded editor: plan, encode, sample, land, record."""

from __future__ import annotations

import importlib.metadata
import platform
from collections.abc import Generator
from dataclasses import asdict, dataclass, replace
from typing import Any, TypeAlias

from mgie.api.picture import Coverage, Picture, Pixels
from mgie.api.rect import Rect
from mgie.cli.jobs import PictureJob, load_region
from mgie.compose.region import Region, picture_rect
from mgie.compose.tiling import merge_touching, outline_tiles, split_into_tiles
from mgie.errors import BadOption
from mgie.files.record import EditRecord, Provenance, encode_mask, pixel_digest, record_values
from mgie.model.events import (
    Editor,
    EditWarning,
    Encoding,
    EncodingReady,
    InstructionDelta,
    SampleRequest,
    SamplingOptions,
    Step,
)
from mgie.pipeline import Outcome, Prepared, Report, finish, paste, prepare

PACKAGES = ("mgie", "torch", "diffusers", "transformers", "numpy", "scipy", "pillow")


@dataclass(frozen=True, kw_only=True)
class RegionStarted:
    """The next region, or tile of one, is shown to the model."""

    index: int  # 1..count
    count: int
    instruction: str


@dataclass(frozen=True, kw_only=True, eq=False)
class Layer:
    """What one region added."""

    name: str
    rect: Rect
    pixels: Pixels
    mask: Coverage
    change_map: Coverage


@dataclass(frozen=True, kw_only=True, eq=False)
class Edited:
    """One result: the whole picture, what each region added, and the record."""

    picture: Picture
    layers: tuple[Layer, ...]
    provenance: Provenance


JobEvent: TypeAlias = RegionStarted | InstructionDelta | EditWarning | EncodingReady | Step


def perform(
    editor: Editor, job: PictureJob, picture: Picture, *, device: str
) -> Generator[JobEvent, None, list[Edited]]:
    """Edit a picture, once per seed; closing the generator cancels."""
    sampling = sampling_options(editor, job.sampling)
    corrections = {region.instruction: region.expressive_instruction for region in job.regions}
    groups = _plan(job, picture, editor.info.native_size_px)
    results = [_Work(current=picture, layers=(), edits=()) for _ in job.seeds]
    number, count = 0, sum(len(group) for group in groups)
    for group_index, group in enumerate(groups):
        sources = [work.current for work in results]
        for region in group:
            number += 1
            yield RegionStarted(index=number, count=count, instruction=region.instruction)
            shown = prepare(picture, region, editor.info.native_size_px, job.compose)
            correction = corrections.get(region.instruction)
            encoding = yield from editor.encode(
                shown.model_image, region.instruction, expressive_instruction=correction
            )
            yield EncodingReady(encoding=encoding)
            requests = [
                SampleRequest(image=shown.model_image, encoding=encoding, seed=seed) for seed in job.seeds
            ]
            sampled = yield from editor.sample(requests, sampling)
            for index, seed in enumerate(job.seeds):
                source = replace(shown, picture=sources[index])
                is_tile = results[index].current is not sources[index]
                outcome = finish(source, sampled[index], below=results[index].current if is_tile else None)
                record = _record(
                    editor, shown, encoding, correction, seed, sampling, job, outcome.report, group_index
                )
                results[index] = results[index].add(region, outcome, record)
    return [_edited(work, job, picture, device) for work in results]


def sampling_options(editor: Editor, changes: dict[str, Any]) -> SamplingOptions:
    """The model's own sampling options, changed where asked."""
    try:
        return replace(editor.info.default_sampling, **changes)
    except TypeError as error:
        raise BadOption(f"sampling options are of the wrong type: {error}") from error


def report_values(report: Report) -> dict[str, Any]:
    """A report as JSON values."""
    return {
        "drift": report.drift._asdict(),
        "seam_visibility": round(report.seam.visibility, 4),
        "content_share": round(report.content_share, 4),
        "num_changed": report.num_changed,
        "num_changed_outside": report.num_changed_outside,
    }


@dataclass(frozen=True, kw_only=True, eq=False)
class _Work:
    """A result in the making."""

    current: Picture
    layers: tuple[Layer, ...]
    edits: tuple[EditRecord, ...]

    def add(self, region: Region, outcome: Outcome, record: EditRecord) -> _Work:
        layer = Layer(
            name=f"MGIE: {region.instruction[:60]}",
            rect=outcome.rect,
            pixels=outcome.pixels,
            mask=outcome.mask,
            change_map=outcome.change_map,
        )
        current = paste(self.current, outcome)
        return _Work(current=current, layers=(*self.layers, layer), edits=(*self.edits, record))


def _plan(job: PictureJob, picture: Picture, native_size_px: int) -> list[list[Region]]:
    """Regions in order, each as a list of its tiles."""
    if all(region.group is not None for region in job.regions):
        numbers = dict.fromkeys(region.group for region in job.regions)
        groups = [[r for r in job.regions if r.group == number] for number in numbers]
        return [outline_tiles([load_region(r, picture) for r in group]) for group in groups]
    regions = merge_touching([load_region(region, picture) for region in job.regions])
    canvas = picture_rect(picture)
    return [split_into_tiles(region, canvas, native_size_px, job.compose) for region in regions]


def _record(
    editor: Editor,
    shown: Prepared,
    encoding: Encoding,
    correction: str | None,
    seed: int,
    sampling: SamplingOptions,
    job: PictureJob,
    report: Report,
    group: int,
) -> EditRecord:
    rect = shown.region.rect
    return EditRecord(
        instruction=encoding.instruction,
        expressive_instruction=encoding.expressive_instruction,
        corrected_instruction=correction,
        seed=seed,
        model=editor.info.name,
        model_digest=editor.info.digest,
        sampling=asdict(sampling),
        compose=record_values(job.compose),
        rect=(rect.x, rect.y, rect.width, rect.height),
        group=group,
        mask_png=encode_mask(shown.region.mask),
        report=report_values(report),
    )


def _edited(work: _Work, job: PictureJob, picture: Picture, device: str) -> Edited:
    provenance = Provenance(
        input_name=job.input.name,
        input_digest=pixel_digest(picture),
        output_digest=pixel_digest(work.current),
        versions={**versions(), "device": device},
        edits=work.edits,
    )
    return Edited(picture=work.current, layers=work.layers, provenance=provenance)


def versions() -> dict[str, str]:
    """Of everything that can change a pixel."""
    found = {"python": platform.python_version(), "machine": platform.machine()}
    for package in PACKAGES:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            found[package] = "unknown"
    return found
