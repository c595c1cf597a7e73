"""The one table between the keys of published files and the keys of `Networks`.

Published names and ours agree but for a prefix, because `Networks` keeps the libraries' names; the two
spellings of the autoencoder's attention are the only other difference.
"""

from __future__ import annotations

import re
from typing import NamedTuple


class Rule(NamedTuple):
    """Keys of `Networks` that begin with `ours` are in `source`, beginning with `published` instead."""

    ours: str
    source: str
    published: str


# The first rule that fits decides.
MGIE_RULES = (
    Rule("language_model.model.embed_tokens.", "mllm", "model.embed_tokens."),
    Rule("language_model.lm_head.", "mllm", "lm_head."),
    Rule("edit_head.", "mllm", "edit_head."),
    Rule("emb", "mllm", "emb"),
    Rule("language_model.", "llava", ""),
    Rule("projector.", "llava", "model.mm_projector."),
    Rule("vision_tower.", "clip", "vision_model."),
    Rule("unet.", "unet", ""),
    Rule("vae.", "vae", ""),
)
INSPIX2PIX_RULES = (
    Rule("text_encoder.", "text_encoder", "text_model."),
    Rule("unet.", "unet", ""),
    Rule("vae.", "vae", ""),
)

# What published files hold beyond what we use, per source.
UNUSED = {
    "llava": re.compile(
        r"model\.embed_tokens\.weight|lm_head\.weight"  # mllm.pt brings the trained ones
        r"|model\.layers\.\d+\.self_attn\.rotary_emb\.inv_freq"  # computed
    ),
    "clip": re.compile(
        r"text_model\..*|text_projection\.weight|visual_projection\.weight|logit_scale"  # CLIP's other half
        r"|vision_model\.embeddings\.position_ids"  # 0, 1, 2, ...
    ),
    "text_encoder": re.compile(
        r"text_model\.embeddings\.position_ids"
        r"|lm_head\.weight"  # of a language model that only reads
    ),
    "text_encoder_2": re.compile(r"encoder\.embed_tokens\.weight"),  # the same as shared.weight
}

# diffusers before 0.15 -> since, in the autoencoder's mid blocks.
_OLD_ATTENTION = {"query": "to_q", "key": "to_k", "value": "to_v", "proj_attn": "to_out.0"}
_OLD_ATTENTION_KEY = re.compile(r"((?:en|de)coder\.mid_block\.attentions\.0)\.(\w+)\.(weight|bias)")


def published_key(key: str, rules: tuple[Rule, ...]) -> tuple[str, str]:
    """Source and published key of one of our keys."""
    for rule in rules:
        if key.startswith(rule.ours):
            return rule.source, rule.published + key.removeprefix(rule.ours)
    raise AssertionError(f"no rule for {key}")


def current_vae_key(key: str) -> str:
    """A key of an autoencoder of any age in today's spelling."""
    match = _OLD_ATTENTION_KEY.fullmatch(key)
    if match is None or match[2] not in _OLD_ATTENTION:
        return key
    return f"{match[1]}.{_OLD_ATTENTION[match[2]]}.{match[3]}"
