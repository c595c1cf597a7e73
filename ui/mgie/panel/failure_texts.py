"""Failures as one sentence plus what to do. Matched on the stable reason, never on words."""

from __future__ import annotations

from typing import NamedTuple

from mgie.api.failure import Failure
from mgie.panel.state.primary_action import Obstacle
from mgie.panel.state.target import FILES, HostStatus
from mgie.panel.texts import obstacle, tr


class Explanation(NamedTuple):
    """A failure in the artist's words."""

    sentence: str
    advice: str


def explain(failure: Failure, host: HostStatus | None = None) -> Explanation:
    """The sentence and the advice; an unknown reason shows what the other side said.

    host: the program that the sentence may name.
    """
    known = known_explanation(failure.reason)
    detail = failure.message.strip() or failure.reason
    if known is not None:
        is_named = host is not None and host.name not in ("", FILES)
        name = host.name if host is not None and is_named else tr("The painting program")
        return known._replace(sentence=known.sentence.replace("{detail}", detail).replace("{host}", name))
    return Explanation(
        tr("The edit failed: {detail}").format(detail=detail),
        tr("Try again; nothing in your picture was changed."),
    )


def known_explanation(reason: str) -> Explanation | None:
    """The sentence and the advice of a reason that the panel knows."""
    return _table().get(reason)


def _table() -> dict[str, Explanation]:
    return {**_backend_table(), **_model_table(), **_picture_table(), **_host_table()}


def _backend_table() -> dict[str, Explanation]:
    return {
        "GPU_OUT_OF_MEMORY": Explanation(
            tr("There is not enough free memory for this edit."),
            tr("Close other programs that use the graphics card, or make fewer variations."),
        ),
        "MODEL_NOT_INSTALLED": Explanation(
            tr("The model is not installed on this computer."),
            tr("Press “Models” below to choose another one, or to get it."),
        ),
        "SERVER_BUSY": Explanation(
            tr("The backend is busy."), tr("Wait until other edits are done, then try again.")
        ),
        "BACKEND_NOT_STARTED": Explanation(
            tr("The backend could not be started."), tr("Press “Start again”; “mgie doctor” finds the cause.")
        ),
        "BACKEND_UNREACHABLE": Explanation(
            tr("The backend does not answer."), tr("Reconnecting automatically; your words are kept.")
        ),
        "TOKEN_INVALID": Explanation(
            tr("The backend refused this panel."), tr("Close the panel and open it again from the menu.")
        ),
        "EDIT_NOT_FOUND": Explanation(
            tr("The backend no longer knows this edit."), tr("Press Edit to make it again.")
        ),
        "DISK_FULL": Explanation(tr("The disk is full."), tr("Free some space, then try again.")),
        "INTERNAL": Explanation(
            tr("The backend failed on this edit."), tr("Try again; “mgie logs” tells more.")
        ),
        "ANSWER_INVALID": Explanation(
            tr("The backend's answer does not fit this document."),
            tr("Nothing was changed. Update MGIE so that the panel and the backend have the same version."),
        ),
        "CERTIFICATE_CHANGED": Explanation(
            tr("The backend's certificate is not the one you trusted."),
            tr("Ask its owner for the fingerprint that “mgie status” prints there."),
        ),
        "NOTHING_TO_KEEP": Explanation(tr("There is nothing to keep yet."), tr("Wait for the first step.")),
        "EDIT_INTERRUPTED": Explanation(
            tr("The backend was restarted during the edit."), tr("Press Edit to make it again.")
        ),
    }


def _model_table() -> dict[str, Explanation]:
    return {
        "MODEL_INVALID": Explanation(
            tr("The model's files are damaged."),
            tr("Press “Models” below, then “Verify”; install it again if need be."),
        ),
        "MODEL_PARTS_LACKING": Explanation(
            tr("This file holds only what paints; the rest has to come from an installed model of its kind."),
            tr("Choose that model below, or install one first."),
        ),
        "MODEL_DIGEST_MISMATCH": Explanation(
            tr("The model's files are not what they should be."), tr("Install the model again.")
        ),
        "DOWNLOAD_FAILED": Explanation(
            tr("The connection broke off, or nobody answers."),
            tr("Press “Resume” to continue where it stopped."),
        ),
        "LICENSE_NOT_ACCEPTED": Explanation(
            tr("Its licence has not been accepted yet."), tr("Read it and accept it first.")
        ),
    }


