"""A model's reader made anew, all else as it is; best beside a sentence encoder that knew English before."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch

from mgie.errors import BadOption
from mgie.model.networks import build_networks
from mgie.model.quantized import quantize_layers
from mgie.model.reader import ENCODER_BLOCKS
from mgie.synth.asking import Request, draw_request
from mgie.synth.mini_mix import mini_operations, mini_weights
from mgie.synth.operations import by_name
from mgie.train.config import StartConfig
from mgie.train.export import export_model
from mgie.train.mini.encoder_start import read_encoder
from mgie.train.mini.reader_stage import ReaderTraining, Round, train_reader, with_reader
from mgie.train.start import start


@dataclass(frozen=True)
class Requests:
    """What the small model is asked for, in words, one after the other."""

    seed: int = 300

    def request(self, index: int) -> Request:
        """Request `index`."""
        generator = np.random.default_rng((self.seed, index))
        return draw_request(mini_weights(), by_name(mini_operations()), "train", generator)


def renew_reader(model: Path, encoder: Path | None, result: Path, config: ReaderTraining) -> Iterator[Round]:
    """Train a new reader for the model folder `model`, and write the folder `result`; yields every round.

    encoder: the encoder's published weights, see `encoder_start`; in the result its blocks are in 8 bits.
        None: the reader has none.
    """
    started = start(StartConfig(model=str(model)), seed=0)
    if started.networks.reader is None:
        raise BadOption(f"{model} has no reader of requests; this is for mgie-mini and its kin")
    encoder_config, encoder_state = (None, {}) if encoder is None else read_encoder(encoder)
    wider = with_reader(started.networks.config, encoder_config)
    networks = build_networks(wider, seed=config.seed)
    kept = {
        name: value for name, value in started.networks.state_dict().items() if not name.startswith("reader.")
    }
    networks.load_state_dict(kept, strict=False)
    reader = networks.reader
    assert reader is not None
    if reader.encoder is not None:
        reader.encoder.load_state_dict(encoder_state)
    yield from train_reader(reader, Requests(), config)
    if reader.encoder is not None and encoder_config is not None:
        reader.encoder.to(torch.float16)  # as it is stored
        quantize_layers(reader.encoder, "int8", ENCODER_BLOCKS)
        small = replace(reader.config, encoder=replace(encoder_config, is_int8=True))
        networks.config = replace(wider, reader=small)
    export_model(replace(started, networks=networks), result, name=result.name)
