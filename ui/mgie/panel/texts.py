"""Every sentence that depends on the state, in one place, ready to be translated."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from PyQt6.QtCore import QCoreApplication, QLocale

from mgie.api.events import Declined
from mgie.api.models import Model
from mgie.api.options import OptionSchema
from mgie.client.connection import ConnectionStatus, Link
from mgie.panel.state.job import Job, Outcome
from mgie.panel.state.panel import PanelState
from mgie.panel.state.primary_action import Action, Obstacle, PrimaryAction
from mgie.panel.state.progress import Phase, Progress
from mgie.panel.state.regions import Region
from mgie.panel.state.settings import CUSTOM, MODELS_OWN, OWN_PREFIX, models_own
from mgie.panel.state.target import HostStatus, Target


def tr(text: str, count: int = -1) -> str:
    """A text in the language of `mgie.panel.languages`; `%n` is replaced by `count`."""
    return QCoreApplication.translate("texts", text, "", count)


def decimal(value: float) -> str:
    """A number with one decimal, as the panel's language writes it."""
    return QLocale().toString(value, "f", 1)


def action_label(primary: PrimaryAction) -> str:
    """The label of the primary button."""
    count = primary.count
    match primary.action:
        case Action.EDIT_SELECTION:
            return tr("Edit selection")
        case Action.EDIT_LAYER:
            return tr("Edit layer")
        case Action.EDIT_PICTURE:
            return tr("Edit picture")
        case Action.EDIT_REGIONS:
            several = tr("Edit %n regions", count) if count else tr("Edit regions")
            return several if count != 1 else tr("Edit 1 region")
        case Action.REPEAT_REGIONS:
            return tr("Edit %n regions again", count) if count != 1 else tr("Edit 1 region again")
        case Action.RETRY_REGIONS:
            return tr("Try %n regions again", count) if count != 1 else tr("Try 1 region again")
        case Action.MAKE_VARIATIONS:
            return tr("Make %n variations", count)
        case Action.USE_TEXT:
            return tr("Edit with your text")
        case Action.GO_ON:
            return tr("Continue")
        case Action.GO_ON_CORRECTED:
            return tr("Continue with your text")
        case Action.PLACE:
            return tr("Place variation %n", count)
        case Action.QUEUE:
            return tr("Add to the queue")
        case Action.STOP:
            return tr("Stop")


def obstacle(reason: Obstacle | None) -> str:
    """Why the button is off, and what would turn it on."""
    match reason:
        case Obstacle.NO_HOST:
            return tr("The painting program is not connected.")
        case Obstacle.NOTHING_OPEN:
            return tr("Open a picture first.")
        case Obstacle.UNSUPPORTED:
            return tr("This document cannot be edited as it is.")
        case Obstacle.LAYER_HIDDEN:
            return tr("The active layer is in a hidden group. Show the group, or edit all visible layers.")
        case Obstacle.LAYER_LOCKED:
            return tr("The active layer is in a locked group. Unlock the group, or edit all visible layers.")
        case Obstacle.NO_INSTRUCTION:
            return tr("Write what should change.")
        case Obstacle.NO_REGION:
            return tr("Select a part of the picture and add it as a region.")
        case Obstacle.BLANK:
            return tr("Replace what is in [brackets]; Tab goes from one to the next.")
        case Obstacle.TOO_MANY_REFERENCES:
            return tr("The model takes fewer reference pictures. Remove some, or choose another model.")
        case Obstacle.NO_BACKEND:
            return tr("The backend is not running; start it below.")
        case Obstacle.STOPPING:
            return tr("Stopping after the current step.")
        case None:
            return ""


def progress(edit: Progress | None, backend: ConnectionStatus) -> str:
    """One line about a running or finished edit."""
    if edit is None:
        return ""
    if edit.is_stopping:
        return tr("Stopping")
    if edit.edit and not edit.has_ended and not backend.is_reachable:
        return tr("Connection lost; reconnecting automatically. The edit continues")
    if edit.phase is Phase.SENDING and not backend.is_reachable:
        return tr("Waiting for the backend to start")
    if edit.phase is Phase.SAMPLING and edit.num_steps > 1:
        return _steps(edit)
    return _phase(edit)


def batch_progress(num_ended: int, num_done: int, num_all: int) -> str:
    """How far a batch is: every region that came to an end counts, and those without a result are named."""
    words = tr("{ended} of {all} regions finished").format(ended=num_ended, all=num_all)
    without = num_ended - num_done
    return tr("{words}, {count} without a result").format(words=words, count=without) if without else words


