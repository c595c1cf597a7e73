"""Sentences about results: what they are called, where they went, what was measured of them."""

from __future__ import annotations

from collections.abc import Sequence

from PyQt6.QtCore import QLocale

from mgie.api.best_first import Reason, Standing
from mgie.api.models import Model
from mgie.api.options import OptionSchema, OptionValue
from mgie.api.system import Estimate
from mgie.panel.state.guidance import FAITHFULNESS
from mgie.panel.state.job import FinishedResult
from mgie.panel.state.panel import PanelState
from mgie.panel.state.past import PastEdit
from mgie.panel.state.saved_file import SavedFile
from mgie.panel.texts import decimal, duration, option_choice, option_label, tr

MUCH_MEMORY = 0.5  # share of what is free from which on the artist is told


def title(state: PanelState) -> str:
    """What the shown results were asked for."""
    words = " ".join(state.layered[0].job.instruction.split()) if state.layered else ""
    others = len(state.layered) - 1
    return tr("{words} + {count} more").format(words=words, count=others) if others > 0 else words


def where(state: PanelState) -> str:
    """Where the shown results went; or that they were taken back."""
    if not state.layered:
        return ""
    if not state.can_undo:
        return tr("Undone")
    first = state.layered[0]
    if len(state.layered) > 1:
        return tr("%n layers in a group", len(state.layered))
    above = first.job.target.layer_name if first.job.source_layer else ""
    if above and first.job.target.is_in_faded_group:
        return tr("New layer above the group of “{layer}”").format(layer=above)
    return tr("New layer above “{layer}”").format(layer=above) if above else tr("New layer on top")


def saved_file(saved: SavedFile) -> str:
    """That a file was written, and what it does not hold."""
    words = [tr("Saved as {name}").replace("{name}", saved.name)]
    if saved.loss.largest_change:
        percent = decimal(max(0.1, 100 * saved.loss.largest_change))
        words.append(tr("JPEG compression changed colours by up to {percent} %").format(percent=percent))
    if saved.loss.more_in:
        more = tr("further pages, frames or layers of {name} are not in it")
        words.append(more.replace("{name}", saved.loss.more_in))
    return "; ".join(words)


def made_with(edit: PastEdit, model: Model | None) -> str:
    """The settings of an earlier edit, short. model: the one it was made with, as far as it is known now."""
    schemas = {schema.name: schema for schema in model.options} if model else {}
    options = [_option(name, value, schemas.get(name)) for name, value in edit.settings.options.items()]
    seed = tr("seed {seed}").format(seed=edit.seed)
    return ", ".join(part for part in (edit.settings.model, *options, seed) if part)


def _option(name: str, value: OptionValue, schema: OptionSchema | None) -> str:
    """One option as it was set, under the name that people know it by."""
    label = option_label(schema) if schema is not None else name.replace("_", " ")
    if isinstance(value, bool):
        return label if value else tr("{option} off").format(option=label)
    if isinstance(value, str):
        return f"{label} {option_choice(value)}"
    return f"{label} {QLocale().toString(float(value), 'g', 6)}"


def changes(result: FinishedResult) -> str:
    """How many pixels changed, and that none did outside the selection; "" where it was not measured."""
    measures = result.result.edit_result.measures
    if "num_changed" not in measures or "num_changed_outside" not in measures:
        return ""
    changed, outside = round(measures["num_changed"]), round(measures["num_changed_outside"])
    words = tr("{changed} pixels changed, {outside} outside the selection")
    numbers = QLocale()
    return words.format(changed=numbers.toString(changed), outside=numbers.toString(outside))


def amount(opacity: float) -> str:
    """How much of a result shows."""
    return tr("{percent} %").format(percent=round(100 * opacity))


def amount_hint(*, is_painted: bool, can_scale: bool) -> str:
    """What the slider of the amount does."""
    opacity = tr("How much of the result shows: the opacity of its layer.")
    if not is_painted:
        more = tr("Beyond 100 % its change is increased, in its place.")
        return f"{opacity} {more}" if can_scale else opacity
    return tr("{opacity} Beyond 100 % it is painted anew from the same plan, more strongly.").format(
        opacity=opacity
    )


