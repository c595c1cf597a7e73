"""The networks of FLUX.1 Kontext: those of diffusers and transformers, under the published parts' names."""

from __future__ import annotations

from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from diffusers.models.transformers.transformer_flux import FluxTransformer2DModel
from torch import nn
from transformers import T5Config as T5ModelConfig
from transformers import T5EncoderModel

from mgie.editors.flux_kontext.config import (
    FluxKontextConfig,
    FluxTransformerConfig,
    FluxVaeConfig,
    T5Config,
)
from mgie.editors.picture_tiles import use_square_tiles
from mgie.model.empty_weights import empty_weights
from mgie.model.networks import clip_text_encoder
from mgie.model.offload import Halves


def empty_networks(config: FluxKontextConfig) -> FluxKontextNetworks:
    """Networks without memory, to be filled."""
    with empty_weights():
        networks = FluxKontextNetworks(config)
    networks.text_encoder_2.tie_weights()  # building without memory takes shared weights apart
    return networks.eval()


class FluxKontextNetworks(nn.Module):
    """All networks of one model."""

    def __init__(self, config: FluxKontextConfig) -> None:
        super().__init__()
        self.text_encoder = clip_text_encoder(config.clip)
        self.text_encoder_2 = _t5(config.t5)
        self.transformer = _transformer(config.transformer, config)
        self.vae = _vae(config.vae)
        self._native_size_px = config.native_size_px

    @property
    def stacks(self) -> tuple[str, ...]:
        """Stacks of blocks whose linear layers can be quantised, by their names."""
        return (
            "text_encoder_2.encoder.block",
            "transformer.transformer_blocks",
            "transformer.single_transformer_blocks",
        )

    @property
    def halves(self) -> Halves:
        """The networks by the half of an edit that needs them."""
        return Halves(
            encode=(self.text_encoder, self.text_encoder_2),
            sample=(self.transformer, self.vae),
            layered=(self.text_encoder_2, self.transformer),
        )

    def tile_pictures(self) -> None:
        """From now on code pictures in tiles of half the side that the denoiser was trained at."""
        use_square_tiles(self.vae, self._native_size_px // 2)


def _transformer(sizes: FluxTransformerConfig, config: FluxKontextConfig) -> FluxTransformer2DModel:
    return FluxTransformer2DModel(
        in_channels=4 * config.vae.latent_channels,
        num_layers=sizes.num_layers,
        num_single_layers=sizes.num_single_layers,
        attention_head_dim=sizes.head_size,
        num_attention_heads=sizes.num_heads,
        joint_attention_dim=config.t5.hidden_size,
        pooled_projection_dim=config.clip.hidden_size,
        guidance_embeds=sizes.has_guidance_embeds,
        axes_dims_rope=sizes.axes_dims_rope,  # pyright: ignore[reportArgumentType]  # three of them, checked
    )


def _vae(config: FluxVaeConfig) -> AutoencoderKL:
    num_blocks = len(config.block_out_channels)
    # diffusers annotates tuples of any length as tuples of length one.
    return AutoencoderKL(
        down_block_types=("DownEncoderBlock2D",) * num_blocks,  # pyright: ignore[reportArgumentType]  # see above
        up_block_types=("UpDecoderBlock2D",) * num_blocks,  # pyright: ignore[reportArgumentType]  # see above
        block_out_channels=config.block_out_channels,  # pyright: ignore[reportArgumentType]  # see above
        layers_per_block=config.layers_per_block,
        latent_channels=config.latent_channels,
        norm_num_groups=config.norm_num_groups,
        scaling_factor=config.scaling_factor,
        shift_factor=config.shift_factor,
        use_quant_conv=False,
        use_post_quant_conv=False,
    )


def _t5(config: T5Config) -> T5EncoderModel:
    return T5EncoderModel(
        T5ModelConfig(
            vocab_size=config.vocab_size,
            d_model=config.hidden_size,
            d_ff=config.intermediate_size,
            d_kv=config.head_size,
            num_layers=config.num_layers,
            num_heads=config.num_heads,
            feed_forward_proj="gated-gelu",
        )
    )