def outcome(state: PanelState) -> str:
    """The last word about an edit that is done: what became of its results."""
    if state.edit is None or state.edit.phase is not Phase.DONE or state.job is None:
        return progress(state.edit, state.backend)
    outcomes = [k.outcome for k in state.finished if k.job.key == state.job.key]
    if Outcome.PLACING in outcomes:
        return tr("Placing the new layer")
    if Outcome.UNPLACED in outcomes:
        return tr("Done, but not placed: kept below")
    if Outcome.PLACED in outcomes:
        return tr("Done: placed as a new layer")
    if Outcome.UNDONE in outcomes:
        return tr("Undone: its layer is no longer in the picture")
    if Outcome.WAITING in outcomes:
        return tr("Done: choose a variation to place")
    return progress(state.edit, state.backend)


def _phase(edit: Progress) -> str:
    match edit.phase:
        case Phase.READING:
            return tr("Reading the picture")
        case Phase.SENDING:
            return tr("Sending the picture")
        case Phase.QUEUED if edit.queue_position > 0:
            return tr("Waiting, %n ahead", edit.queue_position)
        case Phase.QUEUED | Phase.PREPARING:
            return tr("Starting the edit")
        case Phase.LOADING_MODEL:
            return tr("Loading the model")
        case Phase.WRITING:
            return tr("Looking at the picture and writing")
        case Phase.HELD:
            return tr("Waiting for you: correct the text or continue")
        case Phase.SAMPLING:
            return tr("Painting")
        case Phase.FINISHING:
            return tr("Finishing at full resolution")
        case Phase.DONE:
            return tr("Done")
        case Phase.DECLINED:
            return tr("Beyond this model; nothing was changed")
        case Phase.CANCELLED:
            return tr("Stopped; nothing was changed")
        case Phase.FAILED:
            return tr("Failed; nothing was changed")


def _steps(edit: Progress) -> str:
    steps = tr("Step {step} of {steps}").format(step=edit.step, steps=edit.num_steps)
    return (
        steps
        if edit.eta_s is None
        else tr("{steps}, {time} left").format(steps=steps, time=duration(edit.eta_s))
    )


def duration(seconds: float) -> str:
    """A time to come, rounded up."""
    whole = max(1, math.ceil(seconds))
    if whole < 90:
        return tr("{seconds} s").format(seconds=whole)
    return tr("{minutes} min").format(minutes=math.ceil(whole / 60))


def regions_label(count: int) -> str:
    """The mode's name and how many regions there are."""
    return tr("Regions %n", count) if count else tr("Regions")


def region_size(region: Region) -> str:
    """How large a region is."""
    return tr("{width} \u00d7 {height} px").format(width=region.bounds.width, height=region.bounds.height)


def region_status(edit: Progress | None, backend: ConnectionStatus) -> str:
    """The status of one region, short."""
    if edit is None:
        return ""
    if edit.phase is Phase.SAMPLING and edit.num_steps > 1:
        return tr("Step {step} of {steps}").format(step=edit.step, steps=edit.num_steps)
    short = {
        Phase.DECLINED: tr("Declined"),
        Phase.FAILED: tr("Failed"),
        Phase.CANCELLED: tr("Stopped"),
        Phase.WRITING: tr("Writing"),
    }
    return short.get(edit.phase) or progress(edit, backend)


def declined(event: Declined) -> str:
    """Why an edit was declined, and what could be asked for instead."""
    if not event.suggestions:
        return model_text(event.message)
    return tr("{why} Possible instead: {suggestions}").format(
        why=model_text(event.message), suggestions=", ".join(event.suggestions)
    )


def of_row(control: str, row: str) -> str:
    """The name of a control that every row of a list has."""
    return tr("{control}: {row}").format(control=control, row=row)


def model_text(text: str) -> str:
    """What a model or a host says to people: labels, units, abilities, why a document is uneditable."""
    return QCoreApplication.translate("models", text) if text else ""


def option_label(schema: OptionSchema) -> str:
    """What one of a model's options is called."""
    return model_text(schema.label or schema.name)


def placeholder(model: Model | None, *, for_region: bool) -> str:
    """What stands in the empty instruction field: a question, and what the model is good at.

    for_region: what is written goes with the selection that is added next.
    """
    question = tr("What should change in the next region?") if for_region else tr("What should change?")
    if model is None or not model.examples:
        return question
    example = tr("For example: {example}").format(example=model.examples[0])
    return f"{question}\n{example}"


def option_choice(choice: str) -> str:
    """One of the values of a choice: those that several models share in our words, others in the model's."""
    known = {
        "auto": tr("Automatic"),
        "selection": tr("Selection only"),
        "canvas": tr("Whole picture"),
        "tonal": tr("Recolour"),
        "content": tr("Repaint"),
    }
    return known.get(choice) or model_text(choice)


def abilities(model: Model) -> str:
    """What a model can do, one line."""
    return ", ".join(model_text(ability) for ability in model.abilities)


def model_name(model: Model | None) -> str:
    """What a model is called; a general word while it is unknown."""
    return model.id if model else tr("The model")


