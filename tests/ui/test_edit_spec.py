"""What a job asks of the backend."""

from __future__ import annotations

from dataclasses import fields, replace

from mgie.api.compose_options import ComposeOptions
from mgie.api.edit import EditSpec
from mgie.api.pixel_blobs import MaskBlob, PictureBlob
from mgie.api.rect import Rect
from mgie.host.types import HostMask
from mgie.panel.edit_spec import edit_spec
from mgie.panel.state.job import Job
from mgie.panel.state.panel import PanelState
from mgie.panel.state.progress import Progress
from mgie.panel.state.references import Reference
from mgie.panel.state.saved import from_json, to_json
from mgie.panel.state.settings import CUSTOM, Settings
from support.fake_ports import GUIDANCE, STEPS, TARGET, result

SETTINGS = Settings(
    model="scripted",
    preset=CUSTOM,
    options={STEPS.name: 2, GUIDANCE.name: 9.5},
    compose=ComposeOptions(
        padding=0.5,
        grow_px=7,
        feather_px=11,
        blend_px=3,
        transfer="content",
        colour_match=0.25,
        corrects_drift=False,
        is_square=True,
        max_scale=2.0,
        tile_overlap=0.125,
    ),
    seed=5,
    is_seed_locked=True,
    num_variations=2,
    holds_before_sampling=True,
)
LAYER = Reference(document=TARGET.document, layer="1", name="photo")
JOB = Job(
    key="j", target=TARGET, instruction="add snow", text="Snow lies.", settings=SETTINGS, references=(LAYER,)
)
MASK = MaskBlob(rect=Rect(x=4, y=5, width=8, height=6), blob_digest="0" * 64)
PICTURE: PictureBlob = result().edit_result.picture


def test_every_field_of_a_spec_comes_from_the_job() -> None:
    spec = edit_spec(JOB, PICTURE, MASK, (PICTURE,))
    default = EditSpec(picture=PICTURE, instruction="")
    same = [f.name for f in fields(EditSpec) if getattr(spec, f.name) == getattr(default, f.name)]
    assert set(same) == {"picture"}
    assert spec.seeds == (5, 6)
    assert spec.compose == replace(SETTINGS.compose, leaves_weight_to_layer=True)


def test_every_field_the_panel_can_set_arrives_in_the_backend(bench) -> None:
    """From the session's settings to what the service received."""
    mask = MASK.rect
    coverage = bytes([255]) * (mask.num_pixels - 1) + b"\x80"
    bench.host.select(bench.document, HostMask(rect=mask, coverage=coverage))
    bench.start()
    session = bench.panel.session
    session.choose_settings(SETTINGS)
    session.type_instruction(JOB.instruction)
    session.type_text(JOB.text)
    session.runs.edit()
    bench.wait(lambda: bool(bench.backend.edits))
    arrived = bench.backend.edits["edits/1"].spec
    expected = edit_spec(JOB, arrived.picture, arrived.mask)
    for field in fields(EditSpec):
        assert getattr(arrived, field.name) == getattr(expected, field.name), field.name
    assert arrived.picture.raw is not None
    assert arrived.picture.raw.rect == Rect(0, 0, 40, 30)
    assert arrived.mask is not None
    assert arrived.mask.rect == mask


def test_a_batch_never_waits_for_an_answer() -> None:
    assert edit_spec(JOB, PICTURE, None).hold_when_unsure
    assert not edit_spec(replace(JOB, batch="b"), PICTURE, None).hold_when_unsure


def test_every_field_of_a_job_survives_a_restart_of_the_panel() -> None:
    state = PanelState(settings=SETTINGS, job=JOB, edit=Progress(job="j", edit="edits/1"))
    back = from_json(to_json(state))
    assert back.settings == SETTINGS
    assert back.job == JOB
