"""Results that were finished but neither placed nor saved when the panel had to go: written to files."""

from __future__ import annotations

import logging
import re
from pathlib import Path

from mgie.host.errors import HostError
from mgie.panel import pixels
from mgie.panel.codec import FileCodec
from mgie.panel.state.job import FinishedResult
from mgie.panel.state.panel import PanelState

log = logging.getLogger(__name__)


def write_unplaced(state: PanelState, folder: Path) -> list[Path]:
    """Write every result that is nowhere else; returns the files."""
    written: list[Path] = []
    for finished in state.loose:
        path = folder / file_name(finished)
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            picture = pixels.cut_out(finished.result.picture, finished.result.weight)
            FileCodec().write(path, picture, [finished.result.record_json])
            written.append(path)
        except (HostError, OSError) as error:
            log.error("a result could not be recovered: %s", error)
    if written:
        log.warning("%d results that were not placed are in %s", len(written), folder)
    return written


def file_name(finished: FinishedResult) -> str:
    """Document and instruction as far as they make a file name, and the job's id."""
    words = f"{Path(finished.job.target.document_name).stem} {finished.job.instruction}"
    slug = re.sub(r"\W+", "-", words).strip("-")[:60]
    ending = pixels.file_ending(finished.result.picture.format)
    return f"{slug}-{finished.job.key[:8]}-{finished.result.index}.{ending}"
