"""The lanes of a server's settings: a thread of this process, or Ray's actors."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from mgie.errors import BadOption
from mgie.server.lane import Lane, ThreadLane
from mgie.server.model_registry import InstalledModels, load_installed
from mgie.server.settings import ServerSettings
from mgie.weights.manifest import MANIFEST_NAME, read_manifest

if TYPE_CHECKING:
    from mgie.server.worker import LaneWorker


def installed(settings: ServerSettings) -> tuple[InstalledModels, str]:
    """The installed models and the default one's name; a folder given as the model joins them."""
    folder = Path(settings.model).expanduser()
    if (folder / MANIFEST_NAME).is_file():
        models = InstalledModels(settings.models_dir, extra=folder, sources=settings.sources)
        return models, read_manifest(folder).name
    return InstalledModels(settings.models_dir, sources=settings.sources), settings.model


def make_lanes(settings: ServerSettings) -> Sequence[Lane]:
    """Lanes that load installed models."""
    make_worker = partial(build_worker, settings)
    if not settings.ray_address:
        return [ThreadLane(make_worker)]
    try:
        from mgie.server.ray_lane import make_ray_lanes
    except ImportError as error:
        raise BadOption("Ray is not installed; add it with pip install 'mgie[scale]'") from error
    uses_gpu = False if settings.device == "cpu" else None
    return make_ray_lanes(settings.ray_address, settings.num_lanes, make_worker, uses_gpu=uses_gpu)


def build_worker(settings: ServerSettings) -> LaneWorker:
    """The worker of one lane, built where it will work."""
    from mgie.server.worker import LaneWorker

    registry, _ = installed(settings)
    return LaneWorker(
        lambda model: load_installed(registry, model, settings.load_options),
        max_samples=settings.max_samples,
        num_encodings=settings.num_encodings,
        overlap=settings.overlap,
    )
