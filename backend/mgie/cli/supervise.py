"""`mgie serve` as two processes: one serves, the other only starts it again where it crashes.

What crashes the interpreter (a fault in a decoder, in torch, in gRPC) then costs a moment: the queue is on
disk, running edits are run again, clients connect again. Linux only; elsewhere there is one process.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import time
from collections import deque
from types import FrameType

CRASHES = (signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGILL, signal.SIGFPE)
MOST_CRASHES, WITHIN_S = 10, 600.0  # more than that is not to be mended by starting again
_FORWARDED = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
_PR_SET_PDEATHSIG = 1  # prctl(2)


def start_again_after_crashes() -> str:
    """Return in a child process, and again in another one each time that crashes.

    The caller's own process stays behind and ends as its child does, unless that crashed: it must not have
    threads yet. Returns the name of the signal that ended the process before, "" in the first. SIGKILL is no
    crash: a person meant it, or the system was out of memory and would be again.
    """
    if sys.platform != "linux":
        return ""
    died_of = ""
    crashes: deque[float] = deque(maxlen=MOST_CRASHES)
    while True:
        status = _run_child()
        if status is None:
            return died_of
        if status >= 0 or -status not in CRASHES:
            sys.exit(status if status >= 0 else 128 - status)
        died_of = signal.Signals(-status).name
        if len(crashes) == MOST_CRASHES and time.monotonic() - crashes[0] < WITHIN_S:
            print(f"mgie serve: crashed again and again ({died_of}); see `mgie logs`", file=sys.stderr)  # noqa: T201 - last words
            sys.exit(128 - status)
        crashes.append(time.monotonic())


def _run_child() -> int | None:
    """None in the child; in the parent, once that ended, its exit status, negative for a signal."""
    parent = os.getpid()
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, _FORWARDED)
    child = os.fork()
    if child == 0:
        os.setpgid(0, 0)  # Ctrl-C of a terminal comes from the parent alone
        for name in _FORWARDED:
            signal.signal(name, signal.SIG_DFL if name != signal.SIGINT else signal.default_int_handler)
        _die_with(parent)
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
        return None

    def forward(number: int, frame: FrameType | None) -> None:
        os.kill(child, number)

    for name in _FORWARDED:
        signal.signal(name, forward)
    signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _die_with(parent: int) -> None:
    """A server whose supervisor was killed is killed too: nobody may find half of it alive."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it was faster
        os.kill(os.getpid(), signal.SIGKILL)
