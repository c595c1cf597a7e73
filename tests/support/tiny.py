"""Complete editors small enough for a test: seeded weights, no downloads, an edit in about a second."""

from __future__ import annotations

from pathlib import Path

import torch
from PIL import Image

from mgie.api.models import Model
from mgie.editors.pix2pix.kind import describe
from mgie.model.config import ModelConfig
from mgie.model.editor import make_editor
from mgie.model.events import Editor, EditorKind
from mgie.model.networks import Networks, build_networks
from mgie.model.presets import TINY, TINY_INSPIX2PIX, TINY_LGIE
from mgie.model.text_tokenizer import PieceTokenizer
from mgie.model.tokenizer import Tokenizer
from support import parity_weights

CONFIGS: dict[EditorKind, ModelConfig] = {"mgie": TINY, "lgie": TINY_LGIE, "insp2p": TINY_INSPIX2PIX}
TOKENIZER_FILE = Path(__file__).parents[1] / "data" / "parity" / "tokenizer" / "tokenizer.model"


def tiny_editor(kind: EditorKind = "mgie", *, device: str = "cpu") -> Editor:
    """An editor with the parity pack's weights; what it paints is noise, but always the same noise."""
    config = CONFIGS[kind]
    return make_editor(config, tiny_networks(kind), tiny_tokenizer(kind), info=tiny_info(kind), device=device)


def tiny_networks(kind: EditorKind = "mgie") -> Networks:
    """Networks with the parity pack's weights."""
    networks = build_networks(CONFIGS[kind])
    parity_weights.fill(networks)
    return networks


def tiny_tokenizer(kind: EditorKind = "mgie") -> Tokenizer | PieceTokenizer:
    """The parity pack's tokenizer, as the kind of editor needs it."""
    config = CONFIGS[kind]
    if config.text_encoder is not None:
        return PieceTokenizer(TOKENIZER_FILE.read_bytes(), config.text_encoder)
    assert config.tokens is not None
    return Tokenizer.from_file(TOKENIZER_FILE, config.tokens)


def tiny_info(kind: EditorKind = "mgie") -> Model:
    """What the editor says of itself."""
    base = Model(name=f"models/tiny-{kind}", kind=kind, digest="0" * 64, license="Apache-2.0")
    return describe(base, CONFIGS[kind])


def tiny_picture(width: int = 64, height: int = 64, *, seed: int = 0) -> Image.Image:
    """A smooth coloured picture."""
    generator = torch.Generator().manual_seed(seed)
    coarse = torch.rand(1, 3, 4, 4, generator=generator)
    pixels = torch.nn.functional.interpolate(coarse, size=(height, width), mode="bilinear")
    return Image.fromarray((255 * pixels[0].permute(1, 2, 0)).round().to(torch.uint8).numpy())
