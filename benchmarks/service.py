"""What the service costs: `python -m benchmarks service`. A scripted editor sets the pace; all else is real.

Every ratio is measured side by side in one run. The server is a process of its own, as for an artist.
"""

from __future__ import annotations

import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import TypeVar

import numpy as np
import psutil

from benchmarks.report import print_table

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))  # the scripted editor lives there

from mgie.api.edit import EditResult, EditSpec
from mgie.api.events import PreviewOptions, StepProgress
from mgie.api.picture import Picture
from mgie.client.blobs import digest_of
from mgie.client.blocking import Client
from mgie.client.discovery import read_discovery
from mgie.compose.region import whole_picture
from mgie.model.events import SampleRequest
from mgie.pipeline import finish, prepare
from support.fake_editor import FakeEditor, Script
from support.service_calls import kind_of, pixels, raw_picture, steps, until

Result = TypeVar("Result")

TESTS = Path(__file__).parents[1] / "tests"
STEP_S = 0.05
NUM_STEPS = 40
SIDE = 512
NUM_REPEATS = 8
NUM_CANCELS = 20
NUM_EDITS = int(os.environ.get("MGIE_BENCH_EDITS", "1000"))
UPLOAD_SIDE = 4096


def main() -> None:
    """Print all tables."""
    with _server(step_s=STEP_S, native_size_px=SIDE) as (client, process):
        _overhead(client, SIDE)
        _watchers(client)
        _cancelling(client)
        _upload(client, process)
    with _server(native_size_px=64) as (client, process):
        _memory(client, process)
    with _server(step_s=STEP_S, native_size_px=64) as (client, process):
        _overhead(client, 64)  # compositing takes next to nothing: what is left is the service
    _starting()


def _overhead(client: Client, side: int) -> None:
    """The same edit in this process and through the service, in turns."""
    editor = FakeEditor(Script(step_s=STEP_S, native_size_px=side))
    previews = PreviewOptions(max_side_px=side, max_rate_hz=20)
    alone: list[float] = []
    served: list[float] = []
    previewed: list[float] = []
    for number in range(NUM_REPEATS + 1):
        alone.append(_timed(lambda n=number: _edit_here(editor, n, side)))
        served.append(_timed(lambda n=number: _edit_there(client, n, side, None)))
        previewed.append(_timed(lambda n=number: _edit_there(client, n + 1000, side, previews)))
    base = min(alone[1:])  # the first of each loads modules
    rows = [
        _ratio_row("in process: prepare, write, sample, finish", alone[1:], base),
        _ratio_row("served: upload, all events, download", served[1:], base),
        _ratio_row("served, with previews of every step", previewed[1:], base),
    ]
    title = f"An edit of {side}x{side} px, {NUM_STEPS} steps of {STEP_S * 1000:.0f} ms"
    print_table(title, ("", "fastest s", "median s", "ratio of the fastest"), rows)


def _edit_here(editor: FakeEditor, number: int, side: int) -> None:
    picture = Picture(pixels=pixels(number, side, side))
    prepared = prepare(picture, whole_picture(picture, "make it brighter"), side)
    encoding = _last(editor.encode(prepared.model_image, "make it brighter"))
    request = SampleRequest(image=prepared.model_image, encoding=encoding, seed=1)
    (sampled,) = _last(editor.sample([request], {"num_inference_steps": NUM_STEPS}))
    finish(prepared, sampled)


def _edit_there(client: Client, number: int, side: int, previews: PreviewOptions | None) -> None:
    (digest,) = client.upload(pixels(number, side, side).tobytes())
    edit = client.create_edit(_spec(digest, NUM_STEPS, side))
    for event in client.watch_edit(edit.name, previews=previews):
        if isinstance(event.event, EditResult):
            client.download(event.event.picture.blob_digest)
        assert kind_of(event) != "failed", event


def _watchers(client: Client) -> None:
    """Step times of an edit that nobody watches, and of one with bad company."""
    rows: list[tuple[str, str, str]] = []
    base = 0.0
    for name, num_asleep in (("nobody watches", 0), ("five watchers that stopped reading", 5)):
        (digest,) = client.upload(pixels(num_asleep + 50, SIDE, SIDE).tobytes())
        edit = client.create_edit(_spec(digest, NUM_STEPS, SIDE))
        options = PreviewOptions(max_side_px=1024, max_rate_hz=60)
        asleep = [client.watch_edit(edit.name, previews=options) for _ in range(num_asleep)]
        for watch in asleep:
            next(watch)
        events = [e for e in client.watch_edit(edit.name) if isinstance(e.event, StepProgress)]
        moments = [event.time for event in events if event.time is not None]
        gaps = [after - before for before, after in pairwise(moments)]
        median = statistics.median(gaps)
        base = base or median
        rows.append((name, f"{median * 1000:.2f}", f"{median / base:.3f}"))
    print_table("One denoising step", ("", "median ms", "ratio"), rows)


def _cancelling(client: Client) -> None:
    """From the call to the event that says it ended."""
    waits: list[float] = []
    for number in range(NUM_CANCELS):
        (digest,) = client.upload(pixels(number + 100, SIDE, SIDE).tobytes())
        edit = client.create_edit(_spec(digest, 500, SIDE))
        watch = client.watch_edit(edit.name)
        until(watch, "step_progress")
        time.sleep(STEP_S * (number / NUM_CANCELS))
        asked = time.monotonic()
        client.cancel_edit(edit.name)
        assert kind_of(list(watch)[-1]) == "cancelled"
        waits.append(time.monotonic() - asked)
    row = ("cancel to end", f"{statistics.median(waits) * 1000:.1f}", f"{max(waits) * 1000:.1f}")
    print_table(
        f"Cancelling, {NUM_CANCELS} times, steps of {STEP_S * 1000:.0f} ms",
        ("", "median ms", "longest ms"),
        [row],
    )


def _upload(client: Client, process: psutil.Process) -> None:
    """A large picture through the service, and the parts that no service could do without, in turns."""
    generator = np.random.default_rng(0)
    times: dict[str, list[float]] = {}
    work_s: dict[str, list[float]] = {}  # processor time of both processes
    with tempfile.TemporaryDirectory(prefix="mgie-bench-") as folder:
        for number in range(NUM_REPEATS + 1):
            blob = generator.bytes(UPLOAD_SIDE * UPLOAD_SIDE * 4)
            digest = digest_of(blob)
            works: dict[str, Callable[[], object]] = {
                "bare socket copy": lambda b=blob: _copy(b),
                "SHA-256 alone, once": lambda b=blob: digest_of(b),
                "writing a file alone": lambda b=blob, n=number: _write(Path(folder) / f"{n}", b),
                "upload: digest, send, check, store": lambda b=blob: client.upload(b),
                "upload of what is there already": lambda b=blob: client.upload(b),
                "download and check": lambda d=digest: client.download(d),
            }
            for name, work in works.items():
                before = time.process_time() + _work_s(process)
                times.setdefault(name, []).append(_timed(work))
                work_s.setdefault(name, []).append(time.process_time() + _work_s(process) - before)
    num_bytes, base = UPLOAD_SIDE * UPLOAD_SIDE * 4, min(times["bare socket copy"][1:])
    rows = [
        (
            name,
            f"{num_bytes / min(taken[1:]) / 1e9:.2f}",
            f"{num_bytes / statistics.median(taken[1:]) / 1e9:.2f}",
            f"{min(taken[1:]) / base:.2f}",
            f"{min(work_s[name][1:]):.3f}",
        )
        for name, taken in times.items()
    ]
    title = f"{UPLOAD_SIDE}x{UPLOAD_SIDE} RGBA, {num_bytes >> 20} MiB"
    head = ("", "fastest GB/s", "median GB/s", "time of the fastest against the socket", "CPU s")
    print_table(title, head, rows)


def _write(path: Path, blob: bytes) -> None:
    """As the server writes: pieces of 1 MiB, no buffer of Python's."""
    view = memoryview(blob)
    with path.open("wb", buffering=0) as file:
        for start in range(0, len(view), 1 << 20):
            file.write(view[start : start + (1 << 20)])


def _copy(blob: bytes) -> None:
    near, far = socket.socketpair()
    with near, far:
        sender = threading.Thread(target=near.sendall, args=(blob,))
        sender.start()
        received, buffer = 0, bytearray(1 << 20)
        while received < len(blob):
            received += far.recv_into(buffer)
        sender.join()


