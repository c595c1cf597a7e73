"""What survives the panel: drafts, settings, history and the edit under way, as one JSON text.

Reading is forgiving, field by field: a damaged or foreign value costs itself, never the rest.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, fields, is_dataclass, replace
from typing import Any, TypeVar, cast

from mgie.api.compose_options import ComposeOptions
from mgie.api.options import OptionValue
from mgie.api.rect import Rect
from mgie.errors import BadOption
from mgie.host.errors import HostError
from mgie.host.messages import rect_from_json
from mgie.host.types import HostMask, PixelFormat
from mgie.panel.state.draft import Draft
from mgie.panel.state.history import History
from mgie.panel.state.job import Job, Outcome
from mgie.panel.state.panel import PanelState
from mgie.panel.state.progress import Phase, Progress
from mgie.panel.state.queue import Waiting
from mgie.panel.state.references import Reference
from mgie.panel.state.regions import Region, Regions
from mgie.panel.state.server_choice import ServerChoice
from mgie.panel.state.settings import MAX_SEED, MAX_VARIATIONS, Settings
from mgie.panel.state.target import Target

VERSION = 1
MAX_WAITING = 50  # edits in the queue
MAX_REGIONS = 100  # the newest; those of documents that never come back would pile up
ReadMask = Callable[[str, Rect], HostMask | None]  # of a captured region: by its key and bounds
_PLAIN = (str, int, float, bool)
_T = TypeVar("_T")


def to_json(state: PanelState) -> str:
    """The part of a state that must not be lost."""
    saved: dict[str, object] = {
        "version": VERSION,
        "draft": asdict(replace(state.draft, document="")),  # ids of documents end with the host
        "settings": asdict(state.settings),
        "history": list(state.history.entries),
        "shows_regions": state.shows_regions,
        "spans_documents": state.spans_documents,
        "named_models": dict(state.named_models),
        "server": state.server.name,
        "regions": [_region_to_json(region, state) for region in kept_regions(state)],
    }
    waiting = state.queue[:MAX_WAITING]
    saved["queue"] = [_waiting_to_json(entry) for entry in waiting]
    if state.job is not None and state.edit is not None and state.edit.edit and not state.edit.has_ended:
        saved["under_way"] = {"job": asdict(state.job), "edit": state.edit.edit}
    return json.dumps(saved, ensure_ascii=False, indent=1)


def kept_regions(state: PanelState) -> Regions:
    """The regions that are worth remembering."""
    return state.regions[-MAX_REGIONS:]


def from_json(text: str, read_mask: ReadMask = lambda key, bounds: None) -> PanelState:
    """A state to begin with; anything unreadable is left at its default."""
    try:
        loaded = json.loads(text)
    except (ValueError, RecursionError):  # no JSON, or nested without end
        return PanelState()
    saved = _mapping(loaded)
    every = [_region_from_json(_mapping(item), read_mask) for item in _items(saved.get("regions"))]
    history = History(entries=tuple(e for e in _items(saved.get("history")) if isinstance(e, str)))
    for region in every:  # the words of a region that cannot come back stay at hand
        history = history if _can_come_back(region) else history.with_entry(region.instruction)
    state = PanelState(
        draft=_filled(Draft(), _mapping(saved.get("draft"))),
        settings=_settings(_mapping(saved.get("settings"))),
        named_models=_texts(saved.get("named_models")),
        server=_filled(ServerChoice(), {"name": saved.get("server")}),
        history=history,
        regions=tuple(region for region in every if _can_come_back(region)),
        spans_documents=saved.get("spans_documents") is True,
    )
    state = replace(state, shows_regions=bool(state.regions) and saved.get("shows_regions") is not False)
    for entry in _items(saved.get("queue")):
        state = _with_waiting(state, _mapping(entry), read_mask)
    job, progress = _under_way(_mapping(saved.get("under_way")))
    return replace(state, job=job, edit=progress, is_queue_held=bool(state.queue) and progress is None)


def _waiting_to_json(waiting: Waiting) -> dict[str, object]:
    """Without its mask, which has a file of its own."""
    saved: dict[str, object] = {"job": asdict(waiting.job)}
    if waiting.mask is not None or not waiting.is_captured:
        saved["bounds"] = list(waiting.mask.rect if waiting.mask else waiting.job.target.bounds)
    return saved


def _with_waiting(state: PanelState, saved: dict[str, object], read_mask: ReadMask) -> PanelState:
    """An edit that waits again; one whose selection is lost would change something else: its words stay."""
    job = _job(_mapping(saved.get("job")))
    if job is None:
        return state
    bounds = _rect(saved.get("bounds"))
    mask = read_mask(job.key, bounds) if bounds else None
    if "bounds" in saved and mask is None:
        return replace(state, history=state.history.with_entry(job.instruction))
    return replace(state, queue=(*state.queue, Waiting(job=job, mask=mask)))


def kept_masks(state: PanelState) -> dict[str, HostMask]:
    """The coverage that is worth remembering, by the key of its region or edit."""
    of_regions = {r.key: r.mask for r in kept_regions(state) if r.mask is not None}
    return of_regions | {w.job.key: w.mask for w in state.queue[:MAX_WAITING] if w.mask is not None}


def _region_to_json(region: Region, state: PanelState) -> dict[str, object]:
    """Without its mask, which is too large to be written while the artist types: it has a file of its own."""
    saved: dict[str, object] = {
        name: getattr(region, name)
        for name in ("key", "document", "name", "source", "is_whole", "instruction")
    }
    saved["bounds"] = list(region.bounds)
    progress, job = region.progress, region.job
    is_safe = any(k.job == job and k.outcome in (Outcome.PLACED, Outcome.SAVED) for k in state.finished)
    if progress is not None and job is not None and progress.edit and not is_safe and not region.needs_retry:
        saved["under_way"] = {"job": asdict(job), "edit": progress.edit}
    return saved


def _region_from_json(saved: dict[str, object], read_mask: ReadMask) -> Region:
    bounds = _rect(saved.get("bounds")) or Rect(0, 0, 0, 0)
    region = _filled(Region(key="", document="", name="", bounds=bounds), saved)
    job, progress = _under_way(_mapping(saved.get("under_way")))
    mask = None if region.source or region.is_whole else read_mask(region.key, region.bounds)
    return replace(region, job=job, progress=progress, mask=mask)


def _can_come_back(region: Region) -> bool:
    return bool(region.key and region.document) and (region.can_be_read or region.progress is not None)


def _under_way(saved: dict[str, object]) -> tuple[Job | None, Progress | None]:
    """A job and its progress. It is watched from its first event: words and results are rebuilt."""
    edit, job = saved.get("edit"), _job(_mapping(saved.get("job")))
    if not isinstance(edit, str) or job is None:
        return None, None
    return job, Progress(job=job.key, edit=edit, phase=Phase.QUEUED)


def _job(job_fields: dict[str, object]) -> Job | None:
    target_fields = _mapping(job_fields.get("target"))
    if not job_fields.get("key") or not target_fields.get("document"):
        return None
    target = _filled(Target(document="", document_name="", width=1, height=1), target_fields)
    target = replace(
        target,
        format=_format(_mapping(target_fields.get("format")), target.format),
        selection=_rect(target_fields.get("selection")),
    )
    settings = _settings(_mapping(job_fields.get("settings")))
    references = tuple(
        _filled(Reference(document="", layer="", name=""), _mapping(item))
        for item in _items(job_fields.get("references"))
    )
    job = Job(key="", target=target, instruction="", settings=settings, references=references)
    return _filled(job, job_fields)


def _rect(saved: object) -> Rect | None:
    try:
        return rect_from_json(saved)
    except HostError:  # none, or not one that there can be
        return None


def _format(saved: dict[str, object], default: PixelFormat) -> PixelFormat:
    try:
        return _filled(default, saved)
    except HostError:  # not one of the formats there are
        return default


def _items(value: object) -> list[object]:
    return cast("list[object]", value) if isinstance(value, list) else []


def _mapping(value: object) -> dict[str, object]:
    return cast("dict[str, object]", value) if isinstance(value, dict) else {}


def _texts(value: object) -> dict[str, str]:
    return {name: text for name, text in _mapping(value).items() if isinstance(text, str)}


def _filled(default: _T, saved: dict[str, object]) -> _T:
    """`default` with those saved fields that have the default's own plain type."""
    assert is_dataclass(default)
    changes: dict[str, Any] = {}
    for field in fields(default):
        value, shown = saved.get(field.name), getattr(default, field.name)
        if isinstance(shown, float) and type(value) is int:
            value = float(value)
        if type(value) in _PLAIN and type(value) is type(shown):
            changes[field.name] = value
    return cast("_T", replace(cast("Any", default), **changes))


def settings_from_json(saved: object) -> Settings:
    """Settings as far as they can be read."""
    return _settings(_mapping(saved))


def _settings(saved: dict[str, object]) -> Settings:
    """Every field that is plain, in range; options and the rules of compositing one by one."""
    settings = _filled(Settings(), saved)
    options = {name: v for name, v in _mapping(saved.get("options")).items() if type(v) in _PLAIN}
    return replace(
        settings,
        options=cast("dict[str, OptionValue]", options),
        compose=_compose(_mapping(saved.get("compose")), settings.compose),
        seed=min(MAX_SEED, max(0, settings.seed)),
        num_variations=min(MAX_VARIATIONS, max(1, settings.num_variations)),
    )


def _compose(saved: dict[str, object], compose: ComposeOptions) -> ComposeOptions:
    for name, value in saved.items():
        try:
            compose = _filled(compose, {name: value})
        except BadOption:  # out of its range
            continue
    return compose
