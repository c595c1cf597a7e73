"""The panel and the command line ask one server for the same edit: equal pixels, equal record."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from PyQt6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from mgie.api.compose_options import ComposeOptions
from mgie.api.picture import Picture
from mgie.api.rect import Rect
from mgie.cli.main import cli
from mgie.client.local_server import LocalServer
from mgie.files.document import Document
from mgie.files.formats import open_document
from mgie.files.record import EditRecord, from_json
from mgie.files.save import save_document
from mgie.host.types import HostMask, HostPicture, PixelFormat
from mgie.panel.app import Options, Panel
from mgie.panel.document_pictures import picture_of
from mgie.panel.state.job import Outcome
from mgie.panel.state.settings import CUSTOM, Settings
from support.fake_host import FakeHost
from support.fake_service import fake_settings, running
from support.tiny import tiny_editor

WIDTH, HEIGHT = 90, 80
STEPS = 2


@pytest.fixture
def state_home(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where panel and command look for a server, and one runs; a short path for its socket."""
    folder = Path(tempfile.mkdtemp(prefix="mgie-same-"))
    monkeypatch.setenv("XDG_STATE_HOME", str(folder))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(folder))
    server = folder / "mgie" / "server"
    server.mkdir(parents=True)
    editor = tiny_editor()
    with running(editor, fake_settings(server, model=editor.info.id)):
        yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def picture() -> HostPicture:
    """16 bits, not flat, and far from black and white: a layer cannot hold what lies beyond."""
    values = np.random.default_rng(3).integers(26_000, 40_000, (HEIGHT, WIDTH, 3), np.uint16)
    pixel_format = PixelFormat(sample="u16", channels="rgb")
    return HostPicture(rect=Rect(0, 0, WIDTH, HEIGHT), format=pixel_format, pixels=values.tobytes())


def edit_by_panel(
    app: QApplication,
    qtbot: QtBot,
    folder: Path,
    picture: HostPicture,
    settings: Settings,
    region: Rect | None,
) -> tuple[Picture, EditRecord]:
    """What the document looks like afterwards, and the record that lies with the layer."""
    host = FakeHost()
    document = host.open_picture("in.png", picture)
    if region is not None:
        host.select(document, HostMask(rect=region, coverage=b"\xff" * region.num_pixels))
    panel = Panel(app, host, lambda state: LocalServer(), Options(state_folder=folder))
    qtbot.addWidget(panel.window)
    session = panel.session
    try:
        panel.start()
        qtbot.waitUntil(lambda: session.state.host.target is not None, timeout=30_000)
        qtbot.waitUntil(lambda: session.state.model is not None, timeout=60_000)
        session.choose_settings(settings)
        session.type_instruction("make it bright")
        session.act()
        qtbot.waitUntil(
            lambda: any(k.outcome is Outcome.PLACED for k in session.state.finished), timeout=60_000
        )
    finally:
        panel.close()
    (record,) = from_json(host.placed[0][1][0].provenance).edits
    return picture_of(host.read_pixels(document)), record


def edit_by_command(
    folder: Path, picture: HostPicture, settings: Settings, region: Rect | None
) -> tuple[Picture, EditRecord]:
    """What the command's file looks like, and the record in it."""
    save_document(folder / "in.png", Document(picture=picture_of(picture)))
    item = {"input": "in.png", "output": "out.png", "instruction": "make it bright", "seed": settings.seed}
    item |= {"options": dict(settings.options), "region": list(region) if region else None}
    item |= {name: getattr(settings.compose, name) for name in ("feather_px", "transfer", "max_scale")}
    items = [{name: value for name, value in item.items() if value is not None}]
    (folder / "job.json").write_text(json.dumps({"items": items}))
    done = CliRunner().invoke(cli, ["batch", str(folder / "job.json")])
    assert done.exit_code == 0, done.output
    found = open_document(folder / "out.png")
    assert found.provenance is not None
    (record,) = found.provenance.edits
    return found.picture, record


@pytest.mark.parametrize(
    ("compose", "region", "tolerance"),
    [
        (ComposeOptions(feather_px=0), Rect(10, 12, 40, 30), 0),
        (ComposeOptions(feather_px=3), Rect(10, 12, 40, 30), 1),  # of 65535: a layer is rounded, then blended
        (ComposeOptions(feather_px=0, transfer="content", max_scale=1), None, 0),  # in tiles
    ],
    ids=["region", "feathered", "tiled"],
)
def test_the_same_edit_by_panel_and_command_is_equal(
    qapp: QApplication,
    qtbot: QtBot,
    state_home: Path,
    tmp_path: Path,
    picture: HostPicture,
    compose: ComposeOptions,
    region: Rect | None,
    tolerance: int,
) -> None:
    settings = Settings(
        preset=CUSTOM,
        options={"num_inference_steps": STEPS},
        compose=compose,
        seed=7,
        is_seed_locked=True,
    )
    ours, our_record = edit_by_panel(qapp, qtbot, tmp_path / "panel", picture, settings, region)
    theirs, their_record = edit_by_command(tmp_path, picture, settings, region)
    assert (ours.pixels != picture_of(picture).pixels).any()
    difference = np.abs(ours.pixels.astype(int) - theirs.pixels.astype(int))
    assert difference.max() <= tolerance
    on_layer = {**their_record.compose, "leaves_weight_to_layer": True}  # hosts have layer masks
    report = {**their_record.report, "seam": our_record.report["seam"]}  # of the layer without its mask
    assert our_record == replace(their_record, compose=on_layer, report=report)
