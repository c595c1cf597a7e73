"""A model folder of kind flux-kontext as an editor."""

from __future__ import annotations

import torch

from mgie.editors.flow_editor import FlowEditor
from mgie.editors.flux_kontext.config import FluxKontextConfig
from mgie.editors.flux_kontext.model import FluxKontext
from mgie.editors.flux_kontext.networks import empty_networks
from mgie.editors.flux_kontext.tokenizer import JsonTokenizer
from mgie.editors.kind import LoadRequest
from mgie.editors.precision import weights_dtype
from mgie.model.offload import cast_weights, place
from mgie.model.text_tokenizer import ClipTokenizer
from mgie.weights.checkpoint import fill_networks


def load(request: LoadRequest[FluxKontextConfig]) -> FlowEditor:
    """The networks mapped from the folder, cast and placed."""
    config, folder, options = request.config, request.folder, request.options
    device = torch.device(options.device)
    networks = empty_networks(config)
    fill_networks(networks, folder)
    cast_weights(networks, weights_dtype(request.info.id, options.precision, device, on_gpu="bf16"))
    model = FluxKontext(
        config,
        networks,
        clip=ClipTokenizer(folder / "vocab.json", folder / "merges.txt", config.clip),
        t5=JsonTokenizer(
            folder / "tokenizer.json", max_length=config.t5.max_length, vocab_size=config.t5.vocab_size
        ),
        device=device,
    )
    return FlowEditor(model, info=request.info, placement=place(networks.halves, device, options.placement))
