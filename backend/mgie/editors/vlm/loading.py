"""A model folder of kind vlm as a writer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from transformers import MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING, AutoConfig, ProcessorMixin
from transformers.models.auto.processing_auto import PROCESSOR_MAPPING
from transformers.utils import logging

from mgie.editors.kind import LoadRequest
from mgie.editors.precision import weights_dtype
from mgie.editors.vision_processor import load_vision_processor
from mgie.editors.vlm.config import VlmConfig
from mgie.editors.vlm.writer import VlmWriter
from mgie.errors import BadCheckpoint, BadTokenizer
from mgie.model.empty_weights import making_networks
from mgie.model.offload import Halves, cast_weights, place
from mgie.weights.checkpoint import open_model_tensors
from mgie.weights.manifest import read_manifest


def load(request: LoadRequest[VlmConfig]) -> VlmWriter:
    """The network mapped from the folder, cast and placed, and its processor."""
    options = request.options
    device = torch.device(options.device)
    model = load_network(request.folder)
    cast_weights(model, weights_dtype(request.info.id, options.precision, device, on_gpu="bf16"))
    halves = Halves(encode=(model,), sample=(), layered=(model,))
    return VlmWriter(
        request.config,
        model,
        load_processor(request.folder),
        info=request.info,
        placement=place(halves, device, options.placement),
    )


def load_network(folder: Path) -> Any:
    """The network in evaluation mode. Raises BadCheckpoint for weights it lacks or does not have."""
    tensors = open_model_tensors(folder, read_manifest(folder))
    try:
        config = AutoConfig.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
        network_class: Any = MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING[type(config)]
    except (ValueError, KeyError, OSError) as error:
        raise BadCheckpoint(f"{folder / 'config.json'} describes no chat model that sees: {error}") from error
    logging.disable_progress_bar()
    with making_networks():
        model, report = network_class.from_pretrained(
            None,
            config=config,
            state_dict={key: tensor.load() for key, tensor in tensors.items()},
            output_loading_info=True,
        )
    for problem in ("missing_keys", "unexpected_keys", "mismatched_keys"):
        if report[problem]:
            keys = ", ".join(sorted(map(str, report[problem]))[:3])
            raise BadCheckpoint(f"{folder} has {problem.replace('_', ' ')}: {keys}")
    return model.eval()


def load_processor(folder: Path) -> ProcessorMixin:
    """What prepares words and pictures for the network; see `load_vision_processor`. Raises BadTokenizer."""
    try:
        config = AutoConfig.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
        processor_class: Any = PROCESSOR_MAPPING[type(config)]
    except (OSError, ValueError, KeyError) as error:
        raise BadTokenizer(f"the processor of {folder.name} cannot be made: {error}") from error
    return load_vision_processor(processor_class, folder)
