"""What a server survives: `make soak`. Kills at random moments, mutated calls, and a long row of edits.

Every kill is followed by a look at everything that was acknowledged before it. Mutated calls are valid
messages of every method with a field or two turned into something odd; none may end the server or answer
INTERNAL. In a long row of edits, with the server started anew now and then, nothing may grow.
"""

from __future__ import annotations

import collections
import contextlib
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil

from benchmarks.report import machine_line, print_table

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))  # the scripted editor lives there

from mgie.api.edit import EditState
from mgie.client.blocking import Client
from mgie.client.discovery import read_discovery
from support.kill_ledger import KillLedger
from support.killable import Killable
from support.mutated_calls import MutatedCalls
from support.service_calls import make_spec, steps

NUM_KILLS = int(os.environ.get("MGIE_SOAK_KILLS", "100"))
NUM_CALLS = int(os.environ.get("MGIE_SOAK_CALLS", "100000"))
NUM_EDITS = int(os.environ.get("MGIE_SOAK_EDITS", "2000"))
_NUM_CALLERS = 32  # that send mutated calls at once
_NUM_LOOKS = 10  # at memory and open files, on the way
_NUM_STARTS = 4  # of the server, over the row of edits


def main(parts: Sequence[str]) -> None:
    """Print the tables. parts: some of "kills", "calls" and "edits"; none for all."""
    print(machine_line())  # noqa: T201  # a report on the terminal
    with tempfile.TemporaryDirectory(prefix="mgie-soak-") as folder:
        for name, run in (("kills", _kills), ("calls", _calls), ("edits", _edits)):
            if not parts or name in parts:
                run(Path(folder) / name)


def _kills(state_dir: Path) -> None:
    started = time.monotonic()
    ledger = KillLedger(Killable(state_dir, token_s=0.002, step_s=0.01), seed=1)
    counts = ledger.run(NUM_KILLS)
    rows = [(name, str(number)) for name, number in sorted(counts.items())]
    rows.append(("lost, undone or failed", str(len(ledger.faults))))
    seconds = time.monotonic() - started
    print_table(f"kill -9 at {NUM_KILLS} random moments ({seconds:.0f} s)", ("", "number"), rows)
    assert not ledger.faults, ledger.faults[:10]


def _calls(state_dir: Path) -> None:
    server = Killable(state_dir, max_queue_length=1000, max_kept_edits=200)
    server.start()
    process = psutil.Process(server.pid)
    started = time.monotonic()
    memory: list[tuple[str, str, str]] = []
    with contextlib.ExitStack() as stack, ThreadPoolExecutor(_NUM_CALLERS) as pool:
        callers = [MutatedCalls(server.discovery(), random.Random(2 + n)) for n in range(_NUM_CALLERS)]
        for calls in callers:
            stack.enter_context(calls)
        for look in range(1, _NUM_LOOKS + 1):
            list(pool.map(lambda calls: calls.many(NUM_CALLS // _NUM_LOOKS // _NUM_CALLERS), callers))
            assert server.is_alive, f"the server died:\n{server.last_words()}"
            _cancel_held(server)
            row = f"{process.memory_info().rss / 1e6:.0f}", f"{process.num_fds()}"
            memory.append((f"{look * NUM_CALLS // _NUM_LOOKS}", *row))
            print(f"{memory[-1]}", file=sys.stderr, flush=True)  # noqa: T201  # it takes long
        outcomes = sum((calls.outcomes for calls in callers), collections.Counter[str]())
        examples = [calls.examples["INTERNAL"] for calls in callers if "INTERNAL" in calls.examples]
    server.close()
    seconds = time.monotonic() - started
    title = f"{outcomes.total()} mutated calls by {_NUM_CALLERS} clients at once ({seconds:.0f} s)"
    print_table(title, ("calls", "resident MB", "open files"), memory)
    rows = [(reason, str(number)) for reason, number in outcomes.most_common()]
    print_table("What became of them", ("", "number"), rows)
    assert not examples, examples


def _cancel_held(server: Killable) -> None:
    """Nobody comes to let these edits go on, and each keeps its memory until then."""
    with Client.connect(server.discovery()) as client:
        while held := client.list_edits(states=[EditState.HELD]).edits:
            for edit in held:
                client.cancel_edit(edit.name)


def _edits(state_dir: Path) -> None:
    """Small edits one after the other: many by the scripted editor, a tenth as many by mgie-mini."""
    scripted = Killable(state_dir / "scripted")
    _row("the scripted editor", NUM_EDITS, scripted.state_dir, scripted.start)
    _row("mgie-mini", NUM_EDITS // 10, state_dir / "mini", lambda: _serve(state_dir / "mini"))


def _row(editor: str, num_edits: int, state_dir: Path, start: Callable[[], None]) -> None:
    """A row of edits, with the server started anew now and then."""
    rows: list[tuple[str, ...]] = []
    began = time.monotonic()
    half = num_edits // _NUM_STARTS // 2
    for turn in range(_NUM_STARTS):
        started = time.monotonic()
        start()
        start_s = time.monotonic() - started
        discovery = read_discovery(state_dir)
        assert discovery is not None
        process = psutil.Process(discovery.pid)
        with Client.connect(discovery) as client:
            for number in range(1, 2 * half + 1):
                edit = client.create_edit(make_spec(client, options=steps(1)))
                list(client.watch_edit(edit.name))
                assert client.get_edit(edit.name).state is EditState.SUCCEEDED
                if number % half == 0:
                    held = f"{process.memory_info().rss / 1e6:.0f}", f"{process.num_fds()}"
                    threads = f"{process.num_threads()}"
                    rows.append((f"{2 * half * turn + number}", *held, threads, f"{start_s:.1f}"))
            client.shutdown(drain_s=0.0)
        process.wait()
    header = ("edits so far", "resident MB", "open files", "threads", "this start took, s")
    title = f"{num_edits} small edits in a row by {editor} ({time.monotonic() - began:.0f} s)"
    print_table(title, header, rows)


def _serve(state_dir: Path) -> None:
    """`mgie serve` as people start it."""
    command = [sys.executable, "-m", "mgie.cli", "serve", "--state-dir", str(state_dir)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    while read_discovery(state_dir) is None:
        assert process.poll() is None, "the server did not start"
        time.sleep(0.02)


if __name__ == "__main__":
    main(sys.argv[1:])
