"""How a result can be made to show more than all of itself."""

from __future__ import annotations

from mgie.host.types import HostPicture
from mgie.panel.state.guidance import guidance_of
from mgie.panel.state.job import FinishedResult
from mgie.panel.state.panel import PanelState


def is_guided(state: PanelState, result: FinishedResult) -> bool:
    """Whether it is painted anew from the same plan, with stronger guidance."""
    model = state.model_of(result.job)
    return bool(result.edit) and model is not None and guidance_of(model) is not None


def scale_base(state: PanelState, result: FinishedResult) -> HostPicture | None:
    """What a result's change is measured from; None where that is not kept at full size."""
    before, job = state.before, state.job
    if before is None or before.full is None or before.clip or job is None or job.key != result.job.key:
        return None
    base, picture = before.full.picture, result.result.picture
    is_alike = base.format == picture.format and base.rect.contains(picture.rect)
    return base if is_alike else None
