"""Chat vision-language models small enough for a test, in the layout of their repositories."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch
from PIL import Image
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import (
    Gemma3Config,
    Gemma3ForConditionalGeneration,
    LlavaOnevisionConfig,
    LlavaOnevisionForConditionalGeneration,
    PreTrainedTokenizerFast,
    Qwen2_5_VLConfig,
    Qwen2_5_VLForConditionalGeneration,
    Qwen3VLConfig,
    Qwen3VLForConditionalGeneration,
    SmolVLMConfig,
    SmolVLMForConditionalGeneration,
)
from transformers.models.gemma3.image_processing_pil_gemma3 import Gemma3ImageProcessorPil
from transformers.models.llava_onevision.image_processing_pil_llava_onevision import (
    LlavaOnevisionImageProcessorPil,
)
from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import Qwen2VLImageProcessorPil
from transformers.models.smolvlm.image_processing_pil_smolvlm import SmolVLMImageProcessorPil

from mgie.editors.table import kind_named
from mgie.editors.vlm.config import VlmConfig
from mgie.editors.vlm.loading import load_network, load_processor
from mgie.model.generators import drain
from mgie.weights.convert import import_model

_SPECIAL = ["<pad>", "<s>", "</s>", "<unk>", "<turn>", "<image>", "<video>", "<see>", "</see>"]
_SMOL = ["<fake_token_around_image>", "<global-img>", "<end_of_utterance>"]
_SMOL += [f"<row_{row}_col_{column}>" for row in range(1, 5) for column in range(1, 5)]
_TEXT_WORDS = "user assistant the sky turns red and blue make it what will this image be like if a warm light"
_WORDS = [*_TEXT_WORDS.split(), "."]
TEMPLATE = (
    "{% for message in messages %}<turn> {{ message.role }} {% for part in message.content %}"
    "{% if part.type == 'image' %} PICTURE {% else %}{{ part.text }} {% endif %}{% endfor %}{% endfor %}"
    "{% if add_generation_prompt %}<turn> assistant {% endif %}"
)
_TEXT = {
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "vocab_size": len(_SPECIAL + _WORDS),
    "pad_token_id": 0,
    "bos_token_id": 1,
    "eos_token_id": 2,
}
_VISION = {
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "image_size": 16,
    "patch_size": 4,
}


def install_vlm(root: Path, family: str, config: VlmConfig) -> Path:
    """The published files of a family, imported as the model folder `root / family`."""
    published = write_published_vlm(root / "published" / family, family)
    files = kind_named("vlm").source_files(published, config)
    drain(import_model(files, root / family, config, name="tiny-vlm", license="CC0-1.0", source="a test"))
    return root / family


@torch.no_grad()
def library_words(folder: Path, text: str, pictures: Sequence[Image.Image], max_new_tokens: int) -> str:
    """What transformers writes about pictures in one call."""
    network, processor = load_network(folder), load_processor(folder)
    content: list[dict[str, Any]] = [{"type": "image", "image": picture} for picture in pictures]
    content.append({"type": "text", "text": text})
    inputs = processor.apply_chat_template(
        [{"role": "user", "content": content}],
        add_generation_prompt=True,
        tokenize=True,
        return_dict=True,
        return_tensors="pt",
    )
    ids = network.generate(**inputs, do_sample=False, max_new_tokens=max_new_tokens)
    return processor.tokenizer.decode(ids[0, inputs["input_ids"].shape[1] :], skip_special_tokens=True)


def write_published_vlm(folder: Path, family: str) -> Path:
    """family: a key of FAMILIES. Weights are random, of a fixed seed."""
    tokenizer = _tokenizer()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        model, image_processor, picture, extra = FAMILIES[family](tokenizer)
        for parameter in model.parameters():  # some begin at zero; larger than usual, so that answers vary
            if parameter.dim() > 1:
                torch.nn.init.normal_(parameter, std=0.2)
    model.generation_config.pad_token_id, model.generation_config.eos_token_id = 0, 2
    model.save_pretrained(folder)
    tokenizer.chat_template = TEMPLATE.replace("PICTURE", picture)
    tokenizer.save_pretrained(folder)
    image_processor.save_pretrained(folder)
    for name, value in extra.items():
        (folder / name).write_text(value)
    return folder


def _tokenizer() -> PreTrainedTokenizerFast:
    vocab = {word: index for index, word in enumerate(_SPECIAL + _WORDS)}
    tokenizer = Tokenizer(models.WordLevel(vocab, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        unk_token="<unk>",
        pad_token="<pad>",
        bos_token="<s>",
        eos_token="</s>",
        additional_special_tokens=_SPECIAL[4:],
        extra_special_tokens={
            "image_token": "<image>",
            "video_token": "<video>",
            "boi_token": "<see>",
            "eoi_token": "</see>",
        },
    )


_QWEN_VISION = {
    "depth": 2,
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_heads": 4,
    "out_hidden_size": 32,
    "patch_size": 4,
}


def _qwen_ids(tokenizer: PreTrainedTokenizerFast) -> dict[str, Any]:
    tokens = {"image": "<image>", "video": "<video>", "vision_start": "<see>", "vision_end": "</see>"}
    return {f"{name}_token_id": tokenizer.convert_tokens_to_ids(token) for name, token in tokens.items()}


def _qwen_pictures() -> Qwen2VLImageProcessorPil:
    size = {"shortest_edge": 16 * 16, "longest_edge": 64 * 64}
    return Qwen2VLImageProcessorPil(patch_size=4, merge_size=2, size=size)


def _qwen(tokenizer: PreTrainedTokenizerFast) -> tuple[Any, Any, str, dict[str, str]]:
    config = Qwen2_5_VLConfig(
        text_config=_TEXT | {"rope_scaling": {"type": "mrope", "mrope_section": [1, 1, 2]}},
        vision_config=_QWEN_VISION | {"window_size": 16, "fullatt_block_indexes": [1]},
        **_qwen_ids(tokenizer),
    )
    return Qwen2_5_VLForConditionalGeneration(config), _qwen_pictures(), "<see> <image> </see>", {}


def _qwen3(tokenizer: PreTrainedTokenizerFast) -> tuple[Any, Any, str, dict[str, str]]:
    config = Qwen3VLConfig(
        text_config=_TEXT
        | {
            "head_dim": 8,
            "num_hidden_layers": 3,  # with two the first word is the end
            "rope_parameters": {"rope_type": "default", "rope_theta": 1e4, "mrope_section": [2, 1, 1]},
        },
        vision_config=_QWEN_VISION | {"num_position_embeddings": 64, "deepstack_visual_indexes": [0]},
        **_qwen_ids(tokenizer),
    )
    return Qwen3VLForConditionalGeneration(config), _qwen_pictures(), "<see> <image> </see>", _AS_PUBLISHED


def _llava(tokenizer: PreTrainedTokenizerFast) -> tuple[Any, Any, str, dict[str, str]]:
    pinpoints = [[16, 16], [16, 32], [32, 16]]
    config = LlavaOnevisionConfig(
        text_config=_TEXT | {"model_type": "qwen2"},
        vision_config=_VISION | {"model_type": "siglip_vision_model"},
        image_token_id=tokenizer.convert_tokens_to_ids("<image>"),
        video_token_id=tokenizer.convert_tokens_to_ids("<video>"),
        image_grid_pinpoints=pinpoints,
    )
    processor = LlavaOnevisionImageProcessorPil(
        size={"height": 16, "width": 16}, image_grid_pinpoints=pinpoints
    )
    extra = '{"num_image_tokens": 16, "patch_size": 4, "vision_feature_select_strategy": "full"}'
    return (
        LlavaOnevisionForConditionalGeneration(config),
        processor,
        "<image>",
        {"processor_config.json": extra},
    )


def _gemma(tokenizer: PreTrainedTokenizerFast) -> tuple[Any, Any, str, dict[str, str]]:
    config = Gemma3Config(
        text_config=_TEXT | {"head_dim": 8},
        vision_config=_VISION,
        mm_tokens_per_image=4,
        image_token_index=tokenizer.convert_tokens_to_ids("<image>"),
        boi_token_index=tokenizer.convert_tokens_to_ids("<see>"),
        eoi_token_index=tokenizer.convert_tokens_to_ids("</see>"),
    )
    processor = Gemma3ImageProcessorPil(size={"height": 16, "width": 16})
    extra = {"processor_config.json": '{"image_seq_length": 4}'}
    return Gemma3ForConditionalGeneration(config), processor, "<see>", extra


def _smol(tokenizer: PreTrainedTokenizerFast) -> tuple[Any, Any, str, dict[str, str]]:
    tokenizer.add_special_tokens({"additional_special_tokens": _SPECIAL[4:] + _SMOL})
    config = SmolVLMConfig(
        text_config=_TEXT | {"model_type": "llama", "vocab_size": len(tokenizer)},
        vision_config=_VISION,
        image_token_id=tokenizer.convert_tokens_to_ids("<image>"),
        scale_factor=2,
        pad_token_id=0,
    )
    processor = SmolVLMImageProcessorPil(size={"longest_edge": 32}, max_image_size={"longest_edge": 16})
    extra = {"processor_config.json": '{"image_seq_len": 4}'}
    return SmolVLMForConditionalGeneration(config), processor, "<image>", extra


# Qwen's repositories name processors that need torchvision.
_AS_PUBLISHED = {
    "preprocessor_config.json": json.dumps(
        {
            "image_processor_type": "Qwen2VLImageProcessorFast",
            "processor_class": "Qwen3VLProcessor",
            "patch_size": 4,
            "temporal_patch_size": 2,
            "merge_size": 2,
            "size": {"shortest_edge": 16 * 16, "longest_edge": 64 * 64},
            "image_mean": [0.5, 0.5, 0.5],
            "image_std": [0.5, 0.5, 0.5],
        }
    ),
    "video_preprocessor_config.json": json.dumps({"video_processor_type": "Qwen3VLVideoProcessor"}),
}
FAMILIES: dict[str, Callable[[PreTrainedTokenizerFast], tuple[Any, Any, str, dict[str, str]]]] = {
    "qwen2.5-vl": _qwen,
    "llava-onevision": _llava,
    "gemma3": _gemma,
    "qwen3-vl": _qwen3,
    "smolvlm": _smol,
}
