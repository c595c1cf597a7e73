"""Devices that a model is asked for on, and that are not there: one sentence, before anything is loaded."""

from __future__ import annotations

import pytest
import torch

from mgie.editors.loading import open_editor
from mgie.errors import BadOption
from mgie.model.load_options import LoadOptions

NOT_HERE = [
    ("banana", "is unknown; choose auto, cpu, cuda, cuda:1 or mps"),
    ("meta", "is not supported; choose auto, cpu, cuda, cuda:1 or mps"),
    ("cuda:99", "cannot be used|is not there"),
]
if not torch.cuda.is_available():
    NOT_HERE.append(("cuda", "device cuda cannot be used: .*; choose auto or"))
if not torch.backends.mps.is_available():
    NOT_HERE.append(("mps", "device mps cannot be used: this is no Mac with an Apple GPU; choose auto or"))


@pytest.mark.parametrize(("device", "message"), NOT_HERE)
def test_a_device_that_is_not_there_is_refused_in_one_sentence(device: str, message: str) -> None:
    with pytest.raises(BadOption, match=message):
        open_editor("mgie-mini", LoadOptions(device=device))
