"""What to do to one picture, as values; and reading them from a YAML or JSON job file."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from mgie.api.compose_options import ComposeOptions
from mgie.api.picture import Picture
from mgie.api.rect import Rect
from mgie.compose.region import Region, picture_rect
from mgie.errors import BadData, BadMask, BadOption, EmptyInstruction
from mgie.files.record import Provenance, decode_mask

SAMPLING_KEYS = ("num_inference_steps", "guidance_scale", "image_guidance_scale", "sampler")
_SPELLINGS = {"steps": "num_inference_steps", "grow": "grow_px", "feather": "feather_px", "blend": "blend_px"}
_COMPOSE_KEYS = tuple(field.name for field in fields(ComposeOptions))


@dataclass(frozen=True, kw_only=True)
class RegionJob:
    """One instruction and where it applies; without rectangle and mask, everywhere."""

    instruction: str
    expressive_instruction: str | None = None  # the artist's correction
    rect: Rect | None = None  # px of the picture
    mask: Path | None = None  # gray picture, white is selected; of the picture's or the rectangle's size
    region: Region | None = None  # given as it is, by an edit record
    group: int | None = None  # planned already, by an edit record: the tiles of one region share a number

    def __post_init__(self) -> None:
        if not self.instruction.strip():
            raise EmptyInstruction("the instruction is empty; say what to change")


@dataclass(frozen=True, kw_only=True)
class PictureJob:
    """All edits of one picture. Several seeds make several results."""

    input: Path
    output: Path
    regions: tuple[RegionJob, ...]
    seeds: tuple[int, ...]
    sampling: dict[str, Any]  # fields of SamplingOptions that differ from the model's own
    compose: ComposeOptions

    def output_of(self, index: int) -> Path:
        """Where the result of a seed goes: numbered when there are several."""
        if len(self.seeds) == 1:
            return self.output
        return self.output.with_stem(f"{self.output.stem}-{index + 1}")


def load_region(job: RegionJob, picture: Picture) -> Region:
    """The region of a job in a picture, its mask read from its file."""
    if job.region is not None:
        return replace(job.region, instruction=job.instruction)
    everything = picture_rect(picture)
    rect = job.rect or everything
    if job.mask is None:
        return Region(rect=rect, instruction=job.instruction)
    mask = _read_mask(job.mask)
    if mask.shape == (everything.height, everything.width):
        rect = rect.intersect(everything)
        return Region(rect=rect, instruction=job.instruction, mask=mask[rect.within(everything)])
    if mask.shape != (rect.height, rect.width):
        raise BadMask(
            f"{job.mask.name} is {mask.shape[1]}x{mask.shape[0]} px; the picture is "
            f"{everything.width}x{everything.height} and the region {rect.width}x{rect.height}"
        )
    return Region(rect=rect, instruction=job.instruction, mask=mask)


def read_jobs(path: Path, defaults: dict[str, Any]) -> list[PictureJob]:
    """The items of a job file; keys of an item win over those at the top, and those over `defaults`.

    Relative paths count from the file's folder.
    """
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise BadData(f"{path.name} cannot be read as YAML or JSON: {error}") from error
    if not isinstance(content, dict) or not isinstance(content.get("items"), list):
        raise BadData(f"{path.name} needs a list called `items`; see docs/compositing.md")
    shared = {**defaults, **{key: value for key, value in content.items() if key != "items"}}
    jobs: list[PictureJob] = []
    for number, item in enumerate(content["items"], 1):
        if not isinstance(item, dict):
            raise BadData(f"{path.name}, item {number}: expected keys and values, got {item!r}")
        try:
            jobs.append(job_from(path.parent, {**shared, **item}))
        except (TypeError, ValueError) as error:
            raise BadData(f"{path.name}, item {number}: {error}") from error
    return jobs


def job_from(folder: Path, values: dict[str, Any]) -> PictureJob:
    """One item of a job file."""
    values = {_SPELLINGS.get(key, key.replace("-", "_")): value for key, value in values.items()}
    source, target = values.pop("input", None), values.pop("output", None)
    if not source or not target:
        raise BadData("an item needs `input` and `output`")
    regions = values.pop("regions", None)
    own = {key: values.pop(key) for key in ("instruction", "expressive", "region", "mask") if key in values}
    entries = [{**own, **entry} for entry in regions] if regions else [own]
    seed, variations = values.pop("seed", None), int(values.pop("variations", 1))
    sampling = {key: values.pop(key) for key in SAMPLING_KEYS if key in values}
    return PictureJob(
        input=folder / source,
        output=folder / target,
        regions=tuple(_region_from(folder, entry) for entry in entries),
        seeds=seeds_from(seed, variations),
        sampling=sampling,
        compose=compose_from(values),
    )


def compose_from(values: dict[str, Any]) -> ComposeOptions:
    """Compose options from plain values; `context` may be x,y,width,height."""
    unknown = set(values) - set(_COMPOSE_KEYS)
    if unknown:
        raise BadOption(f"unknown: {', '.join(sorted(unknown))}; choose from {', '.join(_COMPOSE_KEYS)}")
    values = dict(values)
    context = values.get("context", "auto")
    if context not in ("auto", "selection", "canvas", "custom"):
        values.update(context="custom", context_rect=context)
    if values.get("context_rect") is not None:
        values["context_rect"] = rect_from(values["context_rect"])
    return ComposeOptions(**values)


def rect_from(value: Any) -> Rect:
    """A rectangle from "x,y,width,height" or four numbers."""
    parts = value.split(",") if isinstance(value, str) else value
    try:
        numbers = [int(part) for part in parts]
    except (TypeError, ValueError):
        numbers = []
    if len(numbers) != 4 or numbers[2] < 1 or numbers[3] < 1:
        raise BadOption(f"{value!r} is no rectangle; write x,y,width,height in pixels, like 100,50,640,480")
    return Rect(*numbers)


def seeds_from(seed: int | None, variations: int) -> tuple[int, ...]:
    """Consecutive seeds, from a random one unless given."""
    if not 1 <= variations <= 64:
        raise BadOption(f"variations is {variations}; choose 1 to 64")
    first = secrets.randbelow(2**31) if seed is None else seed
    if not 0 <= first < 2**32:
        raise BadOption(f"seed is {first}; choose 0 to {2**32 - 1}")
    return tuple(range(first, first + variations))


def job_from_record(record: Provenance, source: Path) -> PictureJob:
    """The job that a record's edits came from."""
    regions = tuple(
        RegionJob(
            instruction=edit.instruction,
            expressive_instruction=edit.corrected_instruction,
            region=Region(rect=Rect(*edit.rect), instruction=edit.instruction, mask=decode_mask(edit)),
            group=edit.group,
        )
        for edit in record.edits
    )
    first = record.edits[0]
    return PictureJob(
        input=source,
        output=source,
        regions=regions,
        seeds=(first.seed,),
        sampling=first.sampling,
        compose=compose_from(first.compose),
    )


def _region_from(folder: Path, entry: dict[str, Any]) -> RegionJob:
    unknown = set(entry) - {"instruction", "expressive", "region", "mask"}
    if unknown:
        raise BadOption(f"a region knows instruction, expressive, region and mask, not {', '.join(unknown)}")
    return RegionJob(
        instruction=str(entry.get("instruction", "")),
        expressive_instruction=entry.get("expressive"),
        rect=rect_from(entry["region"]) if entry.get("region") else None,
        mask=folder / entry["mask"] if entry.get("mask") else None,
    )


def _read_mask(path: Path) -> np.ndarray[tuple[int, int], np.dtype[np.uint8]]:
    """Gray, or the alpha channel of a picture that has one, as 8-bit coverage."""
    from mgie.files.formats import open_document

    picture = open_document(path).picture
    plane = picture.pixels[..., -1 if picture.has_alpha else 0].astype(np.float32)
    return np.round(np.clip(plane / picture.white, 0, 1) * 255).astype(np.uint8)
