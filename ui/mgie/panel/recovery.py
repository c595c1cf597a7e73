"""Results that were finished but neither placed nor saved when the panel had to go: written to files."""

from __future__ import annotations

import logging
import re
from pathlib import Path

from mgie.host.errors import HostError
from mgie.panel import pixels
from mgie.panel.codec import QtCodec
from mgie.panel.state.job import Fate, Kept
from mgie.panel.state.panel import PanelState

log = logging.getLogger(__name__)


def rescue(state: PanelState, folder: Path) -> list[Path]:
    """Write every result that is nowhere else; returns the files."""
    written: list[Path] = []
    for kept in state.kept:
        if kept.fate in (Fate.WAITING, Fate.PLACING, Fate.KEPT):
            path = folder / file_name(kept)
            try:
                folder.mkdir(parents=True, exist_ok=True, mode=0o700)
                picture = pixels.cut_out(kept.result.picture, kept.result.weight)
                QtCodec().write(path, picture, kept.result.result.record_json)
                written.append(path)
            except (HostError, OSError) as error:
                log.error("a result could not be rescued: %s", error)
    if written:
        log.warning("%d results that were not placed are in %s", len(written), folder)
    return written


def file_name(kept: Kept) -> str:
    """Document and instruction as far as they make a file name, and the job's id."""
    words = f"{Path(kept.job.target.document_name).stem} {kept.job.instruction}"
    slug = re.sub(r"\W+", "-", words).strip("-")[:60]
    return f"{slug}-{kept.job.key[:8]}-{kept.result.index}.png"
