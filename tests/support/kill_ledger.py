"""Kills a server under load, and compares what is there afterwards with everything that was acknowledged."""

from __future__ import annotations

import collections
import random
import threading
import time
from collections.abc import Callable
from typing import TypeVar

from mgie.api.edit import EditResult, EditState
from mgie.api.events import LAST_EVENTS
from mgie.api.failure import ServiceError
from mgie.client.blocking import Client
from mgie.client.messages import new_request_id
from support.killable import Killable
from support.service_calls import make_spec

T = TypeVar("T")
_NUM_CLIENTS = 4
_PATIENCE_S = 60.0


class KillLedger:
    """What clients were promised, and where a promise was broken."""

    def __init__(self, server: Killable, seed: int) -> None:
        self.faults: list[str] = []
        self._server = server
        self._random = random.Random(seed)
        self._lock = threading.Lock()
        self._counts: collections.Counter[str] = collections.Counter()
        self._created: set[str] = set()
        self._ended: dict[str, EditState] = {}
        self._results: dict[str, tuple[EditResult, ...]] = {}

    def run(self, num_kills: int) -> collections.Counter[str]:
        """Kill so often, then let everything end; returns what was acknowledged, by kind."""
        self._server.start()
        for _ in range(num_kills):
            self._one_round()
        client = self._server.connect()
        for name in self._created:
            list(client.watch_edit(name))
            edit = client.get_edit(name)
            if edit.state not in (EditState.SUCCEEDED, EditState.CANCELLED):
                self.faults.append(f"{name} ended as {edit.state.name}: {edit.error}")
        self._server.close()
        return self._counts

    def _one_round(self) -> None:
        """Work, let older edits end, kill, start, compare: none dies twice, so that it would be given up."""
        client = self._server.connect()
        older = client.list_edits(states=(EditState.QUEUED, EditState.RUNNING)).edits
        is_over = threading.Event()
        seeds = [self._random.random() for _ in range(_NUM_CLIENTS)]
        threads = [threading.Thread(target=self._work, args=(is_over, seed)) for seed in seeds]
        num_ended = len(self._ended)
        for thread in threads:
            thread.start()
        while len(self._ended) == num_ended and any(thread.is_alive() for thread in threads):
            time.sleep(0.005)  # a slow machine is under load too before it is killed
        for edit in older:
            list(client.watch_edit(edit.name))
        time.sleep(self._random.uniform(0, 0.5))
        self._server.kill()
        is_over.set()
        for thread in threads:
            thread.join(timeout=60)
        with self._server.store() as store:
            if not store.is_intact():
                self.faults.append("the job store is damaged")
        self._server.start()
        self._check()

    def _check(self) -> None:
        client = self._server.connect()
        for name in list(self._created):
            try:
                edit = self._patiently(lambda name=name: client.get_edit(name))
            except ServiceError as error:
                self.faults.append(f"{name}: {error.reason}")
                continue
            wanted = self._ended.get(name)
            if wanted is not None and edit.state is not wanted:
                self.faults.append(f"{name} was {wanted.name} and is {edit.state.name}")
            if edit.results[: len(self._results.get(name, ()))] != self._results.get(name, ()):
                self.faults.append(f"{name} has other results")

    def _patiently(self, call: Callable[[], T]) -> T:
        """Call again while a living server cannot be reached: a busy machine takes long to connect."""
        deadline = time.monotonic() + _PATIENCE_S
        while True:
            try:
                return call()
            except ServiceError as error:
                if not error.is_connection or not self._server.is_alive or time.monotonic() > deadline:
                    raise
                time.sleep(0.2)

    def _work(self, is_over: threading.Event, seed: float) -> None:
        """Create, watch and cancel edits, until the server dies."""
        choice = random.Random(seed)
        try:
            client = self._server.connect()
            while not is_over.is_set():
                self._one_edit(client, choice)
        except ServiceError as error:
            if not error.is_connection:
                self.faults.append(f"a call failed: {error.reason} {error}")

    def _one_edit(self, client: Client, choice: random.Random) -> None:
        name = client.create_edit(make_spec(client, f"edit {new_request_id()[:6]}")).name
        with self._lock:
            self._created.add(name)
            self._counts["edits"] += 1
        if choice.random() < 0.2:
            state = client.cancel_edit(name).state
            with self._lock:
                self._ended[name] = state
                self._counts["cancels"] += 1
            return
        events = list(client.watch_edit(name))
        if events and isinstance(events[-1].event, LAST_EVENTS):
            edit = client.get_edit(name)
            with self._lock:
                self._ended[name], self._results[name] = edit.state, edit.results
                self._counts["results"] += len(edit.results)
