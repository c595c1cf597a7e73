"""What to do to one picture, as values; and reading them from a YAML or JSON job file."""

from __future__ import annotations

import os
import reprlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, cast

import yaml

from mgie.api.compose_options import ComposeOptions
from mgie.api.options import Options, OptionValue
from mgie.api.rect import Rect
from mgie.api.text import clean_text, shown_name
from mgie.errors import BadData, BadOption, EmptyInstruction, MgieError

MAX_VARIATIONS = 64
COMMON_OPTIONS = ("num_inference_steps", "guidance_scale", "image_guidance_scale", "sampler")
_SPELLINGS = {
    "steps": "num_inference_steps",
    "grow": "grow_px",
    "feather": "feather_px",
    "blend": "blend_px",
    "review": "hold_before_sampling",
    "ask": "hold_when_unsure",
    "best_of": "is_best_first",
    "best-of": "is_best_first",
}
_COMPOSE_KEYS = tuple(field.name for field in fields(ComposeOptions))
_REGION_KEYS = ("instruction", "expressive", "region", "mask")


@dataclass(frozen=True, kw_only=True)
class RegionJob:
    """One instruction and where it applies; without rectangle and mask, everywhere."""

    instruction: str
    expressive_instruction: str = ""  # the artist's own; "" to have it written
    rect: Rect | None = None  # px of the picture
    mask: Path | bytes | None = None  # file: white is selected, of the picture's or the rectangle's size;
    # bytes: 8-bit coverage of the rectangle, row by row

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
    model: str = ""  # name of an installed model; "" for the server's default
    preset: str = ""  # name of one of the model's presets; "" for the model's own values
    options: Options = field(default_factory=dict[str, OptionValue])  # those that differ from the preset's
    compose: ComposeOptions = field(default_factory=ComposeOptions)
    references: tuple[Path, ...] = ()  # further pictures the words speak of
    hold_before_sampling: bool = False  # show the expressive instruction and let it be corrected
    hold_when_unsure: bool = False  # ask which reading is meant where the model is not sure
    is_best_first: bool = False  # number several results best first instead of by their seeds

    def __post_init__(self) -> None:
        if self.is_best_first and len(self.seeds) < 2:
            raise BadOption("the best of one result is that result; ask for variations: 2 or more")

    def output_of(self, index: int) -> Path:
        """Where the result of a seed goes: numbered when there are several."""
        return numbered(self.output, index, len(self.seeds))


def numbered(path: Path, index: int, count: int) -> Path:
    """The file of one of several results; the path itself for a single one."""
    return path if count == 1 else path.with_stem(f"{path.stem}-{index + 1}")


def read_jobs(path: Path, defaults: Mapping[str, Any]) -> list[PictureJob]:
    """The items of a job file; keys of an item win over those at the top, and those over `defaults`.

    Relative paths count from the file's folder. Raises BadData, naming file and item.
    """
    content = _load(path)
    items = content.get("items") if isinstance(content, dict) else None
    if not isinstance(content, dict) or not isinstance(items, list):
        raise BadData(f"{shown_name(path)} needs a list called `items`; see docs/compositing.md")
    shared = {**defaults, **{key: value for key, value in content.items() if key != "items"}}
    jobs: list[PictureJob] = []
    for number, item in enumerate(items, 1):
        if not isinstance(item, dict):
            raise BadData(f"{shown_name(path)}, item {number}: expected keys and values, got {_short(item)}")
        try:
            jobs.append(job_from(path.parent, {**shared, **item}))
        except MgieError as error:
            raise type(error)(f"{shown_name(path)}, item {number}: {error}") from error
    return jobs


def _load(path: Path) -> Any:
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, TypeError, RecursionError, yaml.YAMLError) as error:
        why = " ".join(str(error).split())[:200]
        raise BadData(f"{shown_name(path)} cannot be read as YAML or JSON: {why}") from error


def job_from(folder: Path, given: Mapping[Any, Any]) -> PictureJob:
    """One item of a job file. Raises BadData for what has the wrong type, BadOption for unknown keys."""
    values = _named(given)
    source, target = _path(folder, values, "input"), _path(folder, values, "output")
    if source is None or target is None:
        raise BadData("an item needs `input` and `output`")
    regions = values.pop("regions", None)
    own = {key: values.pop(key) for key in _REGION_KEYS if key in values}
    entries = [own] if regions is None else [{**own, **entry} for entry in _entries(regions)]
    seeds = seeds_from(_integer(values, "seed"), _integer(values, "variations"))
    options = {key: values.pop(key) for key in COMMON_OPTIONS if key in values}
    options |= _named(_typed(values, "options", dict, {}))
    references = _typed(values, "references", list, [])
    return PictureJob(
        input=source,
        output=target,
        regions=tuple(_region_from(folder, entry) for entry in entries),
        seeds=seeds,
        model=_typed(values, "model", str, ""),
        preset=_typed(values, "preset", str, ""),
        options=_checked_options(options),
        references=tuple(folder / _text(reference, "references") for reference in references),
        hold_before_sampling=_typed(values, "hold_before_sampling", bool, False),
        hold_when_unsure=_typed(values, "hold_when_unsure", bool, False),
        is_best_first=_typed(values, "is_best_first", bool, False),
        compose=compose_from(values),
    )


