"""How a run is spread over devices, and which precisions they have."""

from __future__ import annotations

import pytest
import torch

from mgie.errors import BadOption
from mgie.train.config import RunConfig
from mgie.train.engine.launch import make_accelerator


@pytest.mark.skipif(torch.accelerator.is_available(), reason="this machine has an accelerator")
def test_half_precision_without_a_gpu_is_refused_with_what_to_choose() -> None:
    with pytest.raises(BadOption, match="needs a GPU; choose fp32 or bf16"):
        make_accelerator(RunConfig(num_steps=1, batch_size=1, precision="fp16"))
    accelerator = make_accelerator(RunConfig(num_steps=1, batch_size=1, precision="bf16"))
    assert accelerator.mixed_precision == "bf16"
