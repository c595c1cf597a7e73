"""A model folder of kind flux2-klein as an editor."""

from __future__ import annotations

import torch
from transformers import AutoTokenizer

from mgie.editors.flow_editor import FlowEditor
from mgie.editors.flux2_klein.config import Flux2KleinConfig
from mgie.editors.flux2_klein.model import Flux2Klein
from mgie.editors.flux2_klein.networks import empty_networks
from mgie.editors.kind import LoadRequest
from mgie.editors.precision import weights_dtype
from mgie.errors import BadTokenizer
from mgie.model.offload import cast_weights, place
from mgie.weights.checkpoint import fill_networks


def load(request: LoadRequest[Flux2KleinConfig]) -> FlowEditor:
    """The networks mapped from the folder, cast and placed."""
    config, options = request.config, request.options
    device = torch.device(options.device)
    networks = empty_networks(config)
    fill_networks(networks, request.folder)
    cast_weights(networks, weights_dtype(request.info.id, options.precision, device, on_gpu="bf16"))
    try:
        tokenizer = AutoTokenizer.from_pretrained(request.folder, local_files_only=True)
    except (OSError, ValueError) as error:
        raise BadTokenizer(f"the tokenizer of {request.folder.name} cannot be made: {error}") from error
    model = Flux2Klein(config, networks, tokenizer, device=device)
    return FlowEditor(model, info=request.info, placement=place(networks.halves, device, options.placement))
