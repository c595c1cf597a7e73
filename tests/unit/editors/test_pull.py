"""Pulling ends with an installed model, or with what arrived so far and a reason."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from mgie.editors.pull import pull_model
from mgie.editors.table import KINDS, kind_named
from mgie.errors import BadOption, DownloadFailed, LicenseNotAccepted
from mgie.model.generators import drain
from mgie.weights.fetch import Note, Received
from mgie.weights.installed import find_model
from mgie.weights.manifest import Manifest, verify
from mgie.weights.pull_state import Remembered
from mgie.weights.sources import PublishedModel, published_model, published_models
from support.flaky_server import FlakyServer
from support.tiny_hub import tiny_hub


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[tuple[FlakyServer, PublishedModel]]:
    with tiny_hub(tmp_path) as (server, sources):
        yield server, published_model("tiny", sources)


def _pull(
    server: FlakyServer, model: PublishedModel, models_dir: Path, *, accept: bool = True, **options: bool
) -> tuple[list[object], Manifest]:
    if accept:
        Remembered(models_dir).accept_license(model)
    steps = pull_model(model, models_dir, hub_endpoint=server.url, retry_delay_s=0.0, **options)
    events: list[object] = []
    return events, drain(steps, events.append)


def test_a_model_is_pulled_over_a_bad_line(hub: tuple[FlakyServer, PublishedModel], tmp_path: Path) -> None:
    server, model = hub
    server.break_after = [1000, 2000, 100, 5000]
    events, manifest = _pull(server, model, tmp_path / "models")
    assert manifest.license == "CC0-1.0"
    folder = find_model("tiny", models_dir=tmp_path / "models")
    assert list(verify(folder))
    assert any(isinstance(event, Received) for event in events)
    assert Note(text="mgie: unpacked mllm.pt") in events
    assert not (tmp_path / "models" / ".downloads" / "tiny").exists()


def test_nothing_is_fetched_before_the_licence_is_accepted(
    hub: tuple[FlakyServer, PublishedModel], tmp_path: Path
) -> None:
    server, model = hub
    with pytest.raises(LicenseNotAccepted, match="tests only"):
        _pull(server, model, tmp_path / "models", accept=False)
    assert server.requests == []


def test_an_installed_model_is_replaced_only_when_asked(
    hub: tuple[FlakyServer, PublishedModel], tmp_path: Path
) -> None:
    server, model = hub
    _pull(server, model, tmp_path / "models", keep_downloads=True)
    assert (tmp_path / "models" / ".downloads" / "tiny" / "mgie" / "mllm.pt").is_file()
    with pytest.raises(BadOption, match="installed already"):
        _pull(server, model, tmp_path / "models")
    server.requests.clear()
    _pull(server, model, tmp_path / "models", replace=True)
    assert server.requests == []  # everything was kept


def test_what_arrived_is_kept_when_a_part_cannot_be_had(
    hub: tuple[FlakyServer, PublishedModel], tmp_path: Path
) -> None:
    server, model = hub
    clip = {path: content for path, content in server.files.items() if "clip-vit" in path}
    server.files = {path: content for path, content in server.files.items() if path not in clip}
    with pytest.raises(DownloadFailed, match="clip-vit-large-patch14"):
        _pull(server, model, tmp_path / "models")
    assert not (tmp_path / "models" / "tiny").exists()
    server.files |= clip
    server.requests.clear()
    _pull(server, model, tmp_path / "models")
    assert {path.split("/")[5] for _, path, _ in server.requests} == {"clip-vit-large-patch14"}


def test_a_damaged_archive_is_replaced_by_the_files_of_a_mirror(
    hub: tuple[FlakyServer, PublishedModel], tmp_path: Path
) -> None:
    server, model = hub
    server.files["/mgie_7b.tar.gz"] = server.files["/mgie_7b.tar.gz"][:5000]
    events, _ = _pull(server, model, tmp_path / "models")
    texts = [event.text for event in events if isinstance(event, Note)]
    assert any("damaged" in text and "next mirror" in text for text in texts)


def test_every_published_model_names_a_preset() -> None:
    for model in published_models():
        assert kind_named(model.kind).preset_named(model.preset).kind == model.kind
    for name in KINDS:
        with pytest.raises(BadOption, match="no preset 'HUGE'"):
            kind_named(name).preset_named("HUGE")
