"""A model folder of kind flux-kontext as an editor."""

from __future__ import annotations

import torch

from mgie.editors.flow_editor import FlowEditor
from mgie.editors.flow_loading import flow_editor, load_by_plan
from mgie.editors.flux_kontext.config import FluxKontextConfig
from mgie.editors.flux_kontext.model import FluxKontext
from mgie.editors.flux_kontext.networks import empty_networks
from mgie.editors.flux_kontext.tokenizer import JsonTokenizer
from mgie.editors.kind import LoadRequest
from mgie.model.text_tokenizer import ClipTokenizer


def load(request: LoadRequest[FluxKontextConfig]) -> FlowEditor:
    """The networks mapped from the folder, quantised where the memory plan says so, cast and placed."""
    config, folder = request.config, request.folder
    device = torch.device(request.options.device)
    networks = empty_networks(config)
    plan = load_by_plan(networks, request)
    model = FluxKontext(
        config,
        networks,
        clip=ClipTokenizer(folder / "vocab.json", folder / "merges.txt", config.clip),
        t5=JsonTokenizer(
            folder / "tokenizer.json", max_length=config.t5.max_length, vocab_size=config.t5.vocab_size
        ),
        device=device,
    )
    return flow_editor(model, networks, plan, request)
