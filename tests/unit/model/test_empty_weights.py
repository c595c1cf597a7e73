"""Networks without memory, made while another thread makes some too."""

from __future__ import annotations

import threading

from torch import nn

from mgie.model.empty_weights import empty_weights


def test_two_threads_do_not_leave_torch_without_memory() -> None:
    entered = threading.Event(), threading.Event()
    leave = threading.Event(), threading.Event()

    def make(number: int) -> None:
        with empty_weights():
            entered[number].set()
            leave[number].wait(30)

    threads = [threading.Thread(target=make, args=(number,)) for number in range(2)]
    threads[0].start()
    assert entered[0].wait(30)
    threads[1].start()
    assert not entered[1].wait(0.3)  # it waits for the first
    for number in range(2):
        leave[number].set()
        threads[number].join(30)
    assert nn.Linear(1, 1).weight.device.type == "cpu"


def test_parameters_inside_have_no_memory_and_buffers_do() -> None:
    with empty_weights():
        norm = nn.BatchNorm1d(2)
    assert norm.running_mean is not None
    assert (norm.weight.device.type, norm.running_mean.device.type) == ("meta", "cpu")
