"""The networks of a model: `Networks` holds them, `build_networks` makes them with or without memory.

Names inside `Networks` are those of the published files, behind the part's name: `unet.conv_in.weight`,
`edit_head.query`, `language_model.model.embed_tokens.weight`, `vision_tower.pre_layrnorm.weight`, ...
"""

from __future__ import annotations

from typing import Literal

import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from torch import nn
from transformers import (
    CLIPTextConfig,
    CLIPTextModel,
    CLIPVisionConfig,
    CLIPVisionModel,
    LlamaConfig,
    LlamaForCausalLM,
)

from mgie.model.areas import RegionMasks
from mgie.model.config import (
    LanguageConfig,
    ModelConfig,
    TextEncoderConfig,
    TokenConfig,
    UNetConfig,
    VaeConfig,
    VisionConfig,
)
from mgie.model.edit_head import EditHead
from mgie.model.empty_weights import empty_weights, making_networks
from mgie.model.faults import PictureFaults
from mgie.model.offload import Halves
from mgie.model.plan_codes import PlanCodes
from mgie.model.quantized import prepare_quantized
from mgie.model.reader import RequestReader


class Networks(nn.Module):
    """All networks of one model. Which are None depends on `config.kind`."""

    vision_tower: CLIPVisionModel | None
    projector: nn.Linear | None  # image features -> language model
    language_model: LlamaForCausalLM | None
    edit_head: EditHead | None
    emb: torch.Tensor | None  # (8, D) buffer: what the edit head adds to the visual tokens
    text_encoder: CLIPTextModel | None
    reader: RequestReader | None
    plan_codes: PlanCodes | None
    region_masks: RegionMasks | None
    faults: PictureFaults | None
    unet: UNet2DConditionModel
    vae: AutoencoderKL

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.config = config
        vision, language, tokens, head = config.vision, config.language, config.tokens, config.edit_head
        self.vision_tower = _vision_tower(vision) if vision else None
        self.projector = nn.Linear(vision.hidden_size, language.hidden_size) if vision and language else None
        self.language_model = _language_model(language, tokens) if language and tokens else None
        if self.language_model is not None and config.quantized is not None:
            prepare_quantized(self.language_model, config.quantized)
        self.edit_head = None
        emb = None
        if language and head and tokens:
            self.edit_head = EditHead(
                head, input_size=language.hidden_size, output_size=config.unet.cross_attention_dim
            )
            emb = torch.zeros(tokens.num_visual_tokens, language.hidden_size)
        self.register_buffer("emb", emb)
        self.text_encoder = clip_text_encoder(config.text_encoder) if config.text_encoder else None
        self.reader = RequestReader(config.reader) if config.reader else None
        self.plan_codes = PlanCodes(config.reader, config.unet.cross_attention_dim) if config.reader else None
        self.region_masks = RegionMasks(config.reader) if config.reader else None
        self.faults = PictureFaults(config.reader) if config.reader and vision else None
        self.unet = _unet(config.unet, config.vae.latent_channels)
        self.vae = _vae(config.vae, config.native_size_px)

    @torch.no_grad()
    def derive_emb(self) -> None:
        """Set `emb` from the input embeddings of [IMG0] .. [IMG7], as training leaves them."""
        if self.language_model is None or self.config.tokens is None:
            return
        rows = self.language_model.model.embed_tokens.weight[list(self.config.tokens.visual_ids)]
        self.emb = rows.detach().clone()

    @property
    def stacks(self) -> tuple[str, ...]:
        """Stacks of blocks whose linear layers can be quantised, by their names."""
        return () if self.language_model is None else ("language_model.model.layers",)

    @property
    def halves(self) -> Halves:
        """The networks by the half of an edit that needs them."""
        reading = (
            self.vision_tower,
            self.projector,
            self.edit_head,
            self.text_encoder,
            self.language_model,
            self.reader,
            self.plan_codes,
            self.faults,
        )
        language = self.language_model
        return Halves(
            encode=tuple(module for module in reading if module is not None),
            sample=(self.unet, self.vae, *([self.region_masks] if self.region_masks else ())),
            layered=() if language is None else (language,),
        )


