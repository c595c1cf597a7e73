"""What leaves a run: a model folder, or the files as published."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from mgie.errors import BadOption
from mgie.train.export import export_published
from support.tiny import tiny_networks


def test_the_published_files_hold_what_the_demo_needs(tmp_path: Path) -> None:
    networks = tiny_networks()
    export_published(networks, tmp_path)
    mllm = torch.load(tmp_path / "mllm.pt", weights_only=True)
    unet = torch.load(tmp_path / "unet.pt", weights_only=True)
    assert torch.equal(mllm["emb"], mllm["model.embed_tokens.weight"][-8:])
    assert {name for name in mllm if not name.startswith("edit_head.")} == {
        "model.embed_tokens.weight",
        "lm_head.weight",
        "emb",
    }
    assert set(unet) == set(networks.unet.state_dict())
    assert all(value.dtype == torch.float16 for value in [*mllm.values(), *unet.values()])
    with pytest.raises(BadOption, match="native folder"):
        export_published(tiny_networks("insp2p"), tmp_path)
