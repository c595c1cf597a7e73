"""A model folder of kind flux2-klein as an editor."""

from __future__ import annotations

import torch
from transformers import AutoTokenizer

from mgie.editors.flow_editor import FlowEditor
from mgie.editors.flow_loading import flow_editor, load_by_plan
from mgie.editors.flux2_klein.config import Flux2KleinConfig
from mgie.editors.flux2_klein.model import Flux2Klein
from mgie.editors.flux2_klein.networks import empty_networks
from mgie.editors.kind import LoadRequest
from mgie.errors import BadTokenizer


def load(request: LoadRequest[Flux2KleinConfig]) -> FlowEditor:
    """The networks mapped from the folder, quantised where the memory plan says so, cast and placed."""
    config = request.config
    device = torch.device(request.options.device)
    networks = empty_networks(config)
    plan = load_by_plan(networks, request)
    try:
        tokenizer = AutoTokenizer.from_pretrained(request.folder, local_files_only=True)
    except (OSError, ValueError) as error:
        raise BadTokenizer(f"the tokenizer of {request.folder.name} cannot be made: {error}") from error
    model = Flux2Klein(config, networks, tokenizer, device=device)
    return flow_editor(model, networks, plan, request)
