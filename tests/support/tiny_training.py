"""A training run small enough for a test: TINY networks, five packed pairs, two steps."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import torch
from tokenizers import Tokenizer as Words
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace
from transformers import PreTrainedTokenizerFast, T5Config, T5ForConditionalGeneration

from mgie.model.config import EditHeadConfig, UNetConfig
from mgie.model.events import EditorKind
from mgie.model.networks import Networks, build_networks
from mgie.model.presets import TINY
from mgie.train.config import (
    DataConfig,
    LearningRates,
    PicturesConfig,
    RunConfig,
    StartConfig,
    TrainConfig,
)
from mgie.train.start import Started
from mgie.weights.checkpoint import save_model
from support.tiny import TOKENIZER_FILE, tiny_networks

PAIRS = Path(__file__).parents[1] / "data" / "parity" / "train"
TEXTS = str(PAIRS / "ipr2pr_expressive.json")


def tiny_config(kind: EditorKind = "mgie", **changes: object) -> TrainConfig:
    """Two steps of two pairs; `changes` are fields of the configuration."""
    config = TrainConfig(
        name="tiny",
        start=StartConfig(preset="tiny", tokenizer=str(TOKENIZER_FILE), kind=kind),
        data=(DataConfig(layout="mgie-tsv", path=str(PAIRS), split="task", expressive=TEXTS),),
        pictures=PicturesConfig(size_px=32, intermediate_px=None),
        learning_rates=LearningRates() if kind != "insp2p" else LearningRates(embeddings=0, edit_head=0),
        run=RunConfig(
            num_steps=2, batch_size=2, num_workers=0, save_every=1, log_every=1, num_samples=1, sample_steps=1
        ),
    )
    return replace(config, **changes)


def tiny_start(kind: EditorKind = "mgie") -> Started:
    """The parity pack's weights as the start of a training."""
    files = (TOKENIZER_FILE,)
    return Started(networks=tiny_networks(kind), tokenizer_files=files, license="Apache-2.0", source="test")


def small_networks() -> Networks:
    """TINY with fewer patches, a shorter question and a flatter UNet: a step takes a fraction of TINY's."""
    assert TINY.vision is not None
    model = replace(
        TINY,
        vision=replace(TINY.vision, patch_size_px=56),
        prompt="USER: what if '{instruction}'\n{image} ASSISTANT:",
        edit_head=EditHeadConfig(
            hidden_size=32, feedforward_size=64, num_heads=4, num_encoder_layers=1, num_decoder_layers=1
        ),
        unet=UNetConfig(
            block_out_channels=(32, 48),
            block_has_attention=(True, False),
            cross_attention_dim=48,
            num_heads=4,
            layers_per_block=1,
            norm_num_groups=8,
        ),
    )
    return build_networks(model, seed=0)


def write_small_model(folder: Path) -> Path:
    """A model folder of `small_networks`."""
    networks = small_networks()
    save_model(
        folder,
        networks.config,
        networks,
        tokenizer_files=[TOKENIZER_FILE],
        name="small",
        license="Apache-2.0",
        source="random weights",
    )
    return folder


def write_t5(folder: Path) -> Path:
    """A seeded T5 with a vocabulary of a few words, as transformers saves one."""
    words = ["<pad>", "</s>", "<unk>", "the", "sky", "is", "red", "summarize", "paragraph"]
    plain = Words(WordLevel({word: i for i, word in enumerate(words)}, unk_token="<unk>"))
    plain.pre_tokenizer = Whitespace()  # type: ignore[assignment]  # a property of the Rust class
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=plain, pad_token="<pad>", eos_token="</s>", unk_token="<unk>"
    )
    torch.manual_seed(0)
    config = T5Config(
        vocab_size=len(words),
        d_model=16,
        d_kv=8,
        d_ff=32,
        num_layers=1,
        num_heads=2,
        decoder_start_token_id=0,
    )
    T5ForConditionalGeneration(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder
