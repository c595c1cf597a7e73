"""More of an edit than the model made: its change itself is scaled, and its record says so."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np

from mgie.host.types import HostMask, HostPicture
from mgie.panel import pixels
from mgie.panel.state.pictures import ResultPicture


def scaled(result: ResultPicture, before: HostPicture, amount: float) -> ResultPicture:
    """A result with `amount` times its change; its record says so. For worker threads."""
    picture = pixels.amplified(result.picture, before, amount)
    side = max(result.frame.width, result.frame.height)
    frame = replace(pixels.frame_of(picture, side), coverage=result.frame.coverage)
    change_map = result.change_map
    if change_map is not None:
        change_map = HostMask(rect=change_map.rect, coverage=_more(change_map.coverage, amount))
    described = replace(result.edit_result, record_json=_recorded(result.record_json, amount))
    return replace(
        result,
        edit_result=described,
        picture=picture,
        frame=frame,
        change_map=change_map,
        changes=_more(result.changes, amount),
    )


def _more(values: bytes, amount: float) -> bytes:
    found = np.frombuffer(values, np.uint8).astype(np.float32)
    return np.rint(np.minimum(found * amount, 255)).astype(np.uint8).tobytes()


def _recorded(record: str, amount: float) -> str:
    """The record with `amount` in the report of its last edit; one that is none stays as it is."""
    try:
        loaded = json.loads(record)
        report = loaded["edits"][-1]["report"]
        report["amount"] = round(report.get("amount", 1.0) * amount, 4)
    except (ValueError, LookupError, TypeError, AttributeError):
        return record
    return json.dumps(loaded, ensure_ascii=False, sort_keys=True)