def _picture_table() -> dict[str, Explanation]:
    return {
        "IMAGE_INVALID": Explanation(
            tr("This picture cannot be edited."), tr("Convert it to RGB or grayscale, then try again.")
        ),
        "IMAGE_TOO_LARGE": Explanation(
            tr("The picture is larger than the backend accepts."),
            tr("Select a smaller part, or scale it down first."),
        ),
        "MASK_EMPTY": Explanation(
            tr("The selection covers nothing."), tr("Select what should change, or select nothing at all.")
        ),
        "MASK_INVALID": Explanation(
            tr("The selection does not fit the picture."), tr("Select the area again.")
        ),
        "INSTRUCTION_EMPTY": Explanation(tr("There is no instruction."), tr("Write what should change.")),
        "INSTRUCTION_INVALID": Explanation(
            tr("The instruction cannot be used."), tr("Use a shorter sentence in plain words.")
        ),
        "OPTION_INVALID": Explanation(tr("A setting is out of range."), tr("Choose a preset.")),
        "UNSUPPORTED_FORMAT": Explanation(
            tr("Pictures of this colour model cannot be edited."),
            tr("Convert it to RGB or grayscale, then try again."),
        ),
    }


def _host_table() -> dict[str, Explanation]:
    place_or_save = tr("Place the result where you want it, or save it as a file.")
    try_again = tr("Try again; nothing in your picture was changed.")
    return {
        "UNSUPPORTED": Explanation("{detail}", try_again),  # the host's own sentence, which says what to do
        "LAYER_HIDDEN": Explanation(obstacle(Obstacle.LAYER_HIDDEN), try_again),
        "LAYER_LOCKED": Explanation(obstacle(Obstacle.LAYER_LOCKED), try_again),
        "LINK_LOST": Explanation(
            tr("{host} does not answer."),
            tr("Open the panel again from its menu; results are kept here."),
        ),
        "TIMED_OUT": Explanation(
            tr("{host} did not answer in time."), tr("Close its open dialogs, then try again.")
        ),
        "PREVIEW_SAVED": Explanation(
            tr("The file just saved contains the preview of the running edit as a layer."),
            tr("Save it once more when the edit has ended."),
        ),
        "DOCUMENT_CLOSED": Explanation(
            tr("The document was closed."), tr("Open it again and place the result, or save it as a file.")
        ),
        "CANVAS_CHANGED": Explanation(tr("The document's size has changed since."), place_or_save),
        "FORMAT_CHANGED": Explanation(tr("The document's colour format has changed since."), place_or_save),
        "LAYER_GONE": Explanation(tr("The layer is no longer there."), tr("Select a layer and try again.")),
        "HOST_FAILED": Explanation(
            tr("{host} could not place it."),
            tr("Try again; if that fails too, save the result as a file."),
        ),
        "TOO_LARGE": Explanation(tr("The region is too large."), tr("Select a smaller part.")),
        "VERSION_MISMATCH": Explanation(
            tr("The plug-in and the panel have different versions."),
            tr("Run “mgie install” again and restart the painting program."),
        ),
        "NOTHING_SELECTED": Explanation(
            tr("Nothing is selected."), tr("Select a part of the picture, then add it.")
        ),
        "NO_SAVED_SELECTIONS": Explanation(
            tr("This document has no saved selections."), tr("Save a selection as a channel or mask first.")
        ),
        "NO_RECORD": Explanation(
            tr("The active layer has no readable record of an edit."),
            tr("Choose a layer that the panel has made."),
        ),
        "LIBRARY_DAMAGED": Explanation(
            tr("A preset or template of yours cannot be read: {detail}"),
            tr("Repair or delete that file in the panel's folder; the others still work."),
        ),
        "NO_GROUP": Explanation(
            tr("The active layer shares no group with other layers."),
            tr("Choose a layer inside a group, then add its layers."),
        ),
        "FILE_KIND_UNKNOWN": Explanation(
            tr("Pictures cannot be saved under a name with this ending."),
            tr("Choose a name that ends in .png, .jpg, .tif or .webp."),
        ),
        "FILE_LACKS_DEPTH": Explanation(
            tr("Files of this kind cannot hold the picture's depth."),
            tr("Choose a name that ends in .tif, or in .png for up to 16 bits."),
        ),
        "FILE_LACKS_TRANSPARENCY": Explanation(
            tr("Files of this kind cannot hold the picture's transparency."),
            tr("Choose a name that ends in .png, .webp or .tif."),
        ),
        "FILE_LACKS_SIZE": Explanation(
            tr("The picture has more pixels to a side than files of this kind can hold."),
            tr("Choose a name that ends in .tif."),
        ),
        "FILE_NOT_READ": Explanation(tr("The file could not be read: {detail}"), tr("Choose another file.")),
        "FILE_NOT_WRITTEN": Explanation(
            tr("The file could not be written: {detail}"), tr("Choose another name or folder.")
        ),
    }
