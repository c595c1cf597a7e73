"""The networks of Qwen-Image-Edit: those of diffusers and transformers, under the published parts' names."""

from __future__ import annotations

from diffusers.models.autoencoders.autoencoder_kl_qwenimage import AutoencoderKLQwenImage
from diffusers.models.transformers.transformer_qwenimage import QwenImageTransformer2DModel
from torch import nn
from transformers import Qwen2_5_VLConfig, Qwen2_5_VLModel

from mgie.editors.qwen_image_edit.config import (
    QwenImageEditConfig,
    QwenTransformerConfig,
    QwenVaeConfig,
    QwenVlConfig,
)
from mgie.model.empty_weights import empty_weights
from mgie.model.offload import Halves


def empty_networks(config: QwenImageEditConfig) -> QwenImageEditNetworks:
    """Networks without memory, to be filled."""
    with empty_weights():
        networks = QwenImageEditNetworks(config)
    return networks.eval()


class QwenImageEditNetworks(nn.Module):
    """All networks of one model."""

    def __init__(self, config: QwenImageEditConfig) -> None:
        super().__init__()
        self.text_encoder = _qwen_vl(config.text)
        self.transformer = _transformer(config.transformer, config)
        self.vae = _vae(config.vae)
        self._native_size_px = config.native_size_px

    @property
    def stacks(self) -> tuple[str, ...]:
        """Stacks of blocks whose linear layers can be quantised, by their names."""
        return ("text_encoder.language_model.layers", "transformer.transformer_blocks")

    @property
    def halves(self) -> Halves:
        """The networks by the half of an edit that needs them."""
        return Halves(
            encode=(self.text_encoder,),
            sample=(self.transformer, self.vae),
            layered=(self.text_encoder, self.transformer),
        )

    def tile_pictures(self) -> None:
        """From now on code pictures in tiles of half the side that the denoiser was trained at."""
        side_px = self._native_size_px // 2
        stride_px = side_px * 3 // 4
        self.vae.enable_tiling(side_px, side_px, stride_px, stride_px)


def _transformer(sizes: QwenTransformerConfig, config: QwenImageEditConfig) -> QwenImageTransformer2DModel:
    return QwenImageTransformer2DModel(
        in_channels=4 * config.vae.latent_channels,
        out_channels=config.vae.latent_channels,
        num_layers=sizes.num_layers,
        attention_head_dim=sizes.head_size,
        num_attention_heads=sizes.num_heads,
        joint_attention_dim=config.text.hidden_size,
        axes_dims_rope=sizes.axes_dims_rope,  # pyright: ignore[reportArgumentType]  # three of them, checked
        zero_cond_t=sizes.is_clean_to_pictures,
    )


def _vae(config: QwenVaeConfig) -> AutoencoderKLQwenImage:
    return AutoencoderKLQwenImage(
        base_dim=config.base_dim,
        z_dim=config.latent_channels,
        dim_mult=list(config.dim_mult),
        num_res_blocks=config.num_res_blocks,
        temperal_downsample=list(config.downsamples_time),
        latents_mean=list(config.latents_mean),
        latents_std=list(config.latents_std),
    )


def _qwen_vl(config: QwenVlConfig) -> Qwen2_5_VLModel:
    """Without the head that would write: only its states are read."""
    vision = config.vision
    return Qwen2_5_VLModel(
        Qwen2_5_VLConfig(
            text_config={
                "vocab_size": config.vocab_size,
                "hidden_size": config.hidden_size,
                "intermediate_size": config.intermediate_size,
                "num_hidden_layers": config.num_layers,
                "num_attention_heads": config.num_heads,
                "num_key_value_heads": config.num_kv_heads,
                "rms_norm_eps": config.rms_norm_eps,
                "bos_token_id": None,  # for writing only
                "eos_token_id": None,
                "rope_parameters": {
                    "rope_type": "default",
                    "rope_theta": config.rope_theta,
                    "mrope_section": list(config.mrope_section),
                },
            },
            vision_config={
                "depth": vision.depth,
                "hidden_size": vision.hidden_size,
                "intermediate_size": vision.intermediate_size,
                "num_heads": vision.num_heads,
                "out_hidden_size": config.hidden_size,
                "patch_size": vision.patch_size,
                "window_size": vision.window_size,
                "fullatt_block_indexes": list(vision.full_attention_layers),
            },
            image_token_id=config.image_token_id,
            video_token_id=config.video_token_id,
            vision_start_token_id=config.vision_start_token_id,
            vision_end_token_id=config.vision_end_token_id,
        )
    )
