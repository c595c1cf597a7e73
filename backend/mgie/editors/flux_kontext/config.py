"""Every size of a FLUX.1 Kontext model; `FLUX_KONTEXT_DEV` is the published one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from mgie.errors import BadOption
from mgie.model.config import TextEncoderConfig
from mgie.model.config_checks import check_groups, check_heads, check_positive
from mgie.model.flow_config import FlowScheduleConfig


@dataclass(frozen=True, kw_only=True)
class FluxTransformerConfig:
    """The denoiser: first layers with separate streams for text and picture, then layers with one."""

    num_layers: int  # of two streams
    num_single_layers: int  # of one stream
    num_heads: int
    head_size: int
    axes_dims_rope: tuple[int, ...]  # of a head, for the axes kind of token, row, column
    has_guidance_embeds: bool = True  # guidance is an input instead of a second pass

    def __post_init__(self) -> None:
        check_positive(self)
        if len(self.axes_dims_rope) != 3 or sum(self.axes_dims_rope) != self.head_size:
            raise BadOption(f"axes_dims_rope {self.axes_dims_rope} are not three parts of {self.head_size}")


@dataclass(frozen=True, kw_only=True)
class FluxVaeConfig:
    """The autoencoder; latents of the denoiser = (latents of the encoder - shift) * scaling."""

    block_out_channels: tuple[int, ...]
    layers_per_block: int = 2
    latent_channels: int = 16
    norm_num_groups: int = 32
    scaling_factor: float = 0.3611
    shift_factor: float = 0.1159

    def __post_init__(self) -> None:
        check_positive(self)
        check_groups(self.block_out_channels, self.norm_num_groups)

    @property
    def scale_factor(self) -> int:
        """Pixels per latent, along one side."""
        return 2 ** (len(self.block_out_channels) - 1)


@dataclass(frozen=True, kw_only=True)
class T5Config:
    """The encoder whose states the denoiser attends to."""

    vocab_size: int
    hidden_size: int
    intermediate_size: int
    num_layers: int
    num_heads: int
    head_size: int
    max_length: int = 512  # tokens, padding included

    def __post_init__(self) -> None:
        check_positive(self)


@dataclass(frozen=True, kw_only=True)
class FluxKontextConfig:
    """A whole model."""

    kind: Literal["flux-kontext"] = "flux-kontext"
    transformer: FluxTransformerConfig
    vae: FluxVaeConfig
    clip: TextEncoderConfig  # its pooled output goes into every layer
    t5: T5Config
    native_size_px: int = 1024  # the side the denoiser was trained at
    schedule: FlowScheduleConfig = field(default_factory=FlowScheduleConfig)
    num_inference_steps: int = 28  # default
    guidance_scale: float = 2.5  # default
    quantized: Literal["int8", "int4"] | None = None  # how its blocks are stored; None: as numbers

    def __post_init__(self) -> None:
        check_heads(self.clip, self.clip.hidden_size, self.clip.num_heads)
        multiple = 2 * self.vae.scale_factor
        if self.native_size_px < 1 or self.native_size_px % multiple:
            raise BadOption(f"native_size_px is {self.native_size_px}; choose a multiple of {multiple}")


FLUX_KONTEXT_DEV = FluxKontextConfig(
    transformer=FluxTransformerConfig(
        num_layers=19, num_single_layers=38, num_heads=24, head_size=128, axes_dims_rope=(16, 56, 56)
    ),
    vae=FluxVaeConfig(block_out_channels=(128, 256, 512, 512)),
    clip=TextEncoderConfig(
        vocab_size=49408, hidden_size=768, intermediate_size=3072, num_layers=12, num_heads=12
    ),
    t5=T5Config(
        vocab_size=32128, hidden_size=4096, intermediate_size=10240, num_layers=24, num_heads=64, head_size=64
    ),
)
