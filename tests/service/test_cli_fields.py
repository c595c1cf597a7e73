"""Every field of an edit that the command line can set arrives in the backend, and comes back."""

from __future__ import annotations

import json
from dataclasses import MISSING, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mgie.api.compose_options import ComposeOptions
from mgie.api.edit import EditSpec
from mgie.api.models import Model
from mgie.api.options import Preset
from mgie.api.rect import Rect
from mgie.client.blobs import digest_of
from mgie.client.blocking import Client
from mgie.files.record import EditRecord, from_json
from support.commands import mgie, save
from support.fake_editor import FakeEditor
from support.fake_service import fake_settings, running
from support.service_calls import pixels


class PictureTaker(FakeEditor):
    """Takes further pictures, so that every field of a spec may be set."""

    @property
    def info(self) -> Model:
        few = Preset(name="few", label="Few", options={"num_inference_steps": 2, "sampler": "unipc"})
        return replace(super().info, max_references=2, presets=(few,))


@pytest.fixture(name="taker")
def _taker(state_home: Path):
    """A client of a server, which the commands find, whose model takes everything."""
    with running(PictureTaker(), fake_settings(state_home)) as discovery, Client.connect(discovery) as client:
        yield client


COMPOSE = ComposeOptions(
    context="custom",
    context_rect=Rect(0, 0, 40, 30),
    padding=0.5,
    grow_px=-1,
    feather_px=2.5,
    blend_px=4.0,
    transfer="content",
    colour_match=0.5,
    corrects_drift=False,
    is_square=True,
    max_scale=2.0,
    tile_overlap=0.1,
    leaves_weight_to_layer=True,
)
OPTIONS = {"num_inference_steps": 3, "guidance_scale": 1.5, "image_guidance_scale": 2.5, "sampler": "unipc"}


def item(folder: Path) -> dict[str, Any]:
    """An item of a job file in which everything is set."""
    values = {field.name: getattr(COMPOSE, field.name) for field in fields(COMPOSE)}
    return {
        **{key: value for key, value in values.items() if key != "context_rect"},
        "context": list(COMPOSE.context_rect or ()),
        "input": "in.png",
        "output": "out.png",
        "instruction": "brighter",
        "expressive": "The sky is brighter.",
        "mask": "mask.png",
        "region": [1, 2, 20, 10],
        "model": "fake",
        "options": OPTIONS,
        "seed": 5,
        "variations": 2,
        "references": ["further.png"],
        "review": True,
        "ask": True,
    }


def inputs(folder: Path) -> tuple[Any, Any]:
    """The files of `item`; returns the mask and the further picture."""
    mask = np.zeros((10, 20, 1), np.uint8)
    mask[2:9, 3:17] = 200
    further = pixels(seed=3)
    save(folder / "in.png")
    save(folder / "mask.png", mask)
    save(folder / "further.png", further)
    return mask, further


def check_every_field(spec: EditSpec, mask: Any, further: Any, compose: ComposeOptions) -> None:
    assert spec.picture.blob_digest == digest_of(pixels().tobytes())
    assert spec.mask is not None
    assert (spec.mask.rect, spec.mask.blob_digest) == (Rect(1, 2, 20, 10), digest_of(mask.tobytes()))
    assert spec.instruction == "brighter"
    assert spec.expressive_instruction == "The sky is brighter."
    assert spec.model == "fake"
    assert dict(spec.options) == OPTIONS
    assert spec.seeds == (5, 6)
    assert spec.compose == compose
    assert [picture.blob_digest for picture in spec.references] == [digest_of(further.tobytes())]
    for field in fields(EditSpec):
        default = field.default_factory() if field.default_factory is not MISSING else field.default
        assert getattr(spec, field.name) != default, field.name


def test_every_field_of_a_job_file_arrives_and_comes_back(taker: Client, tmp_path: Path) -> None:
    assert not [f.name for f in fields(COMPOSE) if getattr(COMPOSE, f.name) == f.default]
    mask, further = inputs(tmp_path)
    (tmp_path / "job.json").write_text(json.dumps({"items": [item(tmp_path)]}))
    result = mgie("batch", tmp_path / "job.json", "--json")
    assert result.exit_code == 0, result.output
    (edit,) = taker.list_edits().edits
    check_every_field(edit.spec, mask, further, COMPOSE)
    assert taker.get_edit(edit.name).spec == edit.spec
    assert len(edit.results) == 2
    for found, seed in zip(edit.results, edit.spec.seeds, strict=True):
        (record,) = from_json(found.record_json).edits
        check_record(record, seed)