def compose_from(values: Mapping[str, Any]) -> ComposeOptions:
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
    try:
        return ComposeOptions(**values)
    except TypeError as error:
        raise BadOption(f"an option of the compositing is of the wrong type: {error}") from error


def rect_from(value: Any) -> Rect:
    """A rectangle from "x,y,width,height" or four numbers."""
    parts = value.split(",") if isinstance(value, str) else value
    try:
        numbers = [int(part) for part in parts]
    except (TypeError, ValueError, OverflowError):
        numbers = []
    if len(numbers) != 4 or numbers[2] < 1 or numbers[3] < 1:
        raise BadOption(
            f"{_short(value)} is no rectangle; write x,y,width,height in pixels, like 100,50,640,480"
        )
    return Rect(*numbers)


def seeds_from(seed: int | None, variations: int | None) -> tuple[int, ...]:
    """Consecutive seeds, from a random one unless given."""
    count = 1 if variations is None else variations
    if not 1 <= count <= MAX_VARIATIONS:
        raise BadOption(f"variations is {count}; choose 1 to {MAX_VARIATIONS}")
    first = secrets.randbelow(2**31) if seed is None else seed
    if not 0 <= first < 2**32:
        raise BadOption(f"seed is {first}; choose 0 to {2**32 - 1}")
    return tuple(range(first, first + count))


def _named(values: Mapping[Any, Any]) -> dict[str, Any]:
    """By the names of fields: `feather` is `feather_px`, `colour-match` is `colour_match`."""
    named: dict[str, Any] = {}
    for key, value in values.items():
        if not isinstance(key, str) or not key:
            raise BadData(f"{_short(key)} is no key; keys are words like instruction or feather")
        named[_SPELLINGS.get(key, key.replace("-", "_"))] = value
    return named


def _entries(regions: Any) -> list[dict[str, Any]]:
    if not isinstance(regions, list) or not regions or not all(isinstance(entry, dict) for entry in regions):
        raise BadData("`regions` is a list of one or more entries with their own keys and values")
    return [_named(entry) for entry in cast("list[dict[Any, Any]]", regions)]


def _region_from(folder: Path, entry: dict[str, Any]) -> RegionJob:
    unknown = set(entry) - set(_REGION_KEYS)
    if unknown:
        names = ", ".join(sorted(unknown))
        raise BadOption(f"a region has instruction, expressive, region and mask, not {names}")
    rect = entry.get("region")
    return RegionJob(
        instruction=clean_text(_text(entry.get("instruction"), "instruction")),
        expressive_instruction=clean_text(_text(entry.get("expressive"), "expressive")),
        rect=None if rect is None else rect_from(rect),
        mask=_path(folder, entry, "mask"),
    )


def _text(value: Any, name: str) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise BadData(f"{name} is {_short(value)}; write a text, in quotes where it looks like a number")
    return value


def _path(folder: Path, values: dict[str, Any], name: str) -> Path | None:
    value = values.pop(name, None)
    if isinstance(value, Path):
        return folder / value
    text = _text(value, name)
    if "\0" in text:
        raise BadData(f"{name} holds a zero character, which no file name can")
    text = text.encode("utf-16", "surrogatepass").decode(
        "utf-16", "surrogatepass"
    )  # JSON's pairs are one letter
    try:
        os.fsencode(text)
    except UnicodeEncodeError as error:
        raise BadData(f"{name} holds half a letter (a lone surrogate), which no file name can") from error
    return folder / text if text else None


def _integer(values: dict[str, Any], name: str) -> int | None:
    value = values.pop(name, None)
    if value is not None and (not isinstance(value, int) or isinstance(value, bool)):
        raise BadData(f"{name} is {_short(value)}; write a whole number")
    return value


def _typed(values: dict[str, Any], name: str, kind: type, default: Any) -> Any:
    value = values.pop(name, None)
    if value is None:
        return default
    if not isinstance(value, kind):
        what = {bool: "true or false", str: "a text", list: "a list", dict: "names with values"}[kind]
        raise BadData(f"{name} is {_short(value)}; write {what}")
    return value


def _short(value: Any) -> str:
    """A value for a message, however large it is."""
    brief = reprlib.Repr()
    brief.maxlevel, brief.maxstring = 2, 80
    return brief.repr(value)


def _checked_options(options: dict[str, Any]) -> dict[str, OptionValue]:
    for name, value in options.items():
        if not isinstance(value, bool | int | float | str):
            raise BadData(f"option {name} is {_short(value)}; write a number, a text, true or false")
    return options
