"""The record of a result: how the picture was made, in the form that files carry."""

from __future__ import annotations

from typing import Any

from mgie.api.models import Model
from mgie.api.options import Options
from mgie.api.picture import Picture
from mgie.files.record import EditRecord as PictureEdit
from mgie.files.record import make_edit_record, make_provenance, record_values
from mgie.pipeline import EditPlan, Prepared
from mgie.server.edit_record import EditRecord
from mgie.server.lane_reports import SampleReady


def record_json(
    record: EditRecord,
    model: Model,
    options: Options,
    plan: EditPlan,
    sample: SampleReady,
    *,
    result: Picture,
    report: dict[str, Any],
) -> str:
    """One line of JSON; the tiles of the region are edits of one group. result: the whole picture after it."""

    def edit_of(tile: Prepared) -> PictureEdit:
        is_given = bool(record.given_instruction)
        return make_edit_record(
            instruction=record.spec.instruction,
            written=record.written_instruction or ("" if is_given else sample.text),
            corrected=sample.text if is_given else None,
            seed=sample.seed,
            model=model.id,
            model_digest=model.digest,
            sampling=dict(options),
            compose=record_values(record.spec.compose),
            rect=tile.region.rect,
            mask=tile.region.mask,
            report=report,
        )

    provenance = make_provenance(
        input_name="",
        source=plan.picture,
        result=result,
        edits=tuple(edit_of(plan.tiles[tile.tile]) for tile in sample.tiles),
        device=sample.device,
    )
    return provenance.to_json()