def check_record(record: EditRecord, seed: int) -> None:
    assert (record.instruction, record.corrected_instruction) == ("brighter", "The sky is brighter.")
    assert (record.seed, record.model, record.model_digest) == (seed, "fake", "f" * 64)
    assert {**record.sampling, **OPTIONS} == record.sampling
    assert record.compose == json.loads(
        json.dumps({f.name: getattr(COMPOSE, f.name) for f in fields(COMPOSE)})
    )
    assert Rect(*record.rect).within(Rect(1, 2, 20, 10)) == (slice(2, 9), slice(3, 17))
    assert record.mask_png == "" or len(record.mask_png) > 20
    assert record.report


def test_every_field_of_the_command_line_arrives(taker: Client, tmp_path: Path) -> None:
    mask, further = inputs(tmp_path)
    result = mgie(
        *("edit", tmp_path / "in.png", "brighter", "-o", tmp_path / "out.png", "--json"),
        *("--expressive", "The sky is brighter.", "--mask", tmp_path / "mask.png", "--region", "1,2,20,10"),
        *("--model", "fake", "--steps", 3, "--guidance-scale", 1.5, "--option", "image-guidance-scale=2.5"),
        *("--option", "sampler=unipc", "--seed", 5, "--variations", 2, "--review", "--ask"),
        *("--reference", tmp_path / "further.png", "--context", "0,0,40,30", "--grow", -1),
        *("--feather", 2.5, "--blend", 4, "--transfer", "content", "--colour-match", 0.5),
    )
    assert result.exit_code == 0, result.output
    (edit,) = taker.list_edits().edits
    compose = ComposeOptions(
        context="custom",
        context_rect=Rect(0, 0, 40, 30),
        grow_px=-1,
        feather_px=2.5,
        blend_px=4.0,
        transfer="content",
        colour_match=0.5,
    )
    check_every_field(edit.spec, mask, further, compose)


def test_a_preset_brings_its_options_and_others_go_before(taker: Client, tmp_path: Path) -> None:
    save(tmp_path / "in.png")
    common = ("edit", tmp_path / "in.png", "brighter", "-o", tmp_path / "out.png")
    result = mgie(*common, "--preset", "few", "--option", "num-inference-steps=3")
    assert result.exit_code == 0, result.output
    (edit,) = taker.list_edits().edits
    assert dict(edit.spec.options) == {"num_inference_steps": 3, "sampler": "unipc"}
    (tmp_path / "job.json").write_text(
        json.dumps({"items": [{"input": "in.png", "output": "2.png", "instruction": "x", "preset": "few"}]})
    )
    assert mgie("batch", tmp_path / "job.json").exit_code == 0
    assert {edit.spec.options["num_inference_steps"] for edit in taker.list_edits().edits} == {2, 3}
    wrong = mgie(*common, "--preset", "many")
    assert "this model has no preset 'many'; it has few" in str(wrong.exception)


def test_every_field_arrives_inside_a_batch(taker: Client, tmp_path: Path) -> None:
    mask, further = inputs(tmp_path)
    values = item(tmp_path)
    own = {key: values.pop(key) for key in ("instruction", "expressive", "mask", "region")}
    other = {"instruction": "darker", "expressive": "The ground is darker.", "region": [30, 20, 9, 9]}
    values["regions"] = [own, other]
    (tmp_path / "job.json").write_text(json.dumps({"items": [values]}))
    result = mgie("batch", tmp_path / "job.json", "--json")
    assert result.exit_code == 0, result.output
    first, second = sorted(taker.list_edits().edits, key=lambda edit: edit.batch_index)
    assert first.batch
    assert first.batch == second.batch
    check_every_field(first.spec, mask, further, COMPOSE)
    assert (
        replace(
            second.spec,
            mask=first.spec.mask,
            instruction="brighter",
            expressive_instruction="The sky is brighter.",
        )
        == first.spec
    )
