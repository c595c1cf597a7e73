"""What a server survives: `make soak`. Kills at random moments, and mutated calls.

Every kill is followed by a look at everything that was acknowledged before it. Mutated calls are valid
messages of every method with a field or two turned into something odd; none may end the server or answer
INTERNAL.
"""

from __future__ import annotations

import collections
import os
import random
import sys
import tempfile
import time
from pathlib import Path

import psutil

from benchmarks.report import print_table

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))  # the scripted editor lives there

from support.kill_ledger import KillLedger
from support.killable import Killable
from support.mutated_calls import MutatedCalls

NUM_KILLS = int(os.environ.get("MGIE_SOAK_KILLS", "100"))
NUM_CALLS = int(os.environ.get("MGIE_SOAK_CALLS", "100000"))


def main() -> None:
    """Print both tables."""
    with tempfile.TemporaryDirectory(prefix="mgie-soak-") as folder:
        _kills(Path(folder) / "kills")
        _calls(Path(folder) / "calls")


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
    server = Killable(state_dir, max_queue_length=1000, max_kept_edits=2000)
    server.start()
    process = psutil.Process(server.pid)
    memory: list[tuple[str, str, str]] = []
    with MutatedCalls(server.discovery(), random.Random(2)) as calls:
        for number in range(1, NUM_CALLS + 1):
            calls.one()
            if number % max(1, NUM_CALLS // 10) == 0:
                memory.append((f"{number}", f"{process.memory_info().rss / 1e6:.0f}", f"{process.num_fds()}"))
        assert process.is_running()
        outcomes = collections.Counter(calls.outcomes)
        server.close()
    print_table(f"{NUM_CALLS} mutated calls", ("calls", "resident MB", "open files"), memory)
    rows = [(reason, str(number)) for reason, number in outcomes.most_common()]
    print_table("What became of them", ("", "number"), rows)
    assert not outcomes["INTERNAL"], calls.examples["INTERNAL"]


if __name__ == "__main__":
    main()
