"""How long an edit would take and whether it fits, from what this machine has measured."""

from __future__ import annotations

from mgie.api.options import Options
from mgie.api.system import Estimate
from mgie.model.load_options import WORKSPACE_BYTES
from mgie.server.expected_plan import ExpectedPlan
from mgie.server.lane import LaneState
from mgie.server.store import Averages


def estimate(
    averages: Averages,
    lane: LaneState,
    options: Options,
    *,
    num_pixels: int,
    num_seeds: int,
    model_bytes: int,
    is_loaded: bool,
    expected: ExpectedPlan | None = None,
) -> Estimate:
    """Forecast an edit of `num_pixels` with `num_seeds` results; when its turn comes is not said.

    options: all of the model's. expected: what it would be loaded as, where it is not.
    """
    planned_bytes = expected.needed_bytes if expected is not None else model_bytes + WORKSPACE_BYTES
    needed_bytes = averages.peak_bytes or planned_bytes
    # Another model makes room before this one is loaded.
    free_bytes = lane.free_bytes + (lane.ours_bytes if lane.loaded_models else 0)
    # Unknown memory (no lane has loaded anything yet) is no reason to refuse.
    fits = not lane.total_bytes or needed_bytes <= free_bytes
    seconds = None
    if averages.step_s is not None:
        num_steps = float(options.get("num_inference_steps", 1))
        finish_s = (averages.finish_s_per_megapixel or 0.0) * num_pixels / 1e6
        seconds = num_seeds * (num_steps * averages.step_s + finish_s) + (averages.encode_s or 0.0)
    return Estimate(
        fits=fits,
        seconds=seconds,
        needed_bytes=needed_bytes,
        free_bytes=free_bytes,
        explanation=_explanation(fits, seconds, needed_bytes, free_bytes, averages.num_measured)
        + _plan(lane, expected, is_loaded=is_loaded),
        num_measured=averages.num_measured,
    )


def _plan(lane: LaneState, expected: ExpectedPlan | None, *, is_loaded: bool) -> str:
    if is_loaded:
        return f" (loaded as: {lane.memory_plan})" if lane.memory_plan else ""
    return f" (not loaded yet; expected as: {expected.text})" if expected is not None else ""


def _explanation(
    fits: bool, seconds: float | None, needed_bytes: int, free_bytes: int, num_measured: int
) -> str:
    if not fits:
        return (
            f"needs about {needed_bytes / 1e9:.1f} GB and {free_bytes / 1e9:.1f} GB are free: "
            "parts of the model will be moved out while it runs, which is slower"
        )
    if seconds is None:
        return "nothing measured on this machine yet; the first edit will show"
    return f"about {seconds:.1f} s, from {num_measured} edits on this machine"
