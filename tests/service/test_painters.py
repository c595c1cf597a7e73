"""Painters of today through a server: masks, full resolution, references, and several models in one queue."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from mgie.api.edit import EditResult, EditSpec, EditState
from mgie.api.pixel_blobs import PictureBlob, PictureSpec
from mgie.api.rect import Rect
from mgie.api.system import EstimateRequest
from mgie.client.blocking import Client
from mgie.server.lanes import installed, make_lanes
from support.fake_service import fake_settings, running_lanes
from support.service_calls import bodies, upload_mask
from support.tiny_painters import PAINTERS, install_painters

WIDTH, HEIGHT = 150, 110  # the models paint 64 px
MASK = Rect(40, 30, 60, 50)


@pytest.fixture(scope="module")
def models_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return install_painters(tmp_path_factory.mktemp("painters"))


@pytest.fixture
def client(state_dir: Path, models_dir: Path) -> Iterator[Client]:
    """Of a server as it is started for people."""
    settings = fake_settings(state_dir, model="tiny-flux", models_dir=models_dir, device="cpu", preload=False)
    registry, _ = installed(settings)
    lanes = make_lanes(settings)
    with running_lanes(lanes, registry, settings) as discovery, Client.connect(discovery) as client:
        yield client


def test_a_forecast_names_the_memory_plan_before_and_after_loading(client: Client) -> None:
    question = EstimateRequest(model="tiny-flux", width=WIDTH, height=HEIGHT)
    before = client.estimate(question).explanation
    assert "(not loaded yet; expected as: fp32, all on the device, about 1.1 GB)" in before
    list(client.watch_edit(client.create_edit(spec_of(client, "tiny-flux")).name))
    after = client.estimate(question).explanation
    assert after.endswith("(loaded as: fp32, all on the device, about 1.1 GB)")
    other = client.estimate(replace(question, model="tiny-qwen")).explanation
    assert other.endswith("(not loaded yet; expected as: fp32, all on the device, about 1.1 GB)")


def deep_picture(seed: int) -> npt.NDArray[np.uint16]:
    """(HEIGHT, WIDTH, 3) 16-bit noise over a ramp."""
    ramp = np.linspace(9000, 50000, WIDTH)[None, :, None] + np.zeros((HEIGHT, WIDTH, 3))
    return (ramp + np.random.default_rng(seed).integers(0, 9000, ramp.shape)).astype(np.uint16)


def upload(client: Client, pixels: npt.NDArray[np.uint16]) -> PictureBlob:
    (digest,) = client.upload(pixels.tobytes())
    spec = PictureSpec(rect=Rect(0, 0, WIDTH, HEIGHT), sample_type="u16", channels="rgb")
    return PictureBlob(blob_digest=digest, raw=spec)


def spec_of(client: Client, model: str, *, seed: int = 1, references: int = 0) -> EditSpec:
    return EditSpec(
        picture=upload(client, deep_picture(0)),
        mask=upload_mask(client, *MASK),
        instruction="make it red",
        model=model,
        options={"num_inference_steps": 2},
        seeds=(seed,),
        references=tuple(upload(client, deep_picture(number)) for number in range(1, references + 1)),
    )


def result_of(client: Client, edit: str) -> EditResult:
    (result,) = bodies(client.watch_edit(edit), EditResult)
    return result


def landed(client: Client, result: EditResult) -> npt.NDArray[np.uint16]:
    """The whole picture with the result in it."""
    whole, rect = deep_picture(0), result.picture.raw.rect
    pixels = np.frombuffer(client.download(result.picture.blob_digest), np.uint16)
    rows, columns = slice(rect.y, rect.y + rect.height), slice(rect.x, rect.x + rect.width)
    whole[rows, columns] = pixels.reshape(rect.height, rect.width, -1)[..., :3]
    return whole


@pytest.mark.parametrize("model", PAINTERS)
def test_an_edit_lands_in_full_resolution_and_not_one_pixel_outside(client: Client, model: str) -> None:
    edit = client.create_edit(spec_of(client, model))
    before, after = deep_picture(0), landed(client, result_of(client, edit.name))
    inside = np.zeros((HEIGHT, WIDTH), bool)
    inside[MASK.y : MASK.y + MASK.height, MASK.x : MASK.x + MASK.width] = True
    differs = (before != after).any(axis=-1)
    assert not differs[~inside].any()
    assert differs[inside].mean() > 0.5


@pytest.mark.parametrize("model", ["klein", "tiny-qwen"])
def test_references_change_what_is_painted(client: Client, model: str) -> None:
    alone, with_two = (
        landed(client, result_of(client, client.create_edit(spec_of(client, model, references=n)).name))
        for n in (0, 2)
    )
    assert (alone != with_two).any()


def test_changing_the_model_drops_nothing_from_a_queue(client: Client) -> None:
    """Edits by three models, waiting in turn: each is painted by its own, and paints what it paints alone."""
    waiting = [
        (model, seed, client.create_edit(spec_of(client, model, seed=seed)).name)
        for seed in (1, 2)
        for model in PAINTERS
    ]
    client.load_model("models/klein")  # a change by hand, between them
    client.unload_model()
    pictures = {(model, seed): landed(client, result_of(client, name)) for model, seed, name in waiting}
    assert [client.get_edit(name).state for _, _, name in waiting] == [EditState.SUCCEEDED] * len(waiting)
    for model, seed in (("tiny-qwen", 1), ("klein", 2)):
        again = client.create_edit(spec_of(client, model, seed=seed))
        assert np.array_equal(landed(client, result_of(client, again.name)), pictures[model, seed])
    assert len({picture.tobytes() for picture in pictures.values()}) == len(pictures)
