"""Small versions of `make soak`."""

from __future__ import annotations

import random
from pathlib import Path

from support.kill_ledger import KillLedger
from support.killable import Killable
from support.mutated_calls import MutatedCalls

NUM_KILLS = 20
NUM_CALLS = 3000


def test_kills_at_random_moments_under_load_lose_and_undo_nothing(state_dir: Path) -> None:
    ledger = KillLedger(Killable(state_dir, token_s=0.002, step_s=0.01), seed=25)
    counts = ledger.run(NUM_KILLS)
    assert not ledger.faults
    assert counts["edits"] >= NUM_KILLS


def test_mutated_calls_of_every_method_neither_end_the_server_nor_are_internal(start) -> None:
    server = start(max_queue_length=1000)
    with MutatedCalls(server.discovery, random.Random(2)) as calls:
        for _ in range(NUM_CALLS):
            calls.one()
        assert server.connect().is_serving()
        assert not calls.outcomes["INTERNAL"], calls.examples["INTERNAL"]
        assert calls.outcomes["OK"] > NUM_CALLS / 10
