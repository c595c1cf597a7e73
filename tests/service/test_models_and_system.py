"""Models, resources, forecasts, and what happens when memory runs out."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from mgie.api.edit import EditState
from mgie.api.events import EditWarning, PreviewOptions
from mgie.api.failure import ServiceError
from mgie.api.models import Operation
from mgie.api.system import EstimateRequest
from mgie.client.blocking import Client
from mgie.model.config_dict import config_to_dict
from mgie.model.presets import TINY
from mgie.server import model_install
from mgie.server.model_registry import InstalledModels
from mgie.server.operations import Work
from mgie.weights.manifest import Manifest, describe_file, write_manifest
from mgie.weights.pull_state import Remembered
from mgie.weights.sources import published_models
from support.fake_editor import FakeEditor, Script
from support.fake_service import fake_settings, lane_of, running, running_lanes
from support.service_calls import (
    kind_of,
    make_spec,
    steps,
)
from support.tiny import tiny_editor


def write_model(folder: Path, name: str = "tiny") -> Path:
    """A model folder as far as manifests go."""
    folder.mkdir(parents=True)
    (folder / "weights.safetensors").write_bytes(b"weights")
    manifest = Manifest(
        name=name,
        kind="mgie",
        license="Apache-2.0",
        source="a test",
        config=config_to_dict(TINY),
        files=(describe_file("unet", folder / "weights.safetensors"),),
    )
    write_manifest(folder, manifest)
    return folder


@pytest.fixture
def models_dir(tmp_path: Path) -> Path:
    write_model(tmp_path / "models" / "tiny")
    return tmp_path / "models"


@pytest.fixture
def installed(state_dir: Path, models_dir: Path):
    """A server whose catalogue is real; its lane never loads."""
    editor = FakeEditor()
    settings = fake_settings(state_dir, model="tiny", models_dir=models_dir, preload=False)
    server = running_lanes([lane_of(editor, settings)], InstalledModels(models_dir), settings)
    with server as discovery, Client.connect(discovery) as client:
        yield client


def last_of(client: Client, operation: Operation) -> Operation:
    """An operation at its end."""
    *_, last = client.watch_operation(operation.name)
    return last


def test_models_are_listed_with_licence_and_recommendation(installed: Client) -> None:
    model = next(model for model in installed.list_models() if model.name == "models/tiny")
    assert model == installed.get_model("models/tiny")
    assert (model.license, model.kind, model.is_default) == ("Apache-2.0", "mgie", True)
    assert model.default("num_inference_steps") == TINY.sampling.num_inference_steps
    assert model.native_size_px == TINY.native_size_px


def test_a_broken_model_is_listed_with_its_problem(installed: Client, models_dir: Path) -> None:
    broken = models_dir / "broken"
    broken.mkdir()
    (broken / "model.json").write_text("{")
    model = next(model for model in installed.list_models() if model.name == "models/broken")
    assert model.state == "broken"
    assert model.problem


def test_verifying_reads_every_byte(installed: Client, models_dir: Path) -> None:
    good = last_of(installed, installed.verify_model("models/tiny"))
    assert good.state == "succeeded"
    assert good.done_bytes == good.total_bytes == 7
    (models_dir / "tiny" / "weights.safetensors").write_bytes(b"wEights")
    bad = last_of(installed, installed.verify_model("models/tiny"))
    assert bad.error.reason == "MODEL_DIGEST_MISMATCH"


def test_a_folder_in_the_import_folder_is_installed_by_name(
    installed: Client, models_dir: Path, state_dir: Path, tmp_path: Path
) -> None:
    write_model(state_dir / "imports" / "fresh", "fresh")
    refused = last_of(installed, installed.import_model("fresh"))
    assert refused.error.reason == "LICENSE_NOT_ACCEPTED"
    done = last_of(installed, installed.import_model("fresh", license_accepted=True))
    assert done.state == "succeeded", done
    assert installed.get_model("models/fresh").num_bytes == 7


def test_a_damaged_import_installs_nothing(installed: Client, models_dir: Path, state_dir: Path) -> None:
    folder = write_model(state_dir / "imports" / "fresh", "fresh")
    (folder / "weights.safetensors").write_bytes(b"wEights")
    failed = last_of(installed, installed.import_model("fresh", license_accepted=True))
    assert failed.error.reason == "MODEL_DIGEST_MISMATCH"
    assert [path.name for path in models_dir.iterdir()] == ["tiny"]


@pytest.mark.parametrize("linked", ["model.json", "weights.safetensors", ""])
def test_an_import_follows_no_link(
    installed: Client, models_dir: Path, state_dir: Path, tmp_path: Path, linked: str
) -> None:
    folder = write_model(tmp_path / "elsewhere" / "fresh", "fresh")
    inbox = state_dir / "imports" / "fresh"
    if linked:
        shutil.copytree(folder, inbox)
        (inbox / linked).unlink()
        (inbox / linked).symlink_to(folder / linked)
    else:
        inbox.parent.mkdir()
        inbox.symlink_to(folder)
    failed = last_of(installed, installed.import_model("fresh", license_accepted=True))
    assert failed.error.reason == "MODEL_INVALID"
    assert "symbolic link" in failed.error.message
    assert [path.name for path in models_dir.iterdir()] == ["tiny"]


def test_an_import_copies_what_the_manifest_lists_and_nothing_else(
    installed: Client, models_dir: Path, state_dir: Path
) -> None:
    folder = write_model(state_dir / "imports" / "fresh", "fresh")
    (folder / "planted").symlink_to("/etc")
    done = last_of(installed, installed.import_model("fresh", license_accepted=True))
    assert done.state == "succeeded"
    assert sorted(path.name for path in (models_dir / "fresh").iterdir()) == [
        "model.json",
        "weights.safetensors",
    ]


def test_a_cancelled_import_stops_copying_and_leaves_nothing(tmp_path: Path) -> None:
    source = write_model(tmp_path / "imports" / "fresh", "fresh")
    work, models_dir = Work("import", "fresh"), tmp_path / "models"
    report = work.report

    def cancel_while_copying(message: str, *counts: int) -> None:
        report(message, *counts)
        work.is_cancelling = work.is_cancelling or message.startswith("copying")

    work.report = cancel_while_copying
    model_install.copy_model(source, models_dir, work, license_accepted=True)
    assert list(models_dir.iterdir()) == []


def test_a_published_model_is_pulled_only_once_its_licence_is_accepted(
    installed: Client, models_dir: Path
) -> None:
    published = published_models()[0]
    refused = last_of(installed, installed.import_model(published.name))
    assert refused.error.reason == "LICENSE_NOT_ACCEPTED"
    write_model(models_dir / published.name, published.name)
    there = last_of(installed, installed.import_model(published.name, license_accepted=True))
    assert "installed already" in there.error.message
    Remembered(models_dir).require_license(published)  # accepted on the way


def test_what_is_neither_published_nor_there_cannot_be_imported(installed: Client) -> None:
    failed = last_of(installed, installed.import_model("no-such-model"))
    assert failed.error.reason == "MODEL_NOT_INSTALLED"


def test_unknown_models_and_operations_say_so(installed: Client) -> None:
    for call, reason in (
        (lambda: installed.get_model("models/unknown"), "MODEL_NOT_INSTALLED"),
        (lambda: installed.load_model("models/unknown"), "MODEL_NOT_INSTALLED"),
        (lambda: installed.cancel_operation("operations/unknown"), "OPERATION_NOT_FOUND"),
    ):
        with pytest.raises(ServiceError) as caught:
            call()
        assert caught.value.reason == reason


def test_a_model_whose_folder_vanished_fails_the_edit_and_not_the_server(
    installed: Client, models_dir: Path
) -> None:
    shutil.rmtree(models_dir / "tiny")
    with pytest.raises(ServiceError) as caught:
        installed.create_edit(make_spec(installed))
    assert caught.value.reason == "MODEL_NOT_INSTALLED"
    assert installed.is_serving()


def test_the_server_states_what_it_allows(client: Client) -> None:
    info = client.info()
    assert info.limits.max_seeds == 16
    assert {"hold", "batch", "keep"} <= set(info.capabilities)


def test_resources_say_what_memory_and_queue_are_like(client: Client) -> None:
    list(client.watch_edit(client.create_edit(make_spec(client)).name))
    resources = client.resources()
    assert 0 < resources.ram_free_bytes <= resources.ram_total_bytes
    assert resources.ram_ours_bytes > 0
    assert [device.device for device in resources.devices] == ["cpu"]
    assert resources.blob_bytes > 0


def test_a_forecast_comes_from_what_was_measured(start) -> None:
    client = start(Script(step_s=0.02)).connect()
    request = EstimateRequest(width=48, height=40)
    assert client.estimate(request).seconds is None
    list(client.watch_edit(client.create_edit(make_spec(client)).name))
    client.resources()
    forecast = client.estimate(request)
    assert forecast.fits
    assert forecast.num_measured == 1
    assert forecast.explanation.endswith("(loaded as: the fake plan after 0 steps down)")
    assert client.estimate(replace(request, num_seeds=4)).seconds > forecast.seconds >= 4 * 0.02


def test_out_of_memory_is_survived_once_with_less_on_the_device(start) -> None:
    server = start(Script(num_oom=1))
    client = server.connect()
    edit = client.create_edit(make_spec(client, seeds=(1, 2, 3)))
    assert kind_of(list(client.watch_edit(edit.name))[-1]) == "finished"
    assert server.editor.seen.num_frugal == 1
    assert server.editor.seen.batch_sizes == [1, 1, 1]
    assert server.editor.seen.num_encoded == 1


def test_every_lack_of_memory_steps_down_while_there_is_something_to_step_down_to(start) -> None:
    server = start(Script(num_oom=3, num_plans=3))
    client = server.connect()
    edit = client.create_edit(make_spec(client, seeds=(1, 2)))
    found = list(client.watch_edit(edit.name))
    assert kind_of(found[-1]) == "finished"
    warnings = [told.event for told in found if isinstance(told.event, EditWarning)]
    assert [warning.reason for warning in warnings] == ["LESS_MEMORY"] * 3
    for count, warning in enumerate(warnings, start=1):
        assert warning.message == (
            "The device ran out of memory, so the edit goes on with less of it: "
            f"the fake plan after {count} steps down"
        )
    record = json.loads(client.get_edit(edit.name).results[0].record_json)
    assert record["versions"]["memory_plan"] == "the fake plan after 3 steps down"
    assert server.editor.seen.num_frugal == 3
    assert server.editor.seen.num_encoded == 1


def test_out_of_memory_twice_says_what_is_needed_and_what_is_there(start) -> None:
    client = start(Script(num_oom=2)).connect()
    edit = client.create_edit(make_spec(client))
    list(client.watch_edit(edit.name))
    error = client.get_edit(edit.name).error
    assert error.reason == "GPU_OUT_OF_MEMORY"
    assert int(error.metadata["free_bytes"]) > 0
    assert "MiB free" in error.message
    again = client.create_edit(make_spec(client, "after that"))
    assert kind_of(list(client.watch_edit(again.name))[-1]) == "finished"


def test_a_whole_edit_with_the_tiny_model(state_dir: Path) -> None:
    """The real language model, edit head and diffusion model, at test size, over a real socket."""
    editor = tiny_editor()
    settings = fake_settings(state_dir, model=editor.info.id)
    with running(editor, settings) as discovery, Client.connect(discovery) as client:
        spec = make_spec(client, model=editor.info.id, seeds=(1, 2), options=steps(3))
        edit = client.create_edit(spec)
        options = PreviewOptions(max_side_px=64, max_rate_hz=60)
        events = list(client.watch_edit(edit.name, previews=options))
        assert kind_of(events[-1]) == "finished", events[-1]
        first = client.get_edit(edit.name)
        assert len(first.results) == 2
        digests: set[str] = set()
        for _ in range(2):
            again = client.sample_edit(edit.name, seeds=(1,))
            list(client.watch_edit(again.name))
            digests.add(client.get_edit(again.name).results[0].picture.blob_digest)
        assert len(digests) == 1  # the same seed on the same words is the same picture
        kept = client.create_edit(spec)
        watch = client.watch_edit(kept.name)
        for event in watch:
            if kind_of(event) == "step_progress":
                client.accept_preview(kept.name)
                break
        list(watch)
        assert client.get_edit(kept.name).state == EditState.SUCCEEDED
