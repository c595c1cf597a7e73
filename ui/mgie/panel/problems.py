"""Failures as one sentence plus what to do. Matched on the stable reason, never on words."""

from __future__ import annotations

from typing import NamedTuple

from PyQt6.QtCore import QCoreApplication

from mgie.panel.state.problem import Problem


class Told(NamedTuple):
    """A problem in the artist's words."""

    sentence: str
    advice: str


def tr(text: str) -> str:
    """Translate in the context of this module."""
    return QCoreApplication.translate("problems", text)


def told(problem: Problem) -> Told:
    """The sentence and the advice; an unknown reason shows what the other side said."""
    known = _table().get(problem.reason)
    if known is not None:
        return known
    detail = problem.detail.strip() or problem.reason
    return Told(
        tr("The edit failed: {detail}").format(detail=detail),
        tr("Try again; nothing in your picture was changed."),
    )


def _table() -> dict[str, Told]:
    return {**_backend_table(), **_picture_table(), **_host_table()}


def _backend_table() -> dict[str, Told]:
    return {
        "GPU_OUT_OF_MEMORY": Told(
            tr("There is not enough free memory for this edit."),
            tr("Close other programs that use the graphics card, or make fewer variations."),
        ),
        "MODEL_NOT_INSTALLED": Told(
            tr("The model is not installed on this computer."),
            tr("Run “mgie models list” in a terminal to see which there are, “mgie models pull” to get one."),
        ),
        "MODEL_INVALID": Told(
            tr("The model's files are damaged."), tr("Run “mgie models verify”, then install it again.")
        ),
        "MODEL_DIGEST_MISMATCH": Told(
            tr("The model's files are not what they should be."), tr("Install the model again.")
        ),
        "SERVER_BUSY": Told(
            tr("The backend has too much to do."), tr("Wait until other edits are done, then try again.")
        ),
        "BACKEND_NOT_STARTED": Told(
            tr("The backend could not be started."), tr("Press “Start again”; “mgie doctor” finds the cause.")
        ),
        "BACKEND_UNREACHABLE": Told(
            tr("The backend does not answer."), tr("It is called again by itself; your words are kept.")
        ),
        "TOKEN_INVALID": Told(
            tr("The backend refused this panel."), tr("Close the panel and open it again from the menu.")
        ),
        "EDIT_NOT_FOUND": Told(
            tr("The backend no longer knows this edit."), tr("Press Edit to make it again.")
        ),
        "DISK_FULL": Told(tr("The disk is full."), tr("Free some space, then try again.")),
        "INTERNAL": Told(tr("The backend failed on this edit."), tr("Try again; “mgie logs” tells more.")),
        "NOTHING_TO_KEEP": Told(tr("There is nothing to keep yet."), tr("Wait for the first step.")),
        "EDIT_INTERRUPTED": Told(
            tr("The backend was restarted during the edit."), tr("Press Edit to make it again.")
        ),
    }


def _picture_table() -> dict[str, Told]:
    return {
        "IMAGE_INVALID": Told(
            tr("This picture cannot be edited."), tr("Convert it to RGB or grayscale, then try again.")
        ),
        "IMAGE_TOO_LARGE": Told(
            tr("The picture is larger than the backend takes."),
            tr("Select a smaller part, or scale it down first."),
        ),
        "MASK_EMPTY": Told(
            tr("The selection covers nothing."), tr("Select what should change, or select nothing at all.")
        ),
        "MASK_INVALID": Told(tr("The selection does not fit the picture."), tr("Make the selection anew.")),
        "INSTRUCTION_EMPTY": Told(tr("There is no instruction."), tr("Write what should change.")),
        "INSTRUCTION_INVALID": Told(
            tr("The instruction cannot be used."), tr("Use a shorter sentence of plain words.")
        ),
        "OPTION_INVALID": Told(tr("A setting is out of its range."), tr("Choose the preset “Balanced”.")),
        "UNSUPPORTED_FORMAT": Told(
            tr("Pictures of this colour model cannot be edited."),
            tr("Convert it to RGB or grayscale, then try again."),
        ),
    }


def _host_table() -> dict[str, Told]:
    place_or_save = tr("Place the result where you want it, or save it as a file.")
    return {
        "LINK_LOST": Told(
            tr("The painting program does not answer."),
            tr("Open the panel again from its menu; results are kept here."),
        ),
        "TIMED_OUT": Told(
            tr("The painting program did not answer in time."), tr("Close its open dialogs, then try again.")
        ),
        "DOCUMENT_CLOSED": Told(
            tr("The document was closed."), tr("Open it again and place the result, or save it as a file.")
        ),
        "CANVAS_CHANGED": Told(tr("The document's size has changed since."), place_or_save),
        "FORMAT_CHANGED": Told(tr("The document's colour format has changed since."), place_or_save),
        "LAYER_GONE": Told(tr("The layer is no longer there."), tr("Select a layer and try again.")),
        "HOST_FAILED": Told(
            tr("The painting program refused."), tr("Try again; if it stays, save the result as a file.")
        ),
        "TOO_LARGE": Told(tr("The region is too large."), tr("Select a smaller part.")),
        "VERSION_MISMATCH": Told(
            tr("The plug-in and the panel are of different versions."),
            tr("Run “mgie install” again and restart the painting program."),
        ),
        "NOTHING_SELECTED": Told(
            tr("Nothing is selected."), tr("Select a part of the picture, then add it.")
        ),
        "NO_SAVED_SELECTIONS": Told(
            tr("This document has no saved selections."), tr("Save a selection as a channel or mask first.")
        ),
        "FILE_NOT_READ": Told(tr("The file could not be read."), tr("Choose another file.")),
        "FILE_NOT_WRITTEN": Told(tr("The file could not be written."), tr("Choose another folder.")),
    }