def backend(status: ConnectionStatus, model: Model | None, *, names_model: bool) -> str:
    """The state of the connection, in words. names_model: where it is not named beside them."""
    match status.link:
        case Link.SEARCHING:
            return tr("Looking for the backend")
        case Link.STARTING:
            return tr("Starting the backend")
        case Link.LOADING:
            return tr("Loading {model}").format(model=model_name(model))
        case Link.READY:
            ready = tr("ready on {device}").format(device=status.device) if status.device else tr("ready")
            return f"{model_name(model)}, {ready}" if names_model else ready
        case Link.LOST:
            return tr("Backend lost; reconnecting automatically")
        case Link.FAILED:
            return tr("Backend not running")


def target_title(host: HostStatus) -> str:
    """The first line of the target: the document, or why there is none."""
    if not host.is_connected:
        return tr("{host} is not connected").format(host=host.name or tr("Painting program"))
    return host.target.document_name if host.target else tr("No picture open")


def target_detail(host: HostStatus, *, sees_all_layers: bool) -> str:
    """The second line: what part of it."""
    target = host.target
    if target is not None and target.unsupported:
        return tr("Cannot be edited as it is")
    if target is None:
        return tr("Open a picture in {host}.").format(host=host.name) if host.is_connected else ""
    return " · ".join(part for part in (_place(target), _source(target, sees_all_layers)) if part)


def _place(target: Target) -> str:
    bounds = target.bounds
    size = f"{bounds.width} \u00d7 {bounds.height}"
    return (
        tr("Selection {size}").format(size=size)
        if target.selection
        else tr("Picture {size}").format(size=size)
    )


def _source(target: Target, sees_all_layers: bool) -> str:
    return tr("all layers") if sees_all_layers or not target.layer_name else target.layer_name


def notes(state: PanelState) -> list[str]:
    """Sentences about the document and the last edit that are shown whole."""
    target, edit = state.host.target, state.edit
    about_target: list[str] = []
    if target is not None and target.unsupported:
        about_target.append(model_text(target.unsupported))
    elif target is not None and target.format.channels in ("gray", "graya"):
        about_target.append(
            tr(
                "This document is grayscale, so changes of colour will not show. Convert it to RGB to "
                "see them."
            )
        )
    warnings = edit.warnings if edit is not None else ()
    measures = [picture.edit_result.measures for picture in edit.results] if edit is not None else []
    moved = [sentence for sentence in map(drift, measures) if sentence]
    return [*about_target, *dict.fromkeys([*(model_text(warning) for warning in warnings), *moved])]


def drift(measures: Mapping[str, float]) -> str:
    """What is to be said of a result that the model has shifted or zoomed; "" where that does not show."""
    if not measures.get("drift_is_notable"):
        return ""
    if measures.get("drift_is_corrected"):
        return tr("The model had shifted the picture a little; this was corrected.")
    return tr("The model has moved things, which could not be corrected: check along the edges of the edit.")


def target_format(host: HostStatus) -> str:
    """The third line: the host and the document's depth and profile, which stay untouched."""
    target = host.target
    depth = _depth(target) if target else ""
    parts = (host.name, depth, target.profile if target else "")
    return " · ".join(part for part in parts if part)


def _depth(target: Target) -> str:
    sample = target.format.sample
    bits = tr("{bits}-bit").format(bits=sample[1:])
    return tr("{bits} float").format(bits=bits) if sample.startswith("f") else bits


def presets(model: Model | None, own: Sequence[str] = ()) -> list[tuple[str, str]]:
    """Label and name of every preset: the model's own values, its presets, the artist's own, none."""
    every = model.presets if model else ()
    named = [(model_text(preset.label or preset.name), preset.name) for preset in every]
    standard = [(tr("Standard"), MODELS_OWN)] if model is None or models_own(model) == MODELS_OWN else []
    kept = [(name, OWN_PREFIX + name) for name in own]
    return [*standard, *named, *kept, (tr("Own settings"), CUSTOM)]


def history_label(count: int, *, is_open: bool) -> str:
    """The line that opens the history of a document."""
    sign = "\u25be" if is_open else "\u25b8"
    return f"{sign} {tr('History')} ({count})"


def queue_title(count: int, *, is_held: bool) -> str:
    """How many edits wait, and whether they go on by themselves."""
    waiting = tr("%n edits waiting", count) if count != 1 else tr("1 edit waiting")
    return tr("{waiting}, on hold").format(waiting=waiting) if is_held else waiting


def waiting_edit(number: int, job: Job) -> str:
    """One edit of the queue on one line."""
    words = " ".join(job.instruction.split())
    return tr("{number}. {words}").format(number=number, words=words)


def variations(count: int) -> str:
    """How many results are made."""
    return tr("One result") if count == 1 else tr("%n variations", count)
