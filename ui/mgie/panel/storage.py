"""The files that keep what must not be lost: read before the window opens, written by a thread of its own."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from PyQt6.QtCore import QObject, QTimer

from mgie.atomic_write import write_atomically
from mgie.host.types import HostMask
from mgie.panel.mask_files import keep_masks, read_mask
from mgie.panel.session import Session
from mgie.panel.state.panel import PanelState
from mgie.panel.state.saved import from_json, kept_masks, to_json
from mgie.panel.worker import Worker

log = logging.getLogger(__name__)

CALM_MS = 400  # after the last change before it is written


def load(path: Path) -> PanelState:
    """The state of the last time; a fresh one where there is none."""
    try:
        return from_json(path.read_text(encoding="utf-8"), partial(read_mask, masks_folder(path)))
    except FileNotFoundError:
        return PanelState()
    except (OSError, UnicodeDecodeError) as error:
        log.warning("%s cannot be read: %s", path.name, error)
        return PanelState()


def masks_folder(path: Path) -> Path:
    """Where the masks of the regions in a file of drafts lie."""
    return path.with_suffix(".masks")


def write(path: Path, text: str) -> None:
    """Replace the file in one step, readable by its owner only."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_atomically(path, text.encode(), mode=0o600, follows_links=False)


class DraftWriter(QObject):
    """Writes the session's drafts a moment after they change, and at once when asked."""

    def __init__(self, session: Session, path: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session, self._path = session, path
        self._written = to_json(session.state)
        self._worker = Worker("panel-drafts")
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(CALM_MS)
        self._timer.timeout.connect(self._save)
        session.subscribe(self._changed)

    def close(self) -> None:
        """Write what is not written yet."""
        self._timer.stop()
        self._save()
        self._worker.close()

    def _changed(self, state: PanelState) -> None:
        if not self._timer.isActive():
            self._timer.start()

    def _save(self) -> None:
        text = to_json(self._session.state)
        if text != self._written:
            self._written = text
            masks = kept_masks(self._session.state)
            self._worker.submit(lambda: self._write(text, masks))

    def _write(self, text: str, masks: Mapping[str, HostMask]) -> None:
        try:
            keep_masks(masks_folder(self._path), masks)
            write(self._path, text)
        except OSError as error:
            log.warning("drafts are not kept: %s", error)
