"""The weights of the parity pack: each is a function of its key and shape alone.

`make_weight` is the recipe, `published_keys` names the weights of `Networks` as the pack does,
`fill` gives a tiny model all of them.
"""

from __future__ import annotations

import math
import os
import zlib
from collections.abc import Sequence
from pathlib import Path

import torch

from mgie.model.networks import Networks

PACK = Path(os.environ.get("MGIE_PARITY_PACK") or Path(__file__).parents[1] / "data" / "parity")

# our prefix -> the pack's; what is not listed is spelled alike
_PREFIXES = {
    "language_model.": "",
    "projector.": "model.mm_projector.",
    "vision_tower.": "vision_tower.vision_model.",
}


def make_weight(key: str, shape: Sequence[int]) -> torch.Tensor:
    """A normal draw seeded by the key, scaled by what kind of weight it is; float32."""
    generator = torch.Generator().manual_seed(zlib.crc32(key.encode()))
    draw = torch.randn(tuple(shape), generator=generator)
    if key.endswith(("bias",)):
        return 0.1 * draw
    if key.endswith(".weight") and len(shape) == 1:
        return 1 + 0.1 * draw
    if key.endswith("embed_tokens.weight"):
        return 0.1 * draw
    if key.endswith(("class_embedding", "position_embedding.weight")):
        return 0.3 * draw
    if key == "edit_head.query":
        return draw
    return draw / math.sqrt(math.prod(shape[1:]))


def published_key(key: str) -> str:
    """The pack's name of a weight of `Networks`."""
    for ours, theirs in _PREFIXES.items():
        if key.startswith(ours):
            return theirs + key.removeprefix(ours)
    return key


@torch.no_grad()
def fill(networks: Networks) -> None:
    """Overwrite every weight with the pack's and derive `emb`."""
    for key, parameter in networks.named_parameters():
        parameter.copy_(make_weight(published_key(key), parameter.shape))
    networks.derive_emb()
