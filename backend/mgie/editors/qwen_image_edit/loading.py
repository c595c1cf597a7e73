"""A model folder of kind qwen-image-edit as an editor."""

from __future__ import annotations

import torch
from transformers import Qwen2VLProcessor

from mgie.editors.flow_editor import FlowEditor
from mgie.editors.kind import LoadRequest
from mgie.editors.precision import weights_dtype
from mgie.editors.qwen_image_edit.config import QwenImageEditConfig
from mgie.editors.qwen_image_edit.model import QwenImageEdit
from mgie.editors.qwen_image_edit.networks import empty_networks
from mgie.editors.vision_processor import load_vision_processor
from mgie.model.offload import cast_weights, place
from mgie.weights.checkpoint import fill_networks


def load(request: LoadRequest[QwenImageEditConfig]) -> FlowEditor:
    """The networks mapped from the folder, cast and placed."""
    config, options = request.config, request.options
    device = torch.device(options.device)
    networks = empty_networks(config)
    fill_networks(networks, request.folder)
    cast_weights(networks, weights_dtype(request.info.id, options.precision, device, on_gpu="bf16"))
    processor = load_vision_processor(Qwen2VLProcessor, request.folder)
    model = QwenImageEdit(config, networks, processor, device=device)
    return FlowEditor(model, info=request.info, placement=place(networks.halves, device, options.placement))