def _memory(client: Client, process: psutil.Process) -> None:
    """Resident memory of the server while edits follow each other."""
    rows: list[tuple[str, str, str]] = []
    started = time.monotonic()
    for number in range(1, NUM_EDITS + 1):
        (digest,) = client.upload(pixels(number, 64, 64).tobytes())
        edit = client.create_edit(_spec(digest, 4, 64))
        assert kind_of(list(client.watch_edit(edit.name))[-1]) == "finished"
        if number in (NUM_EDITS // 10, *(NUM_EDITS * k // 4 for k in (1, 2, 3, 4))):
            rows.append((f"{number}", f"{process.memory_info().rss / 1e6:.1f}", f"{process.num_fds()}"))
    seconds = time.monotonic() - started
    title = f"The server over {NUM_EDITS} edits ({seconds / NUM_EDITS * 1000:.0f} ms each, steps of 0 ms)"
    print_table(title, ("edits done", "resident MB", "open files"), rows)


def _starting() -> None:
    """From the command to the first answer, alone and beside the model loading; and to a loaded model."""
    first: dict[str, list[float]] = {"nothing else": [], "the model": []}
    work_s: dict[str, list[float]] = {"nothing else": [], "the model": []}
    loaded: list[float] = []
    for _ in range(NUM_REPEATS):
        for beside, options in (("nothing else", ["--no-preload"]), ("the model", [])):
            with tempfile.TemporaryDirectory(prefix="mgie-bench-") as folder:
                started = time.monotonic()
                command = [sys.executable, "-m", "mgie.cli", "serve", "--state-dir", folder, *options]
                process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                _wait_for(Path(folder))
                with _connect(Path(folder)) as client:
                    client.is_serving()
                    first[beside].append(time.monotonic() - started)
                    work_s[beside].append(_work_s(psutil.Process(process.pid)))
                    next(serving for serving in client.watch_health("mgie.v1.EditService") if serving)
                    if beside == "the model":
                        loaded.append(time.monotonic() - started)
                    client.shutdown(drain_s=0.0)
                process.wait()
    rows = [
        (
            f"`mgie serve` to the first answer, loading {beside}",
            *_seconds(taken),
            f"{min(work_s[beside]):.2f}",
        )
        for beside, taken in first.items()
    ]
    rows.append(("until mgie-mini is loaded", *_seconds(loaded), ""))
    print_table("Starting", ("", "fastest s", "median s", "longest s", "CPU s"), rows)


def _work_s(process: psutil.Process) -> float:
    """Processor time of all its threads so far, which other programs hardly change."""
    times = process.cpu_times()
    return times.user + times.system


def _seconds(taken: list[float]) -> tuple[str, str, str]:
    return f"{min(taken):.2f}", f"{statistics.median(taken):.2f}", f"{max(taken):.2f}"


@contextmanager
def _server(**script: float) -> Generator[tuple[Client, psutil.Process]]:
    with tempfile.TemporaryDirectory(prefix="mgie-bench-") as folder:
        command = [sys.executable, "-m", "support.fake_service", folder, json.dumps(script)]
        process = subprocess.Popen(command, cwd=TESTS)
        try:
            _wait_for(Path(folder))
            with _connect(Path(folder)) as client:
                yield client, psutil.Process(process.pid)
                client.shutdown(drain_s=0.0)
            process.wait(timeout=30)
        finally:
            process.kill()


def _wait_for(state_dir: Path) -> None:
    while read_discovery(state_dir) is None:
        time.sleep(0.005)


def _connect(state_dir: Path) -> Client:
    discovery = read_discovery(state_dir)
    assert discovery is not None
    return Client.connect(discovery)


def _spec(digest: str, num_steps: int, side: int) -> EditSpec:
    return EditSpec(
        picture=raw_picture(digest, side, side),
        instruction="make it brighter",
        seeds=(1,),
        options=steps(num_steps),
    )


def _timed(work: Callable[[], object]) -> float:
    started = time.monotonic()
    work()
    return time.monotonic() - started


def _last(generator: Generator[object, None, Result]) -> Result:
    while True:
        try:
            next(generator)
        except StopIteration as stop:
            return stop.value


def _ratio_row(name: str, times: list[float], base: float) -> tuple[str, str, str, str]:
    """The fastest run is the one that other programs disturbed least."""
    return name, f"{min(times):.3f}", f"{statistics.median(times):.3f}", f"{min(times) / base:.3f}"


if __name__ == "__main__":
    main()
