"""Previews on the canvas wait while the artist draws a stroke."""

from __future__ import annotations

import threading

from mgie.panel.canvas_previews import CanvasPreviews
from mgie.panel.state.job import Job
from mgie.panel.state.pictures import Frame
from mgie.panel.state.settings import Settings
from mgie.panel.state.target import Target
from mgie.panel.worker import Worker
from support.fake_host import FakeHost, flat_picture


def test_no_preview_is_shown_during_a_stroke_and_the_newest_after_it() -> None:
    host, worker = FakeHost(), Worker("test")
    document = host.open_picture("garden.png", flat_picture(40, 30))
    target = Target(document=document, document_name="garden.png", width=40, height=30)
    job = Job(key="j", target=target, instruction="add snow", settings=Settings())
    asked, is_painting = threading.Semaphore(0), threading.Event()
    is_painting.set()

    def ask() -> bool:
        asked.release()
        return is_painting.is_set()

    previews = CanvasPreviews(host, worker, ask)
    for level in (10, 20):
        previews.push(job, Frame(width=4, height=3, rgb=bytes([level] * 36), place=target.canvas))
    for _ in range(3):  # it looks again and again
        asked.acquire()
    assert host.begun == {}
    is_painting.clear()
    while not host.pushed:
        asked.acquire(timeout=0.05)
    worker.close()
    assert [picture.pixels[0] for _, picture in host.pushed] == [20]