def tray(order: Sequence[Standing], *, is_from_plan: bool, strip: str = "") -> str:
    """Where the variations come from, and why they stand in this order; "" where there is nothing to say.

    strip: the option that rises or falls from one to the next, "" for none.
    """
    if strip:
        if strip == FAITHFULNESS:
            return tr("The same plan and seed, from faithful to free; nothing was written again.")
        return tr("The same plan and seed, from weak to strong; nothing was written again.")
    reasons = {standing.reason for standing in order}
    sentences = {
        Reason.MATCH: tr("Nearest to the words first."),
        Reason.OUTSIDE: tr("Least change around the selection first."),
        Reason.DRIFTED: tr("What slid out of place comes later."),
        Reason.UNCHANGED: tr("What changed nothing comes last."),
    }
    plan = [tr("The same plan with other seeds; nothing was written again.")] if is_from_plan else []
    return " ".join([*plan, *(words for reason, words in sentences.items() if reason in reasons)])


def destination(state: PanelState) -> str:
    """Where the result of the next edit will go; "" while none can be made."""
    target = state.host.target
    if target is None or target.unsupported or state.is_busy or state.can_place:
        return ""
    regions = state.batch_regions if state.shows_regions else ()
    num_documents = len({region.document for region in regions})
    if num_documents > 1:
        return tr("To new layers in %n pictures", num_documents)
    if len(regions) > 1:
        group = tr("To a new group above “{layer}”") if _has_source(state) else tr("To a new group on top")
        return group.format(layer=target.layer_name)
    if _has_source(state) and target.is_in_faded_group:
        return tr("To a new layer above the group of “{layer}”").format(layer=target.layer_name)
    if _has_source(state):
        return tr("To a new layer above “{layer}”").format(layer=target.layer_name)
    return tr("To a new layer on top")


def destination_caution(state: PanelState) -> str:
    """What is to be known of that place, one sentence; "" where the result is simply seen there."""
    target = state.host.target
    if not destination(state) or target is None or not _has_source(state):
        return ""
    if target.is_in_hidden_group:
        return tr("“{layer}” is in a hidden group: the result would not be seen.").format(
            layer=target.layer_name
        )
    if target.is_in_locked_group:
        return tr("“{layer}” is in a locked group: nothing can be placed there.").format(
            layer=target.layer_name
        )
    if target.is_in_faded_group:
        faded = tr("The group around “{layer}” is half-opaque, masked or blended: the result goes above it.")
        return faded.format(layer=target.layer_name)
    if target.is_clipped:
        clipped = tr("“{layer}” is clipped to the layers below it, and so will the result be.")
        return clipped.format(layer=target.layer_name)
    return ""


def _has_source(state: PanelState) -> bool:
    """Whether one layer is edited instead of what is seen."""
    target = state.host.target
    return not state.settings.edits_all_layers and target is not None and bool(target.layer_name)


def forecast(estimate: Estimate | None) -> str:
    """About how long the next edit takes, and in how much memory; "" where nobody knows."""
    if estimate is None:
        return ""
    if not estimate.fits:
        return _too_large(estimate)
    memory = _memory(estimate)
    if estimate.seconds is None:
        return memory
    time = tr("about {time}").format(time=duration(estimate.seconds))
    if estimate.wait_s:
        time = tr("{time}, in {wait}").format(time=time, wait=duration(estimate.wait_s))
    return tr("{time}, {memory}").format(time=time, memory=memory) if memory else time


def _too_large(estimate: Estimate) -> str:
    """What comes of an edit that needs more of the device's memory than is free."""
    words = tr(
        "Needs {needed} GB, {free} GB free: parts of the model move out while it runs, which is slower"
    )
    return _with_memory(words, estimate) or tr("May not fit into memory")


def _memory(estimate: Estimate) -> str:
    """What the edit needs of the device's memory; "" where that is little, or either is unknown."""
    is_little = estimate.needed_bytes < MUCH_MEMORY * estimate.free_bytes
    return "" if is_little else _with_memory(tr("{needed} of {free} GB free"), estimate)


def _with_memory(words: str, estimate: Estimate) -> str:
    if not estimate.needed_bytes or not estimate.free_bytes:
        return ""
    needed, free = (decimal(value / 1e9) for value in (estimate.needed_bytes, estimate.free_bytes))
    return words.format(needed=needed, free=free)
