"""A model folder of kind qwen-image-edit as an editor."""

from __future__ import annotations

import torch
from transformers import Qwen2VLProcessor

from mgie.editors.flow_editor import FlowEditor
from mgie.editors.flow_loading import flow_editor, load_by_plan
from mgie.editors.kind import LoadRequest
from mgie.editors.qwen_image_edit.config import QwenImageEditConfig
from mgie.editors.qwen_image_edit.model import QwenImageEdit
from mgie.editors.qwen_image_edit.networks import empty_networks
from mgie.editors.vision_processor import load_vision_processor


def load(request: LoadRequest[QwenImageEditConfig]) -> FlowEditor:
    """The networks mapped from the folder, quantised where the memory plan says so, cast and placed."""
    config = request.config
    device = torch.device(request.options.device)
    networks = empty_networks(config)
    plan = load_by_plan(networks, request)
    processor = load_vision_processor(Qwen2VLProcessor, request.folder)
    model = QwenImageEdit(config, networks, processor, device=device)
    return flow_editor(model, networks, plan, request)
