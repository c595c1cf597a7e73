"""The networks of FLUX.2 Klein: those of diffusers and transformers, under the published parts' names."""

from __future__ import annotations

from diffusers.models.autoencoders.autoencoder_kl_flux2 import AutoencoderKLFlux2
from diffusers.models.transformers.transformer_flux2 import Flux2Transformer2DModel
from torch import nn
from transformers import Qwen3Config, Qwen3ForCausalLM

from mgie.editors.flux2_klein.config import Flux2KleinConfig, KleinVaeConfig, Qwen3TextConfig
from mgie.editors.picture_tiles import use_square_tiles
from mgie.model.empty_weights import empty_weights
from mgie.model.offload import Halves


def empty_networks(config: Flux2KleinConfig) -> Flux2KleinNetworks:
    """Networks without memory, to be filled."""
    with empty_weights():
        networks = Flux2KleinNetworks(config)
    networks.text_encoder.tie_weights()  # building without memory takes shared weights apart
    return networks.eval()


class Flux2KleinNetworks(nn.Module):
    """All networks of one model."""

    def __init__(self, config: Flux2KleinConfig) -> None:
        super().__init__()
        sizes = config.transformer
        self.text_encoder = _qwen3(config.text)
        self.transformer = Flux2Transformer2DModel(
            in_channels=4 * config.vae.latent_channels,
            num_layers=sizes.num_layers,
            num_single_layers=sizes.num_single_layers,
            attention_head_dim=sizes.head_size,
            num_attention_heads=sizes.num_heads,
            joint_attention_dim=len(config.text.output_layers) * config.text.hidden_size,
            mlp_ratio=sizes.mlp_ratio,
            axes_dims_rope=sizes.axes_dims_rope,
            guidance_embeds=False,
        )
        self.vae = _vae(config.vae)
        self._native_size_px = config.native_size_px

    @property
    def stacks(self) -> tuple[str, ...]:
        """Stacks of blocks whose linear layers can be quantised, by their names."""
        return (
            "text_encoder.model.layers",
            "transformer.transformer_blocks",
            "transformer.single_transformer_blocks",
        )

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
        use_square_tiles(self.vae, self._native_size_px // 2)


def _vae(config: KleinVaeConfig) -> AutoencoderKLFlux2:
    num_blocks = len(config.block_out_channels)
    return AutoencoderKLFlux2(
        down_block_types=("DownEncoderBlock2D",) * num_blocks,
        up_block_types=("UpDecoderBlock2D",) * num_blocks,
        block_out_channels=config.block_out_channels,
        layers_per_block=config.layers_per_block,
        latent_channels=config.latent_channels,
        norm_num_groups=config.norm_num_groups,
        batch_norm_eps=config.batch_norm_eps,
    )


def _qwen3(config: Qwen3TextConfig) -> Qwen3ForCausalLM:
    return Qwen3ForCausalLM(
        Qwen3Config(
            vocab_size=config.vocab_size,
            hidden_size=config.hidden_size,
            intermediate_size=config.intermediate_size,
            num_hidden_layers=config.num_layers,
            num_attention_heads=config.num_heads,
            num_key_value_heads=config.num_kv_heads,
            head_dim=config.head_size,
            rope_parameters={"rope_type": "default", "rope_theta": config.rope_theta},
            tie_word_embeddings=True,
        )
    )
