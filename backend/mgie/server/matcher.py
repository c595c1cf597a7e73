"""How much nearer a result is to the words than the input was, by a CLIP that lies among the models."""

from __future__ import annotations

import logging
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from mgie.api.picture import Picture
from mgie.compose.shrink import model_picture
from mgie.errors import BadCheckpoint

if TYPE_CHECKING:
    from mgie.model.clip_points import ClipPoints
    from mgie.pipeline import Prepared

log = logging.getLogger(__name__)

CLIP_FOLDER = "clip-vit-base-patch32"  # among the models, as transformers saves it


class Matcher:
    """Loads its CLIP on first use, on the processor: a picture takes a fraction of a second."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._clip: ClipPoints | None = None
        self._loading = threading.Lock()

    def match(self, seen: Prepared, result: Picture, text: str) -> float:
        """Cosine of result and words, less that of input and words; both as the model sees them."""
        clip = self._loaded()
        size = seen.model_image.size
        after = model_picture(result, seen.context, *size)
        before, edited = clip.images([np.asarray(seen.model_image), np.asarray(after)])
        (words,) = clip.texts([text])
        return float((edited - before) @ words)

    def _loaded(self) -> ClipPoints:
        from mgie.model.clip_points import ClipPoints

        with self._loading:
            if self._clip is None:
                try:
                    self._clip = ClipPoints(self._folder)
                except Exception as error:
                    raise BadCheckpoint(
                        f"{self._folder.name} among the models is no CLIP that transformers can load; "
                        "take it away, or fetch it anew"
                    ) from error
                log.info("matcher loaded folder=%s", self._folder.name)
            return self._clip


def find_matcher(models_dir: Path) -> Matcher | None:
    """None where no CLIP lies there."""
    folder = models_dir / CLIP_FOLDER
    return Matcher(folder) if (folder / "config.json").is_file() else None
