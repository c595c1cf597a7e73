"""A native model folder of kind mgie, lgie or insp2p as an editor."""

from __future__ import annotations

import logging
from functools import cache
from pathlib import Path

import torch

from mgie.editors.kind import LoadRequest
from mgie.editors.loading_plan import LoadingPlan, loading_plan
from mgie.editors.precision import dtype_of
from mgie.errors import BadTokenizer
from mgie.model.config import ModelConfig
from mgie.model.editor import make_editor
from mgie.model.events import Editor
from mgie.model.load_options import LoadOptions
from mgie.model.memory_plan import MemoryPlan, ModelSizes, sizes_of
from mgie.model.networks import build_networks
from mgie.model.quantized import QUANTIZED, is_quantized, quantize_layers
from mgie.model.text_tokenizer import ClipTokenizer, PieceTokenizer, TextTokenizer
from mgie.model.tokenizer import Tokenizer
from mgie.weights.checkpoint import load_networks
from mgie.weights.stored_copies import StoredCopies

log = logging.getLogger(__name__)


def load(request: LoadRequest[ModelConfig]) -> Editor:
    """The networks mapped from the folder, cast and placed."""
    config, options = request.config, request.options
    device = torch.device(options.device)
    networks = load_networks(request.folder)
    plan = _plan(request.info.id, config, options)
    chosen = plan.chosen
    stored = StoredCopies(request.folder)
    log.info("memory plan model=%s device=%s plan=%s", request.info.id, device, chosen)
    if is_quantized(chosen.precision) and config.quantized is None:
        quantize_layers(networks, chosen.precision, networks.stacks, stored)
    return make_editor(
        config,
        networks,
        load_tokenizer(request.folder, config),
        info=request.info,
        device=device,
        dtype=dtype_of(chosen.precision, device),
        placement=chosen.placement,
        tiles_pictures=chosen.tiles_pictures,
        precisions=plan.smaller,
        stored=stored,
    )


def expected_plan(model: str, config: ModelConfig, options: LoadOptions, spare_bytes: int) -> MemoryPlan:
    """What a model would be loaded as now; see `Kind.memory_plan`."""
    return _plan(model, config, options, spare_bytes).chosen


def _plan(model: str, config: ModelConfig, options: LoadOptions, spare_bytes: int = 0) -> LoadingPlan:
    return loading_plan(
        model,
        _sizes(config),
        options,
        spare_bytes=spare_bytes,
        needed=config.quantized or config.precision,
        smaller=QUANTIZED if config.language is not None else (),
    )


@cache
def _sizes(config: ModelConfig) -> ModelSizes:
    return sizes_of(build_networks(config, device="meta"))


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
