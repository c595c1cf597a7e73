"""Getting models through a server: what can be had, pulling with a pause, and folders of this machine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from safetensors.torch import save_file

from mgie.api.failure import ServiceError
from mgie.api.models import Model, Operation
from mgie.client.blocking import Client
from mgie.server.model_registry import InstalledModels
from mgie.weights.manifest import read_manifest
from support.fake_editor import FakeEditor
from support.fake_service import fake_settings, lane_of, running_lanes
from support.flaky_server import FlakyServer
from support.tiny_flux import flux_networks, makers_state, write_flux_model
from support.tiny_hub import tiny_hub
from support.tiny_vlm import write_published_vlm


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[tuple[FlakyServer, Path]]:
    with tiny_hub(tmp_path / "hub") as served:
        yield served


@contextmanager
def server(state_dir: Path, models_dir: Path, **changes: object) -> Iterator[Client]:
    settings = fake_settings(state_dir, models_dir=models_dir, preload=False, **changes)
    registry = InstalledModels(models_dir, sources=settings.sources)
    lanes = [lane_of(FakeEditor(), settings)]
    with running_lanes(lanes, registry, settings) as discovery, Client.connect(discovery) as client:
        yield client


@pytest.fixture
def client(state_dir: Path, tmp_path: Path, hub: tuple[FlakyServer, Path]) -> Iterator[Client]:
    flaky, sources = hub
    with server(state_dir, tmp_path / "models", sources=sources, hub=flaky.url) as client:
        yield client


def last_of(client: Client, operation: Operation) -> Operation:
    *_, last = client.watch_operation(operation.name)
    return last


def tiny_of(client: Client) -> Model:
    models = client.list_models(includes_available=True)
    return next(model for model in models if model.id == "tiny")


def test_what_can_be_had_is_described_as_it_will_be_with_its_terms(client: Client) -> None:
    assert "tiny" not in [model.id for model in client.list_models()]
    model = tiny_of(client)
    assert (model.state, model.license, model.terms) == ("available", "CC0-1.0", "Use it for tests only.")
    assert model.options
    assert model.abilities
    assert not model.is_license_accepted
    assert (model.received_bytes, model.num_bytes) == (0, 1_000_000)
    assert model.needed_bytes > model.num_bytes


def test_a_pull_from_a_hub_that_breaks_off_ends_with_an_installed_model(
    client: Client, hub: tuple[FlakyServer, Path]
) -> None:
    hub[0].break_after = [1000]
    done = last_of(client, client.import_model("tiny", license_accepted=True))
    assert done.state == "succeeded", done
    model = tiny_of(client)
    assert model.state == "installed"
    assert len([model for model in client.list_models(includes_available=True) if model.id == "tiny"]) == 1
    assert last_of(client, client.verify_model("models/tiny")).state == "succeeded"


def test_a_pull_that_was_stopped_keeps_what_came_and_the_licence_is_accepted_once(
    client: Client, hub: tuple[FlakyServer, Path]
) -> None:
    flaky, _ = hub
    gone = {path: flaky.files.pop(path) for path in list(flaky.files) if "clip-vit" in path}
    failed = last_of(client, client.import_model("tiny", license_accepted=True))
    assert failed.error is not None
    assert failed.error.reason == "DOWNLOAD_FAILED"
    left = tiny_of(client)
    assert left.received_bytes > 10_000
    assert left.is_license_accepted
    flaky.files |= gone
    flaky.requests.clear()
    done = last_of(client, client.import_model("tiny"))
    assert done.state == "succeeded", done
    assert {path.split("/")[5] for _, path, _ in flaky.requests} == {"clip-vit-large-patch14"}


def test_the_work_on_a_model_is_named_by_the_model_while_it_lasts(client: Client) -> None:
    operation = client.import_model("tiny", license_accepted=True)
    seen = {tiny_of(client).operation}
    assert seen <= {operation.name, ""}
    last_of(client, operation)
    assert tiny_of(client).operation == ""


def test_a_folder_of_this_machine_is_converted(client: Client, tmp_path: Path) -> None:
    folder = write_published_vlm(tmp_path / "Tiny VL", "qwen2.5-vl")
    (folder / "README.md").write_text("---\nlicense: apache-2.0\nlibrary_name: transformers\n---\nWords.\n")
    refused = last_of(client, client.import_model("tiny-vl", folder=str(folder)))
    assert refused.error is not None
    assert refused.error.reason == "LICENSE_NOT_ACCEPTED"
    assert "apache-2.0" in refused.error.message
    done = last_of(client, client.import_model("tiny-vl", folder=str(folder), license_accepted=True))
    assert done.state == "succeeded", done
    model = client.get_model("models/tiny-vl")
    assert (model.kind, model.license, model.paints) == ("vlm", "apache-2.0", False)


def test_a_single_file_says_what_it_needs_and_takes_the_rest_from_the_model_that_is_here(
    client: Client, tmp_path: Path, state_dir: Path
) -> None:
    state = makers_state(flux_networks(seed=7).transformer.state_dict())
    file = tmp_path / "My-Kontext.safetensors"
    save_file({key: value.contiguous() for key, value in state.items()}, file)
    alone = last_of(client, client.import_model("mine", folder=str(file), license_accepted=True))
    assert alone.error is not None
    assert "holds only the transformer of a FLUX.1 Kontext; it lacks" in alone.error.message
    write_flux_model(tmp_path / "models" / "tiny-flux")
    asked = last_of(client, client.import_model("mine", folder=str(file)))
    assert asked.error is not None
    assert asked.error.reason == "LICENSE_NOT_ACCEPTED"
    assert (
        "My-Kontext.safetensors is under CC0-1.0; accept it first. It holds the transformer of a FLUX.1 Ko"
        in (asked.error.message)
    )
    assert (
        "the rest comes from tiny-flux. The import needs 0.0 GB of disk and, while it works, 0.1 GB of mem"
        in (asked.error.message)
    )
    assert "mine" not in [model.id for model in client.list_models()]
    done = last_of(client, client.import_model("mine", folder=str(file), license_accepted=True))
    assert done.state == "succeeded", done
    assert done.total_bytes > 0
    model = client.get_model("models/mine")
    assert (model.kind, model.license) == ("flux-kontext", "CC0-1.0")
    (state_dir / "imports").mkdir()
    file.rename(state_dir / "imports" / file.name)  # as on a server that takes no paths
    done = last_of(client, client.import_model("my-kontext", license_accepted=True))
    assert done.state == "succeeded", done


def test_of_several_models_with_other_parts_the_named_one_gives_them_to_a_file(
    client: Client, tmp_path: Path, state_dir: Path
) -> None:
    for number in (1, 2):  # whose text encoders and autoencoders differ
        write_flux_model(tmp_path / "models" / f"flux-{number}", flux_networks(seed=number))
    state = makers_state(flux_networks(seed=7).transformer.state_dict())
    (state_dir / "imports").mkdir()
    save_file(
        {key: value.contiguous() for key, value in state.items()},
        state_dir / "imports" / "kontext.safetensors",
    )
    for parts, words in (
        ("", "--parts"),
        ("tiny-vl", "'tiny-vl' is no installed FLUX.1 Kontext (installed: "),
    ):
        failed = last_of(client, client.import_model("kontext", license_accepted=True, parts=parts))
        assert failed.error is not None
        assert failed.error.reason == "MODEL_PARTS_LACKING"
        assert words in failed.error.message
    made = last_of(client, client.import_model("kontext", license_accepted=True, parts="flux-2"))
    assert made.state == "succeeded", made
    found = {file.path: file.sha256 for file in read_manifest(tmp_path / "models" / "kontext").files}
    given = {file.path: file.sha256 for file in read_manifest(tmp_path / "models" / "flux-2").files}
    assert found["vae.safetensors"] == given["vae.safetensors"]
    assert found["text_encoder_2.safetensors"] == given["text_encoder_2.safetensors"]
    with pytest.raises(ServiceError, match="a model is named by"):
        client.import_model("kontext", parts="../tiny-flux")
    failed = last_of(client, client.import_model("tiny", license_accepted=True, parts="flux-2"))
    assert failed.error is not None
    assert "is no file in the server's import folder" in failed.error.message


@pytest.mark.parametrize(
    ("name", "files", "words"),
    [
        ("empty", {}, "holds no model that this version knows"),
        ("other", {"model_index.json": '{"_class_name": "WanPipeline"}'}, "holds a WanPipeline"),
        ("odd", {"model_index.json": "{"}, "model_index.json cannot be read"),
    ],
)
def test_a_folder_that_no_kind_reads_is_refused_by_name(
    client: Client, tmp_path: Path, name: str, files: dict[str, str], words: str
) -> None:
    folder = tmp_path / name
    folder.mkdir()
    for file, text in files.items():
        (folder / file).write_text(text)
    failed = last_of(client, client.import_model("odd", folder=str(folder), license_accepted=True))
    assert failed.error is not None
    assert failed.error.reason == "MODEL_INVALID"
    assert words in failed.error.message


def test_a_folder_that_is_not_there_is_said_to_be_missing(client: Client) -> None:
    failed = last_of(client, client.import_model("x", folder="/nowhere/model", license_accepted=True))
    assert failed.error is not None
    assert failed.error.message == "there is no model on the server's machine"


def test_a_relative_path_is_refused(client: Client) -> None:
    with pytest.raises(ServiceError, match="absolute path"):
        client.import_model("x", folder="models")


def test_a_server_that_others_can_reach_takes_no_path(state_dir: Path, tmp_path: Path) -> None:
    with (
        server(state_dir, tmp_path / "models", listen="0.0.0.0:0") as client,
        pytest.raises(ServiceError, match="only a server on your own machine takes a path"),
    ):
        client.import_model("x", folder="/etc")
