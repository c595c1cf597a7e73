"""Job files and options as jobs: what is read, what is refused, and what an edit is made of."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mgie.api.picture import Picture
from mgie.api.pixel_blobs import EncodedSpec, PictureBlob
from mgie.api.rect import Rect
from mgie.cli.edit_options import plain_value
from mgie.cli.edit_specs import edit_spec, load_region, read_mask, selections_of
from mgie.cli.jobs import PictureJob, RegionJob, job_from, read_jobs
from mgie.cli.reproduce import job_from_record
from mgie.cli.server_options import ServerChoice
from mgie.errors import BadData, BadMask, BadOption, EmptyInstruction
from mgie.files.document import Document
from mgie.files.record import EditRecord, Provenance
from mgie.files.save import save_document
from support.fake_pictures import make_picture

BLOB = PictureBlob(blob_digest="a" * 64, encoded=EncodedSpec())


def job(*regions: RegionJob, **fields: Any) -> PictureJob:
    return PictureJob(
        input=Path("in.png"),
        output=Path("out.png"),
        regions=regions or (RegionJob(instruction="brighter"),),
        seeds=(1,),
        **fields,
    )


def test_job_files_set_defaults_items_and_regions(tmp_path: Path) -> None:
    path = tmp_path / "job.yaml"
    path.write_text(
        "steps: 7\nfeather: 3\nitems:\n"
        "  - {input: a.png, output: b.png, instruction: warmer, seed: 5, variations: 2,\n"
        "     context: [1, 2, 30, 40], options: {is-tiled: true}, references: [r.png], review: true}\n"
        "  - input: c.png\n    output: d.png\n    feather: 9\n    model: other\n    ask: true\n    regions:\n"
        "      - {region: '1,2,3,4', instruction: x}\n      - {mask: m.png, instruction: y, expressive: z}\n"
    )
    first, second = read_jobs(path, {"sampler": "unipc", "seed": 0, "model": "mine"})
    assert first.input == tmp_path / "a.png"
    assert first.seeds == (5, 6)
    assert first.output_of(1) == tmp_path / "b-2.png"
    assert first.options == {"num_inference_steps": 7, "sampler": "unipc", "is_tiled": True}
    assert first.compose.context_rect == Rect(1, 2, 30, 40)
    assert first.references == (tmp_path / "r.png",)
    assert (first.hold_before_sampling, first.hold_when_unsure) == (True, False)
    assert (first.model, second.model) == ("mine", "other")
    assert (first.compose.feather_px, second.compose.feather_px) == (3, 9)
    assert second.hold_when_unsure
    assert second.regions[0].rect == Rect(1, 2, 3, 4)
    assert second.regions[1] == RegionJob(
        instruction="y", mask=tmp_path / "m.png", expressive_instruction="z"
    )


@pytest.mark.parametrize(
    ("item", "error"),
    [
        ({"output": "b.png", "instruction": "x"}, BadData),
        ({"input": "a.png", "output": "b.png"}, EmptyInstruction),
        ({"input": "a.png", "output": "b.png", "instruction": None}, EmptyInstruction),
        ({"input": "a.png", "output": "b.png", "instruction": " \n"}, EmptyInstruction),
        ({"input": "a.png", "output": "b.png", "instruction": 3}, BadData),
        ({"input": 3, "output": "b.png", "instruction": "x"}, BadData),
        ({"input": "a\0.png", "output": "b.png", "instruction": "x"}, BadData),
        ({"input": "a.png", "output": "b\ud800.png", "instruction": "x"}, BadData),
        ({"input": "a", "output": "b.png", "instruction": "x", "region": "1,2,3"}, BadOption),
        ({"input": "a", "output": "b.png", "instruction": "x", "region": [1, 2, 0, 4]}, BadOption),
        ({"input": "a", "output": "b.png", "instruction": "x", "region": 0}, BadOption),
        ({"input": "a", "output": "b.png", "instruction": "x", "strength": 3}, BadOption),
        ({"input": "a", "output": "b.png", "instruction": "x", "feather": "wide"}, BadOption),
        ({"input": "a", "output": "b.png", "instruction": "x", "variations": 0}, BadOption),
        ({"input": "a", "output": "b.png", "instruction": "x", "variations": "two"}, BadData),
        ({"input": "a", "output": "b.png", "instruction": "x", "seed": -1}, BadOption),
        ({"input": "a", "output": "b.png", "instruction": "x", "seed": True}, BadData),
        ({"input": "a", "output": "b.png", "instruction": "x", "options": [1]}, BadData),
        ({"input": "a", "output": "b.png", "instruction": "x", "steps": [1]}, BadData),
        ({"input": "a", "output": "b.png", "instruction": "x", "review": "yes"}, BadData),
        ({"input": "a", "output": "b.png", "instruction": "x", "references": "r.png"}, BadData),
        ({"input": "a", "output": "b.png", "regions": [{"instruction": "x", "colour": 1}]}, BadOption),
        ({"input": "a", "output": "b.png", "regions": []}, BadData),
        ({"input": "a", "output": "b.png", "regions": ["x"]}, BadData),
        ({"input": "a", "output": "b.png", "instruction": "x", 1: 2}, BadData),
        ({"input": "a", "output": "b.png", "instruction": "x", "": 2}, BadData),
        ({"input": "a", "output": "b.png", "instruction": "x", None: 2}, BadData),
    ],
)
def test_jobs_that_make_no_sense_are_refused(item: dict[Any, Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        job_from(Path(), item)


@pytest.mark.parametrize(
    "content",
    [
        b"items: 3",
        b"- a",
        b"items: [3]",
        b"items: [",
        b"\x00",
        b"",
        b"items:\n- {input: a, output: caf\xe9}",
        b"{" * 3000,
        b"items:\n- {? {a: b} : c}",
    ],
)
def test_damaged_job_files_are_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "job.yaml").write_bytes(content)
    with pytest.raises(BadData, match=r"job\.yaml"):
        read_jobs(tmp_path / "job.yaml", {})


def test_a_value_that_unfolds_without_end_is_told_shortly(tmp_path: Path) -> None:
    folds = "".join(f"b{n}: &b{n} [{','.join([f'*b{n - 1}'] * 9)}]\n" for n in range(1, 8))
    (tmp_path / "job.yaml").write_text(f"b0: &b0 [x]\n{folds}items: [*b7]")
    with pytest.raises(BadData, match="expected keys and values, got") as refused:
        read_jobs(tmp_path / "job.yaml", {})
    assert len(str(refused.value)) < 1000


def test_letters_that_json_writes_as_pairs_are_letters(tmp_path: Path) -> None:
    items = [{"input": "\U0001f600.png", "output": "caf\udce9.png", "instruction": "x"}]
    (tmp_path / "job.json").write_text(json.dumps({"items": items}))
    (job,) = read_jobs(tmp_path / "job.json", {})
    assert job.input == tmp_path / "\U0001f600.png"
    assert job.output == tmp_path / "caf\udce9.png"


def test_an_item_is_named_in_its_error(tmp_path: Path) -> None:
    (tmp_path / "job.yaml").write_text("items: [{input: a, output: b.png, instruction: x, feather: -1}]")
    with pytest.raises(BadOption, match=r"job\.yaml, item 1: feather_px is -1"):
        read_jobs(tmp_path / "job.yaml", {})


def test_words_from_outside_are_cleaned() -> None:
    found = job_from(Path(), {"input": "a", "output": "b.png", "instruction": "bright\udcff\0"})
    assert found.regions[0].instruction == "bright\ufffd"


@pytest.mark.parametrize(
    ("text", "value"),
    [("3", 3), ("3.5", 3.5), ("true", True), ("False", False), ("euler_a", "euler_a"), ("1e3", 1000.0)],
)
def test_an_option_has_the_value_that_its_text_means(text: str, value: object) -> None:
    found = plain_value(text)
    assert (type(found), found) == (type(value), value)


def test_the_whole_picture_needs_no_mask() -> None:
    (selection,) = selections_of(job(), make_picture())
    assert selection.region is None


def test_regions_of_the_same_words_that_touch_are_one() -> None:
    regions = (
        RegionJob(instruction="a", rect=Rect(0, 0, 10, 10)),
        RegionJob(instruction="b", rect=Rect(30, 0, 10, 10)),
        RegionJob(instruction="a", rect=Rect(10, 0, 10, 10)),
        RegionJob(instruction="a", expressive_instruction="z", rect=Rect(20, 0, 10, 10)),
    )
    found = selections_of(job(*regions), make_picture(40, 50))
    assert [(s.instruction, s.expressive_instruction) for s in found] == [("b", ""), ("a", ""), ("a", "z")]
    assert [s.region.rect for s in found if s.region] == [
        Rect(30, 0, 10, 10),
        Rect(0, 0, 20, 10),
        Rect(20, 0, 10, 10),
    ]


def test_a_mask_may_have_the_pictures_or_the_rectangles_size(tmp_path: Path) -> None:
    picture = make_picture(40, 50)
    mask = np.zeros((40, 50, 1), np.uint8)
    mask[10:20, 10:30] = 255
    save_document(tmp_path / "whole.png", Document(picture=Picture(pixels=mask)))
    save_document(tmp_path / "part.png", Document(picture=Picture(pixels=mask[5:25, 5:45])))
    whole = load_region(RegionJob(instruction="a", mask=tmp_path / "whole.png"), picture)
    np.testing.assert_array_equal(whole.coverage(), mask[..., 0])
    rect = Rect(5, 5, 40, 20)
    for name in ("whole.png", "part.png"):
        part = load_region(RegionJob(instruction="a", mask=tmp_path / name, rect=rect), picture)
        assert part.rect == rect
        np.testing.assert_array_equal(part.coverage(), mask[5:25, 5:45, 0])
    with pytest.raises(BadMask, match="40x20"):
        load_region(RegionJob(instruction="a", mask=tmp_path / "part.png"), picture)


def test_masks_with_an_alpha_channel_mean_what_they_show(tmp_path: Path) -> None:
    shape = np.zeros((8, 8), np.uint8)
    shape[2:5, 3:6] = 255
    full, white, black = np.full_like(shape, 255), np.full_like(shape, 255), np.zeros_like(shape)
    for channels, expected in (
        ((shape, shape, shape, full), shape),  # white on black, opaque
        ((shape, full), shape),
        ((white, white, white, shape), shape),  # painted on nothing
        ((black, black, black, shape), shape),
        ((black, black, black, full), black),  # nothing is white
        ((shape, white), shape),
    ):
        picture = Picture(pixels=np.dstack(channels), alpha="straight")
        save_document(tmp_path / "m.png", Document(picture=picture))
        np.testing.assert_array_equal(read_mask(tmp_path / "m.png"), expected)


def test_what_lies_over_others_leaves_its_weight_to_the_layer() -> None:
    (selection,) = selections_of(job(), make_picture())
    for is_layer in (False, True):
        spec = edit_spec(
            job(), selection, picture=BLOB, mask=None, references=(), seeds=(1,), is_layer=is_layer
        )
        assert spec.compose.leaves_weight_to_layer is is_layer


def test_a_record_leads_to_its_job() -> None:
    edit = EditRecord(
        instruction="a",
        expressive_instruction="written",
        corrected_instruction="corrected",
        seed=5,
        model="m",
        model_digest="d",
        sampling={"num_inference_steps": 3},
        compose={"feather_px": 2.0, "context": "custom", "context_rect": [0, 0, 4, 4]},
        rect=(1, 2, 3, 4),
        report={},
    )
    record = Provenance(input_name="in.png", input_digest="", output_digest="", versions={}, edits=(edit,))
    found = job_from_record(record, Path("in.png"), "m")
    assert found.regions == (
        RegionJob(instruction="a", expressive_instruction="corrected", rect=Rect(1, 2, 3, 4)),
    )
    assert (found.seeds, found.options, found.model) == ((5,), {"num_inference_steps": 3}, "m")
    assert found.compose.context_rect == Rect(0, 0, 4, 4)


def test_a_model_is_a_name_or_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine").mkdir()
    assert ServerChoice(model="mgie-mini").model_folder is None
    assert ServerChoice().model_folder is None
    assert ServerChoice(model="mine").model_folder == tmp_path / "mine"
    assert ServerChoice(model="./runs/x").model_folder == tmp_path / "runs" / "x"


def test_a_remote_server_needs_its_token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert ServerChoice().remote() is None
    with pytest.raises(BadOption, match="--token-file"):
        ServerChoice(server="studio:7860").remote()
    with pytest.raises(BadOption, match="go with --server"):
        ServerChoice(remember="studio").remote()
    given = ServerChoice(server="studio:7860", token_file=tmp_path / "token", remember="studio").remote()
    assert ServerChoice(server="studio").remote() == given
    with pytest.raises(BadOption, match="remembered name"):
        ServerChoice(server="studio", fingerprint="ab" * 32).remote()