def build_networks(config: ModelConfig, *, device: Literal["cpu", "meta"] = "cpu", seed: int = 0) -> Networks:
    """Build the networks in evaluation mode and float32.

    device: "cpu" draws fresh weights from `seed`; "meta" gives parameters without memory, to be
        filled by `load_state_dict(..., assign=True)` (small computed buffers are real either way).
    """
    if device == "meta":
        with empty_weights():
            networks = Networks(config)
    else:
        with making_networks(), torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            networks = Networks(config)
        networks.derive_emb()
    return networks.eval()


def _vision_tower(config: VisionConfig) -> CLIPVisionModel:
    return CLIPVisionModel(
        CLIPVisionConfig(
            hidden_size=config.hidden_size,
            intermediate_size=config.intermediate_size,
            num_hidden_layers=config.num_layers,
            num_attention_heads=config.num_heads,
            image_size=config.image_size_px,
            patch_size=config.patch_size_px,
        )
    )


def _language_model(config: LanguageConfig, tokens: TokenConfig) -> LlamaForCausalLM:
    return LlamaForCausalLM(
        LlamaConfig(
            vocab_size=tokens.vocab_size,
            hidden_size=config.hidden_size,
            intermediate_size=config.intermediate_size,
            num_hidden_layers=config.num_layers,
            num_attention_heads=config.num_heads,
            max_position_embeddings=config.max_position_embeddings,
            rms_norm_eps=config.rms_norm_eps,
            bos_token_id=tokens.bos_id,
            eos_token_id=tokens.eos_id,
            pad_token_id=tokens.pad_id,
            tie_word_embeddings=False,
        )
    )


def clip_text_encoder(config: TextEncoderConfig) -> CLIPTextModel:
    """CLIP's text encoder; its pooled output is the state of the first end token."""
    return CLIPTextModel(
        CLIPTextConfig(
            vocab_size=config.vocab_size,
            hidden_size=config.hidden_size,
            intermediate_size=config.intermediate_size,
            num_hidden_layers=config.num_layers,
            num_attention_heads=config.num_heads,
            max_position_embeddings=config.max_length,
            bos_token_id=config.vocab_size - 2,  # where CLIP has them
            eos_token_id=config.vocab_size - 1,
        )
    )


def _unet(config: UNetConfig, latent_channels: int) -> UNet2DConditionModel:
    down = tuple("CrossAttnDownBlock2D" if has else "DownBlock2D" for has in config.block_has_attention)
    up = tuple("CrossAttnUpBlock2D" if has else "UpBlock2D" for has in reversed(config.block_has_attention))
    return UNet2DConditionModel(
        in_channels=2 * latent_channels,
        out_channels=latent_channels,
        down_block_types=down,
        up_block_types=up,
        block_out_channels=config.block_out_channels,
        layers_per_block=config.layers_per_block,
        norm_num_groups=config.norm_num_groups,
        cross_attention_dim=config.cross_attention_dim,
        attention_head_dim=config.num_heads,  # diffusers' old name: it is the number of heads
    )


def _vae(config: VaeConfig, sample_size_px: int) -> AutoencoderKL:
    num_blocks = len(config.block_out_channels)
    # diffusers annotates tuples of any length as tuples of length one.
    return AutoencoderKL(
        down_block_types=("DownEncoderBlock2D",) * num_blocks,  # pyright: ignore[reportArgumentType]  # see above
        up_block_types=("UpDecoderBlock2D",) * num_blocks,  # pyright: ignore[reportArgumentType]  # see above
        block_out_channels=config.block_out_channels,  # pyright: ignore[reportArgumentType]  # see above
        layers_per_block=config.layers_per_block,
        latent_channels=config.latent_channels,
        norm_num_groups=config.norm_num_groups,
        sample_size=sample_size_px,
        scaling_factor=config.scaling_factor,
        mid_block_add_attention=config.mid_block_has_attention,
    )
