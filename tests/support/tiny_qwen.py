"""A Qwen-Image-Edit small enough for a test: random weights from a seed, a processor of a few words."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import torch
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast, Qwen2_5_VLForConditionalGeneration
from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import Qwen2VLImageProcessorPil

from mgie.editors.qwen_image_edit.config import (
    QwenImageEditConfig,
    QwenTransformerConfig,
    QwenVaeConfig,
    QwenVisionConfig,
    QwenVlConfig,
)
from mgie.editors.qwen_image_edit.networks import QwenImageEditNetworks
from mgie.editors.table import kind_named
from mgie.model.generators import drain
from mgie.weights.convert import import_model

_MARKS = [
    "<|im_start|>",
    "<|im_end|>",
    "<|vision_start|>",
    "<|vision_end|>",
    "<|image_pad|>",
    "<|video_pad|>",
]
_BYTES = sorted(pre_tokenizers.ByteLevel.alphabet())
_VOCAB = {token: index for index, token in enumerate([*_BYTES, *_MARKS])}
TINY_QWEN = QwenImageEditConfig(
    transformer=QwenTransformerConfig(num_layers=2, num_heads=2, head_size=16, axes_dims_rope=(4, 6, 6)),
    vae=QwenVaeConfig(
        base_dim=8,
        dim_mult=(1, 2),
        num_res_blocks=1,
        downsamples_time=(True,),
        latents_mean=(0.1, -0.2, 0.3, 0.0),
        latents_std=(1.5, 0.8, 1.1, 2.0),
    ),
    text=QwenVlConfig(
        vocab_size=len(_VOCAB),
        hidden_size=32,
        intermediate_size=48,
        num_layers=2,
        num_heads=4,
        num_kv_heads=2,
        mrope_section=(1, 1, 2),
        vision=QwenVisionConfig(
            depth=2,
            hidden_size=32,
            intermediate_size=48,
            num_heads=4,
            window_size=16,
            full_attention_layers=(1,),
            patch_size=4,
        ),
        image_token_id=_VOCAB["<|image_pad|>"],
        video_token_id=_VOCAB["<|video_pad|>"],
        vision_start_token_id=_VOCAB["<|vision_start|>"],
        vision_end_token_id=_VOCAB["<|vision_end|>"],
    ),
    native_size_px=64,
    num_inference_steps=3,
)
TINY_QWEN_PLUS = replace(TINY_QWEN, numbers_pictures=True, seen_pixels=64 * 32, max_references=2)
TINY_QWEN_2511 = replace(
    TINY_QWEN_PLUS, transformer=replace(TINY_QWEN.transformer, is_clean_to_pictures=True)
)


def qwen_networks(config: QwenImageEditConfig = TINY_QWEN) -> QwenImageEditNetworks:
    """Networks with random weights, larger than usual, so that every input shows."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        networks = QwenImageEditNetworks(config).eval()
        for parameter in networks.transformer.parameters():
            parameter.data *= 2 if parameter.dim() > 1 else 1
    return networks


def install_qwen(root: Path, config: QwenImageEditConfig) -> Path:
    """The published files, imported as the model folder `root / tiny-qwen`."""
    published = write_published_qwen(root / "published", qwen_networks(config))
    files = kind_named("qwen-image-edit").source_files(published, config)
    drain(
        import_model(files, root / "tiny-qwen", config, name="tiny-qwen", license="CC0-1.0", source="a test")
    )
    return root / "tiny-qwen"


def write_published_qwen(folder: Path, networks: QwenImageEditNetworks) -> Path:
    """A repository as the libraries save it."""
    networks.transformer.save_pretrained(folder / "transformer")
    networks.vae.save_pretrained(folder / "vae")
    whole_text_encoder(networks).save_pretrained(folder / "text_encoder")
    write_qwen_processor(folder / "processor")
    return folder


def whole_text_encoder(
    networks: QwenImageEditNetworks,
    made: type[Qwen2_5_VLForConditionalGeneration] = Qwen2_5_VLForConditionalGeneration,
) -> Qwen2_5_VLForConditionalGeneration:
    """The text encoder as it is published, with the head that would write."""
    whole = made(networks.text_encoder.config).eval()
    whole.model = networks.text_encoder
    return whole


def write_qwen_processor(folder: Path) -> Path:
    """The files that Qwen's repositories have: tokenizer and preparation of pictures."""
    tokenizer = Tokenizer(models.BPE(vocab=dict(_VOCAB), merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([AddedToken(mark, special=True) for mark in _MARKS])
    made = PreTrainedTokenizerFast(tokenizer_object=tokenizer, pad_token="<|im_end|>", eos_token="<|im_end|>")
    made.save_pretrained(folder)
    size = {"shortest_edge": 8 * 8, "longest_edge": 64 * 64}
    Qwen2VLImageProcessorPil(patch_size=4, merge_size=2, size=size).save_pretrained(folder)
    return folder
