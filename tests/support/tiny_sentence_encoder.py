"""A sentence encoder of a few thousand weights, and the same as published files."""

from __future__ import annotations

import json
import string
from pathlib import Path

import numpy as np

from mgie.model.sentence_encoder import SentenceEncoder
from mgie.train.mini.encoder_start import read_encoder

WIDTH, HIDDEN, FEED_FORWARD = 16, 24, 40
_PREFIX = "module/KonaTransformer/Encode/Layer_"
_NORM = "layer_prepostprocess/layer_norm"


def tiny_sentence_encoder() -> SentenceEncoder:
    """One with random weights and a vocabulary of letters and a few words."""
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        config, state = read_encoder(write_published_encoder(Path(folder)))
    encoder = SentenceEncoder(config)
    encoder.load_state_dict(state)
    return encoder.eval()


def write_published_encoder(folder: Path) -> Path:
    """model.json, two shards and vocab.json, as the published encoder comes."""
    words = [
        "\u2581",
        *string.ascii_lowercase,
        "\u2581make",
        "\u2581it",
        "\u2581warm",
        "\u2581dark",
        "\u2581not",
    ]
    reserved = [["\ufffd", 0], *[[f"<{name}>", 0] for name in "abcde"]]
    rows = [*reserved, *[[word, -1.0 - word.isalpha()] for word in words], [":)", None]]
    (folder / "vocab.json").write_text(json.dumps([*rows, ["it", -9.5], ["it", -9.5]]), encoding="utf-8")
    generator = np.random.default_rng(0)
    shapes: dict[str, tuple[int, ...]] = {"module/Embeddings_en": (len(rows) + 4, WIDTH)}
    for layer, width in ((0, WIDTH), (1, HIDDEN)):
        inner = f"{_PREFIX}{layer}/TransformerLayer/"
        shapes |= {
            f"{inner}{_NORM}/layer_norm_scale/x": (width,),
            f"{inner}{_NORM}/layer_norm_bias/x": (width,),
            f"{inner}Attention/qkv_transform_single/kernel/part_0": (1, 1, width, 3 * width),
            f"{inner}Attention/qkv_transform_single/bias/x": (3 * width,),
            f"{inner}Attention/output_transform_single/kernel/part_0": (1, 1, width, HIDDEN),
            f"{inner}Attention/output_transform_single/bias/x": (HIDDEN,),
            f"{inner}FFN/{_NORM}/layer_norm_scale/x": (HIDDEN,),
            f"{inner}FFN/{_NORM}/layer_norm_bias/x": (HIDDEN,),
            f"{inner}FFN/conv1/Tensordot/Reshape_1": (HIDDEN, FEED_FORWARD),
            f"{inner}FFN/conv1/bias/x": (FEED_FORWARD,),
            f"{inner}FFN/conv2/Tensordot/Reshape_1": (FEED_FORWARD, HIDDEN),
            f"{inner}FFN/conv2/bias/x": (HIDDEN,),
        }
    shapes[f"{_PREFIX}0/TransformerLayer/dense/kernel/x"] = (WIDTH, HIDDEN)
    shapes[f"{_PREFIX}0/TransformerLayer/dense/bias/x"] = (HIDDEN,)
    arrays = {name: generator.normal(0, 0.3, shape).astype("<f4") for name, shape in shapes.items()}
    data = np.array([7], "<i4").tobytes() + b"".join(array.tobytes() for array in arrays.values())
    entries = [{"name": "some/shape", "shape": [], "dtype": "int32"}]
    entries += [{"name": name, "shape": [*shape], "dtype": "float32"} for name, shape in shapes.items()]
    paths = ["shard1of2", "shard2of2"]
    for path, part in zip(paths, (data[:1000], data[1000:]), strict=True):
        (folder / path).write_bytes(part)
    manifest = {"weightsManifest": [{"paths": paths, "weights": entries}]}
    (folder / "model.json").write_text(json.dumps(manifest), encoding="utf-8")
    return folder
