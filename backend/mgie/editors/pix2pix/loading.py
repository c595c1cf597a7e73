"""A native model folder of kind mgie, lgie or insp2p as an editor."""

from __future__ import annotations

import logging
from functools import cache
from pathlib import Path

import torch

from mgie.editors.kind import LoadRequest
from mgie.editors.precision import QUANTIZED, dtype_of, precisions
from mgie.errors import BadTokenizer
from mgie.model.config import ModelConfig
from mgie.model.editor import make_editor
from mgie.model.events import Editor
from mgie.model.load_options import LoadOptions, Precision
from mgie.model.memory_plan import MemoryPlan, ModelSizes, choose_plan, sizes_of
from mgie.model.networks import build_networks
from mgie.model.offload import free_memory
from mgie.model.quantized import is_quantized, quantize_language
from mgie.model.text_tokenizer import ClipTokenizer, PieceTokenizer, TextTokenizer
from mgie.model.tokenizer import Tokenizer
from mgie.weights.checkpoint import load_networks

log = logging.getLogger(__name__)


def load(request: LoadRequest[ModelConfig]) -> Editor:
    """The networks mapped from the folder, cast and placed."""
    config, options = request.config, request.options
    device = torch.device(options.device)
    networks = load_networks(request.folder)
    chosen = _precisions(request.info.id, config, options, device)
    plan = expected_plan(request.info.id, config, options)
    log.info("memory plan model=%s device=%s plan=%s", request.info.id, device, plan)
    if is_quantized(plan.precision) and config.quantized is None:
        assert networks.language_model is not None
        quantize_language(networks.language_model, plan.precision)
    return make_editor(
        config,
        networks,
        load_tokenizer(request.folder, config),
        info=request.info,
        device=device,
        dtype=dtype_of(plan.precision, device),
        placement=plan.placement,
        tiles_pictures=plan.tiles_pictures,
        precisions=chosen[chosen.index(plan.precision) + 1 :],
    )


def expected_plan(model: str, config: ModelConfig, options: LoadOptions, spare_bytes: int = 0) -> MemoryPlan:
    """What a model would be loaded as now; see `Kind.memory_plan`."""
    device = torch.device(options.device)
    return choose_plan(
        _sizes(config),
        free_memory(device, spare_bytes=spare_bytes),
        precisions=_precisions(model, config, options, device),
        placement=options.placement,
    )


@cache
def _sizes(config: ModelConfig) -> ModelSizes:
    return sizes_of(build_networks(config, device="meta"))


def _precisions(
    model: str, config: ModelConfig, options: LoadOptions, device: torch.device
) -> list[Precision]:
    return precisions(
        model,
        options.precision,
        device,
        needed=config.quantized or config.precision,
        smaller=QUANTIZED if config.language is not None else (),
    )


def load_tokenizer(folder: Path, config: ModelConfig) -> Tokenizer | TextTokenizer:
    """The tokenizer of a folder, its ids checked against the config."""
    if config.tokens is not None:
        return Tokenizer.from_file(folder / "tokenizer.model", config.tokens)
    assert config.text_encoder is not None, "a model reads text through tokens or through a text encoder"
    if config.text_encoder.tokenizer == "clip":
        return ClipTokenizer(folder / "vocab.json", folder / "merges.txt", config.text_encoder)
    path = folder / "tokenizer.model"
    if not path.is_file():
        raise BadTokenizer(f"{path} is missing")
    return PieceTokenizer(path.read_bytes(), config.text_encoder)
