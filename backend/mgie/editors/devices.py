"""Devices by torch's names: the best that is there, and whether one that is asked for is."""

from __future__ import annotations

from mgie.errors import BadOption


def best_device() -> str:
    """A GPU where torch finds one, else the CPU."""
    import torch

    if torch.cuda.is_available():
        return "cuda:0"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def usable_device(name: str = "auto") -> str:
    """The name of a device that is there; "auto" for the best one. Raises BadOption saying what to choose."""
    import torch

    if name == "auto":
        return best_device()
    choice = f"choose auto or {best_device()}"
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise BadOption(f"device {name!r} is unknown; choose auto, cpu, cuda, cuda:1 or mps") from error
    if device.type == "cuda":
        count = torch.cuda.device_count() if torch.cuda.is_available() else 0
        if not count:
            has_cuda = torch.version.cuda is not None or torch.version.hip is not None
            why = "torch finds no such GPU here" if has_cuda else "this torch was built without it"
            raise BadOption(f"device {name} cannot be used: {why}; {choice}")
        if (device.index or 0) >= count:
            raise BadOption(f"device {name} is not there: {count} GPUs are, counted from 0; {choice}")
    elif device.type == "mps":
        if not torch.backends.mps.is_available():
            raise BadOption(f"device {name} cannot be used: this is no Mac with an Apple GPU; {choice}")
    elif device.type != "cpu":
        raise BadOption(f"device {name!r} is not supported; choose auto, cpu, cuda, cuda:1 or mps")
    return name
