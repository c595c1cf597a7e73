"""A real server on a real socket around any editor; also a program of its own, for killing."""

from __future__ import annotations

import asyncio
import json
import sys
import threading
from collections.abc import Generator, Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import fields
from pathlib import Path

from mgie.api.failure import ServiceError
from mgie.api.models import Model
from mgie.api.system import Limits
from mgie.client.blocking import Client
from mgie.client.discovery import Discovery
from mgie.errors import ModelNotInstalled
from mgie.model.events import Editor
from mgie.server.lane import Lane, ThreadLane
from mgie.server.lifecycle import serve
from mgie.server.model_registry import ModelRegistry
from mgie.server.settings import ServerSettings
from mgie.server.worker import LaneWorker, LoadedEditor
from support.fake_editor import FakeEditor, Script


class OneModel:
    """The registry of a server that has one editor."""

    def __init__(self, editor: Editor) -> None:
        self._editor = editor

    def all(self) -> list[Model]:
        return [self._editor.info]

    def available(self) -> list[Model]:
        return []

    def model(self, name: str) -> Model:
        info = self._editor.info
        if name != info.id:
            raise ModelNotInstalled(f"model {name!r} is not installed (installed: {info.id})")
        return info

    def folder(self, name: str) -> Path:
        self.model(name)
        raise ModelNotInstalled("this editor has no folder")


def fake_settings(state_dir: Path, **changes: object) -> ServerSettings:
    """Settings of a server that runs the fake editor; names of limits go to its limits."""
    names = {field.name for field in fields(Limits)}
    limits = Limits(**{name: changes.pop(name) for name in names & set(changes)})  # pyright: ignore[reportArgumentType]
    common = {"state_dir": state_dir, "model": "fake", "drain_s": 0.0, "limits": limits}
    return ServerSettings(**{**common, **changes})  # pyright: ignore[reportArgumentType]


def running(editor: Editor, settings: ServerSettings) -> AbstractContextManager[Discovery]:
    """A server with one lane in a thread of this process, until the block is left."""
    return running_lanes([lane_of(editor, settings)], OneModel(editor), settings)


@contextmanager
def running_lanes(
    lanes: Sequence[Lane], registry: ModelRegistry, settings: ServerSettings
) -> Generator[Discovery]:
    """A server in a thread of this process, until the block is left."""
    ready: Future[Discovery] = Future()

    def run() -> None:
        try:
            asyncio.run(serve(settings, registry=registry, lanes=lanes, on_ready=ready.set_result))
        except BaseException as error:
            if ready.done():
                raise
            ready.set_exception(error)

    thread = threading.Thread(target=run, name="server")
    thread.start()
    try:
        discovery = ready.result(timeout=20)
        yield discovery
        with suppress(ServiceError), Client.connect(discovery) as client:  # it may have ended by itself
            client.shutdown(drain_s=0.0)
    finally:
        thread.join(timeout=60)
    assert not thread.is_alive()


def lane_of(editor: Editor, settings: ServerSettings) -> Lane:
    """A lane that has its editor already."""
    worker = LaneWorker(
        lambda model: LoadedEditor(editor, "cpu"),
        max_samples=settings.max_samples,
        num_encodings=settings.num_encodings,
        overlap=settings.overlap,
    )
    return ThreadLane(lambda: worker)


def main() -> None:
    """`python -m support.fake_service STATE_DIR '{"step_s": 0.05, "drain_s": 5}'`: serve this script."""
    given = json.loads(sys.argv[2])
    names = {field.name for field in fields(Script)} & set(given)
    editor = FakeEditor(Script(**{name: given.pop(name) for name in names}))
    settings = fake_settings(Path(sys.argv[1]), **given)
    asyncio.run(serve(settings, registry=OneModel(editor), lanes=[lane_of(editor, settings)]))


if __name__ == "__main__":
    main()
