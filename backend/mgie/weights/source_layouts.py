"""The published files of MGIE and InsPix2Pix: opened lazily and checked before anything is converted.

`MgieFiles` and `InsPix2PixFiles` say where the files are; refused are LLaVA weights that are only a delta, a
LLaVA of another configuration, and tokenizers whose ids are not those of the weights.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import torch

from mgie.errors import BadCheckpoint, BadTokenizer
from mgie.model.config import ModelConfig
from mgie.model.networks import build_networks
from mgie.model.tokenizer import Tokenizer, check_added_tokens
from mgie.weights.key_matching import Sources, match_keys
from mgie.weights.source_keys import INSPIX2PIX_RULES, MGIE_RULES, current_vae_key
from mgie.weights.tensor_files import LazyTensor, open_sharded, open_tensors

_DELTA_NORM = 0.02  # mean RMSNorm scale; far above in a LLaMA, about 0 in the difference of two


@dataclass(frozen=True, kw_only=True)
class MgieFiles:
    """Where the published parts of an MGIE model are."""

    llava: Path  # folder LLaVA-7B-v1: weights, config.json, tokenizer
    mllm: Path  # mllm.pt: embeddings, LM head, edit head
    unet: Path  # unet.pt: 8-channel UNet
    diffusion: Path  # instruct-pix2pix or Stable Diffusion folder, or its vae folder
    clip: Path  # clip-vit-large-patch14 folder

    def open(self, config: ModelConfig) -> Sources:
        """Map every file; refuse LLaVA weights that are a delta, another size, or another tokenizer's."""
        check_llava_config(self.llava, config)
        llava = open_sharded(self.llava, ["model", "pytorch_model"])
        check_no_delta(self.llava, llava)
        return {
            "llava": llava,
            "mllm": _with_emb(open_tensors(self.mllm), config),
            "unet": open_tensors(self.unet),
            "vae": open_vae(self.diffusion),
            "clip": open_sharded(self.clip, ["model", "pytorch_model"]),
        }

    def tokenizer_files(self, config: ModelConfig) -> list[Path]:
        """tokenizer.model, after checking that its ids and the added tokens are those of the weights."""
        assert config.tokens is not None, "a model of kind mgie has tokens"
        check_added_tokens(_added_tokens(self.llava), config.tokens)
        Tokenizer.from_file(self.llava / "tokenizer.model", config.tokens)
        return [self.llava / "tokenizer.model"]

    @property
    def kind(self) -> str:
        """What these files make."""
        return "mgie"

    def tensors(self, config: ModelConfig) -> list[LazyTensor]:
        """Every tensor of the model under our key."""
        return match_keys(self.open(config), build_networks(config, device="meta"), MGIE_RULES)


@dataclass(frozen=True, kw_only=True)
class InsPix2PixFiles:
    """Where a published InsPix2Pix model is."""

    folder: Path  # instruct-pix2pix folder in diffusers' layout

    def open(self, config: ModelConfig) -> Sources:
        """Map every file."""
        return {
            "text_encoder": open_sharded(self.folder / "text_encoder", ["model", "pytorch_model"]),
            "unet": open_sharded(self.folder / "unet", ["diffusion_pytorch_model"]),
            "vae": open_vae(self.folder),
        }

    def tokenizer_files(self, config: ModelConfig) -> list[Path]:
        """The files of the CLIP tokenizer."""
        assert config.text_encoder is not None, "a model of kind insp2p has a text encoder"
        names = (
            ("vocab.json", "merges.txt") if config.text_encoder.tokenizer == "clip" else ("tokenizer.model",)
        )
        paths = [self.folder / "tokenizer" / name for name in names]
        for path in paths:
            if not path.is_file():
                raise BadTokenizer(f"{path} is missing")
        return paths

    @property
    def kind(self) -> str:
        """What these files make."""
        return "insp2p"

    def tensors(self, config: ModelConfig) -> list[LazyTensor]:
        """Every tensor of the model under our key."""
        return match_keys(self.open(config), build_networks(config, device="meta"), INSPIX2PIX_RULES)


