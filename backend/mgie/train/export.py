"""What leaves a run: a model folder that `mgie edit --model` loads, or the published mllm.pt and unet.pt."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor

from mgie.errors import BadOption
from mgie.model.networks import Networks
from mgie.train.config import TrainConfig
from mgie.train.engine.checkpoints import list_checkpoints, read_checkpoint
from mgie.train.engine.lora import add_adapters, merge_adapters
from mgie.train.engine.param_groups import parameter_groups
from mgie.train.start import Started, start
from mgie.weights.checkpoint import save_model
from mgie.weights.manifest import Manifest

_NAMES = {
    "language_model.model.embed_tokens.weight": "model.embed_tokens.weight",
    "language_model.lm_head.weight": "lm_head.weight",
}


def trained_model(
    config: TrainConfig, folder: Path, *, step: int | None = None, average: bool = False
) -> Started:
    """The model of a run at a checkpoint (default: the newest), adapters merged, `emb` derived.

    average: the averaged weights instead of the last ones.
    """
    snapshot = read_checkpoint(_checkpoint(folder, step))
    if average and snapshot.averages is None:
        raise BadOption(f"{folder} keeps no averaged weights; set optimizer.ema_decay in the configuration")
    started = start(config.start, seed=config.run.seed)
    networks = started.networks
    if config.lora is not None:
        add_adapters(networks, config.lora, seed=config.run.seed)
    parameter_groups(networks, config)
    weights = snapshot.averages if average and snapshot.averages is not None else snapshot.weights
    with torch.no_grad():
        for name, value in weights.items():
            networks.get_parameter(name).data = value
    merge_adapters(networks)
    networks.derive_emb()
    return started


def export_model(
    started: Started,
    folder: Path,
    *,
    name: str,
    license: str | None = None,
    source: str | None = None,
    dtype: torch.dtype | None = None,
    max_shard_bytes: int = 2 << 30,
) -> Manifest:
    """Write a native model folder."""
    return save_model(
        folder,
        started.config,
        started.networks,
        tokenizer_files=started.tokenizer_files,
        name=name,
        license=license or started.license,
        source=source or f"trained from {started.source}",
        dtype=dtype,
        max_shard_bytes=max_shard_bytes,
    )


def export_published(networks: Networks, folder: Path, *, dtype: torch.dtype = torch.float16) -> None:
    """Write mllm.pt (word matrices, edit head, emb) and unet.pt as ml-mgie publishes them.

    Unlike ml-mgie's own extraction this writes `emb`, which its demo needs.
    """
    if networks.language_model is None:
        raise BadOption("a model of kind insp2p has no mllm.pt; export the native folder")
    folder.mkdir(parents=True, exist_ok=True)
    torch.save(published_mllm(networks, dtype), folder / "mllm.pt")
    unet = {name: tensor.to(dtype) for name, tensor in networks.unet.state_dict().items()}
    torch.save(unet, folder / "unet.pt")


def published_mllm(networks: Networks, dtype: torch.dtype) -> dict[str, Tensor]:
    """The entries of mllm.pt under their published names."""
    state = networks.state_dict()
    mllm = {theirs: state[ours].to(dtype) for ours, theirs in _NAMES.items()}
    mllm |= {name: tensor.to(dtype) for name, tensor in state.items() if name.startswith("edit_head.")}
    return mllm | {"emb": state["emb"].to(dtype)}


def _checkpoint(folder: Path, step: int | None) -> Path:
    found = list_checkpoints(folder / "checkpoints")
    wanted = [path for path in found if step is None or int(path.name.split("-")[1]) == step]
    if not wanted:
        steps = [int(path.name.split("-")[1]) for path in found]
        raise BadOption(
            f"{folder} has no checkpoint{f' of step {step}' if step is not None else ''}; there are {steps}"
        )
    return wanted[-1]
