"""The record of a result: how the picture was made, in the form that files carry."""

from __future__ import annotations

from typing import Any

from mgie.api.models import Model
from mgie.api.options import Options
from mgie.api.picture import Picture
from mgie.files.record import make_edit_record, make_provenance, record_values
from mgie.pipeline import EditPlan
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
    """One line of JSON. Tiles are not named: the same region leads to the same ones.

    result: the whole picture after the edit.
    """
    region = plan.overview.region
    is_given = bool(record.given_instruction)
    edit = make_edit_record(
        instruction=record.spec.instruction,
        written=record.written_instruction or ("" if is_given else sample.text),
        corrected=sample.text if is_given else None,
        seed=sample.seed,
        model=model.id,
        model_digest=model.digest,
        sampling=dict(options),
        compose=record_values(record.spec.compose),
        rect=region.rect,
        mask=region.mask,
        report=report,
    )
    provenance = make_provenance(
        input_name="",
        source=plan.picture,
        result=result,
        edits=(edit,),
        device=sample.device,
        memory_plan=sample.memory_plan,
    )
    return provenance.to_json()
