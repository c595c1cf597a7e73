"""A failure as a text to pass on: what was running and what was said, without anything of the artist's."""

from __future__ import annotations

import getpass
import platform
import re
from importlib import metadata
from pathlib import Path

from PyQt6.QtCore import QT_VERSION_STR

from mgie.api.failure import Failure
from mgie.panel.state.panel import PanelState

_PATH = re.compile(r"(?:[A-Za-z]:)?(?:[\\/](?:[^\s\\/:'\"<>|,;()]+)){2,}[\\/]?|~[\\/][^\s'\",;]*")
_ADDRESS = re.compile(r"\b(?:\d{1,3}\.){3}\d{1,3}(?::\d+)?\b|\b[\w.-]+@[\w-]+\.[\w.-]+\b|\bhttps?://\S+")
_SECRET = re.compile(r"\b[0-9A-Fa-f]{16,}\b|\b[A-Za-z0-9_-]{32,}\b")
MAX_MESSAGE = 2000  # characters of what the other side said


def diagnostics(state: PanelState, failure: Failure) -> str:
    """Versions, model, state of both links, and the failure. In English, for whoever mends it."""
    host, backend, model = state.host, state.backend, state.model
    target, edit = host.target, state.edit
    lines = [
        f"mgie {_version()} on {platform.system()} {platform.release()} {platform.machine()}",
        f"Python {platform.python_version()}, Qt {QT_VERSION_STR}",
        f"host: {host.name or 'none'} {host.version}".rstrip(),
        f"backend: {backend.link.value}, {backend.device or 'device unknown'}",
        f"model: {model.kind if model else 'none'} {model.id if model else ''}".rstrip(),
    ]
    if target is not None:
        bounds = target.bounds
        form = f"{target.format.channels} {target.format.sample}"
        size = f"{target.width} x {target.height} px, edited {bounds.width} x {bounds.height} px"
        lines.append(f"document: {size}, {form}")
    if edit is not None:
        lines.append(f"edit: {edit.phase.name}, step {edit.step} of {edit.num_steps}")
    lines += [f"reason: {failure.reason}", f"message: {redacted(failure.message, state)[:MAX_MESSAGE]}"]
    return "\n".join(lines)


def redacted(text: str, state: PanelState) -> str:
    """The text without paths, addresses, keys, names, and the artist's words."""
    private = {str(Path.home()): "~", _user(): "<user>"}
    target, job = state.host.target, state.job
    if target is not None:
        private |= {target.document_name: "<document>", target.layer_name: "<layer>"}
    words = [
        state.draft.instruction,
        state.draft.text,
        job.instruction if job else "",
        job.text if job else "",
    ]
    private |= dict.fromkeys(words, "<words>")
    for value in sorted(private, key=len, reverse=True):
        if len(value) > 2:
            text = text.replace(value, private[value])
    for pattern, name in ((_ADDRESS, "<address>"), (_PATH, "<path>"), (_SECRET, "<key>")):
        text = pattern.sub(name, text)
    return text


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # no such account, as in a container
        return ""


def _version() -> str:
    try:
        return metadata.version("mgie")
    except metadata.PackageNotFoundError:
        return "of a source tree"