def open_vae(folder: Path) -> dict[str, LazyTensor]:
    """The autoencoder of a diffusers folder (or its vae folder), keys in today's spelling."""
    vae = folder / "vae" if (folder / "vae").is_dir() else folder
    tensors = open_sharded(vae, ["diffusion_pytorch_model"])
    return {current_vae_key(key): tensor for key, tensor in tensors.items()}


def check_no_delta(folder: Path, llava: Mapping[str, LazyTensor]) -> None:
    """Refuse weights that are only the difference to LLaMA."""
    norms = [
        tensor.load().float().abs().mean()
        for key, tensor in llava.items()
        if key.endswith("norm.weight") and tensor.dtype.is_floating_point
    ]
    if norms and float(torch.stack(norms).mean()) < _DELTA_NORM:
        raise BadCheckpoint(
            f"{folder} holds LLaVA *delta* weights, which are only the difference to LLaMA-7B. Add them to "
            "the original LLaMA-7B (not Vicuna) with `python -m llava.model.apply_delta`, then import that"
        )


def check_llava_config(folder: Path, config: ModelConfig) -> None:
    """Refuse a LLaVA whose config.json contradicts the model, where shapes cannot tell."""
    language, vision = config.language, config.vision
    assert language is not None, "a model of kind mgie has a language model"
    assert vision is not None, "a model of kind mgie has a vision tower"
    wanted = {
        "num_attention_heads": language.num_heads,
        "rms_norm_eps": language.rms_norm_eps,
        "mm_vision_select_layer": vision.feature_layer,
        "mm_use_im_start_end": True,
    }
    said = _read_json(folder / "config.json")
    if "mm_vision_select_layer" not in said:
        raise BadCheckpoint(
            f"{folder / 'config.json'} does not say which layer of the vision tower it reads; "
            f'if this is LLaVA-7B-v1, add "mm_vision_select_layer": {vision.feature_layer} to it'
        )
    for field, value in wanted.items():
        if field in said and said[field] != value:
            raise BadCheckpoint(
                f"{folder / 'config.json'}: {field} is {said[field]}, this model needs {value}"
            )


def _with_emb(mllm: dict[str, LazyTensor], config: ModelConfig) -> dict[str, LazyTensor]:
    """mllm.pt with `emb` as (8, D): given in either published shape, or derived from the embedding's rows."""
    assert config.tokens is not None, "a model of kind mgie has tokens"
    rows = list(config.tokens.visual_ids)
    embed = mllm.get("model.embed_tokens.weight")
    given = mllm.get("emb")
    if given is not None and len(given.shape) == 3 and given.shape[0] == 1:
        emb = replace(given, shape=given.shape[1:], load=lambda: given.load()[0])
    elif given is None and embed is not None:  # of a wrong shape it is refused later, by its own name
        emb = replace(
            embed, key="emb", shape=(len(rows), *embed.shape[1:]), load=lambda: embed.load()[rows].clone()
        )
    else:
        return mllm
    return mllm | {"emb": emb}


def _added_tokens(folder: Path) -> dict[str, int]:
    """Added tokens of a tokenizer folder, in the layout of transformers 4.2x or of later ones."""
    path = folder / "added_tokens.json"
    try:
        if path.is_file():
            return {text: _token_id(token_id) for text, token_id in _read_json(path).items()}
        path = folder / "tokenizer_config.json"
        decoder = _read_json(path).get("added_tokens_decoder", {}) if path.is_file() else {}
        return {str(entry["content"]): _token_id(token_id) for token_id, entry in decoder.items()}
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BadTokenizer(
            f"{path} lists its added tokens in an unknown way ({error}); take the file that came "
            "with the weights"
        ) from error


def _token_id(value: object) -> int:
    """A number, or digits as the keys of an object are."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise TypeError(f"{value!r} is no token id")
    return int(value)


def _read_json(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise BadCheckpoint(f"{path} is missing") from error
    except OSError as error:
        raise BadCheckpoint(f"{path} cannot be read: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise BadCheckpoint(f"{path} is no JSON: {error}") from error
    if not isinstance(content, dict):
        raise BadCheckpoint(f"{path} holds no JSON object")
    return cast("dict[str, Any]", content)
