"""What the one big button will do next, so that its label can say so."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from mgie.client.connection import Link
from mgie.panel.state.job import Outcome
from mgie.panel.state.library import first_blank
from mgie.panel.state.panel import PanelState
from mgie.panel.state.progress import Phase
from mgie.panel.state.regions import Regions, is_running
from mgie.panel.state.target import Target


class Action(Enum):
    """One thing the button can do."""

    EDIT_SELECTION = "edit_selection"
    EDIT_LAYER = "edit_layer"
    EDIT_PICTURE = "edit_picture"
    EDIT_REGIONS = "edit_regions"  # count: how many of them are to be done
    REPEAT_REGIONS = "repeat_regions"  # count: how many; all are done
    RETRY_REGIONS = "retry_regions"  # count: how many
    MAKE_VARIATIONS = "make_variations"  # count: how many
    USE_TEXT = "use_text"  # edit with the corrected expressive instruction
    GO_ON = "go_on"  # held: the text is fine as it is
    GO_ON_CORRECTED = "go_on_corrected"  # held: with the artist's text
    PLACE = "place"  # count: which variation, from 1
    QUEUE = "queue"  # another edit runs: wait for its end
    STOP = "stop"


class Obstacle(Enum):
    """Why it cannot be done yet."""

    NO_HOST = "no_host"
    NOTHING_OPEN = "nothing_open"
    UNSUPPORTED = "unsupported"
    LAYER_HIDDEN = "layer_hidden"  # a group around the active layer is
    LAYER_LOCKED = "layer_locked"
    NO_INSTRUCTION = "no_instruction"
    NO_REGION = "no_region"
    BLANK = "blank"  # of a template, not filled in
    TOO_MANY_REFERENCES = "too_many_references"  # more than the model takes
    NO_BACKEND = "no_backend"
    STOPPING = "stopping"


@dataclass(frozen=True, kw_only=True)
class PrimaryAction:
    """The button: what it says, how many it counts, and what stands in the way."""

    action: Action
    count: int = 0
    obstacle: Obstacle | None = None


def primary_action(state: PanelState) -> PrimaryAction:
    """What pressing the button (or Ctrl+Return) does now."""
    edit = state.edit
    if edit is not None and edit.phase is Phase.HELD:
        return PrimaryAction(action=Action.GO_ON_CORRECTED if state.draft.is_corrected else Action.GO_ON)
    if state.is_busy:
        is_stopping = edit is not None and edit.is_stopping
        if edit is not None and not is_stopping and _has_words_to_queue(state):
            return PrimaryAction(action=Action.QUEUE, obstacle=_obstacle(state, has_words=True))
        return PrimaryAction(action=Action.STOP, obstacle=Obstacle.STOPPING if is_stopping else None)
    if state.can_place and not _has_new_words(state):
        return PrimaryAction(action=Action.PLACE, count=state.chosen + 1)
    return _edit_action(state)


def _has_new_words(state: PanelState) -> bool:
    """Whether the artist has written something else than what the finished variations were made from."""
    instruction, job = state.draft.instruction.strip(), state.job
    if job is None or not instruction:
        return False
    return instruction != job.instruction or (
        state.draft.is_corrected and state.draft.text.strip() != job.text
    )


def _has_words_to_queue(state: PanelState) -> bool:
    """Whether something else was written than what runs or was queued last."""
    last = state.queue[-1].job.instruction if state.queue else ""
    return _has_new_words(state) and state.draft.instruction.strip() != last


def _edit_action(state: PanelState) -> PrimaryAction:
    target = state.host.target
    regions = state.batch_regions if target else ()
    if state.shows_regions:
        if target is not None and not regions:
            return PrimaryAction(
                action=Action.EDIT_REGIONS, obstacle=_obstacle(state, has_words=True) or Obstacle.NO_REGION
            )
        wanted = unfinished_regions(state) or regions
        has_words = all(r.is_ready for r in wanted)
        is_spread = any(r.document != state.document for r in wanted)  # what cannot be edited fails alone
        obstacle = _obstacle(state, has_words=has_words, looks_at_target=not is_spread)
        return _regions_action(state, obstacle)
    obstacle = _obstacle(state, has_words=bool(state.draft.instruction.strip()))
    if state.own_text:
        return PrimaryAction(action=Action.USE_TEXT, obstacle=obstacle)
    num_variations = state.next_settings.num_variations
    if num_variations > 1:
        return PrimaryAction(action=Action.MAKE_VARIATIONS, count=num_variations, obstacle=obstacle)
    if target is not None and target.selection is not None:
        return PrimaryAction(action=Action.EDIT_SELECTION, obstacle=obstacle)
    action = Action.EDIT_PICTURE if state.settings.edits_all_layers else Action.EDIT_LAYER
    return PrimaryAction(action=action, obstacle=obstacle)


def unfinished_regions(state: PanelState) -> Regions:
    """Those of the batch that have no layer with what is asked of them now."""
    undone = {k.job.key for k in state.finished if k.outcome is Outcome.UNDONE}
    regions = state.batch_regions
    return tuple(r for r in regions if not r.is_done or (r.job is not None and r.job.key in undone))


def _regions_action(state: PanelState, obstacle: Obstacle | None) -> PrimaryAction:
    regions, unfinished = state.batch_regions, unfinished_regions(state)
    num_failed = sum(r.needs_retry for r in regions)
    if num_failed and not is_running(regions):
        return PrimaryAction(action=Action.RETRY_REGIONS, count=num_failed, obstacle=obstacle)
    action = Action.EDIT_REGIONS if unfinished else Action.REPEAT_REGIONS
    return PrimaryAction(action=action, count=len(unfinished or regions), obstacle=obstacle)


def target_obstacle(state: PanelState, target: Target) -> Obstacle | None:
    """Why a document cannot be edited as it stands."""
    if target.unsupported:
        return Obstacle.UNSUPPORTED
    if not state.settings.edits_all_layers and target.is_in_hidden_group:
        return Obstacle.LAYER_HIDDEN
    if not state.settings.edits_all_layers and target.is_in_locked_group:
        return Obstacle.LAYER_LOCKED
    return None


def _obstacle(state: PanelState, *, has_words: bool, looks_at_target: bool = True) -> Obstacle | None:
    if not state.host.is_connected:
        return Obstacle.NO_HOST
    if state.host.target is None:
        return Obstacle.NOTHING_OPEN
    unfit = target_obstacle(state, state.host.target) if looks_at_target else None
    if unfit is not None:
        return unfit
    if not has_words:
        return Obstacle.NO_INSTRUCTION
    if not state.shows_regions and first_blank(state.draft.instruction) is not None:
        return Obstacle.BLANK
    if state.model is not None and len(state.document_references) > state.model.max_references:
        return Obstacle.TOO_MANY_REFERENCES
    return Obstacle.NO_BACKEND if state.backend.link is Link.FAILED else None  # a starting one is waited for
