"""Every size of a FLUX.2 Klein model; `FLUX2_KLEIN_4B` is the small published one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from mgie.errors import BadOption
from mgie.model.config_checks import check_groups, check_positive


@dataclass(frozen=True, kw_only=True)
class KleinTransformerConfig:
    """The denoiser: first layers with separate streams for text and picture, then layers with one."""

    num_layers: int  # of two streams
    num_single_layers: int  # of one stream
    num_heads: int
    head_size: int
    axes_dims_rope: tuple[int, ...]  # of a head, for the axes picture, row, column, place in the text
    mlp_ratio: float = 3.0

    def __post_init__(self) -> None:
        check_positive(self)
        if len(self.axes_dims_rope) != 4 or sum(self.axes_dims_rope) != self.head_size:
            raise BadOption(f"axes_dims_rope {self.axes_dims_rope} are not four parts of {self.head_size}")


@dataclass(frozen=True, kw_only=True)
class KleinVaeConfig:
    """The autoencoder; 2x2 latents, normalised by kept statistics, are one latent of the denoiser."""

    block_out_channels: tuple[int, ...]
    layers_per_block: int = 2
    latent_channels: int = 32
    norm_num_groups: int = 32
    batch_norm_eps: float = 1e-4

    def __post_init__(self) -> None:
        check_positive(self)
        check_groups(self.block_out_channels, self.norm_num_groups)

    @property
    def scale_factor(self) -> int:
        """Pixels per latent of the denoiser, along one side."""
        return 2 ** len(self.block_out_channels)


@dataclass(frozen=True, kw_only=True)
class Qwen3TextConfig:
    """The language model whose hidden states the denoiser attends to."""

    vocab_size: int
    hidden_size: int
    intermediate_size: int
    num_layers: int
    num_heads: int
    num_kv_heads: int
    head_size: int
    output_layers: tuple[int, ...]  # which hidden states, joined, become the prompt
    max_length: int = 512  # tokens, padding included
    rope_theta: float = 1e6

    def __post_init__(self) -> None:
        check_positive(self)
        if max(self.output_layers) > self.num_layers:
            raise BadOption(f"output_layers {self.output_layers} of {self.num_layers} layers")


@dataclass(frozen=True, kw_only=True)
class Flux2KleinConfig:
    """A whole model."""

    kind: Literal["flux2-klein"] = "flux2-klein"
    transformer: KleinTransformerConfig
    vae: KleinVaeConfig
    text: Qwen3TextConfig
    native_size_px: int = 1024
    max_references: int = 4  # beside the picture; each is as many tokens again
    is_distilled: bool = True  # made for few steps without guidance
    num_inference_steps: int = 4  # default
    guidance_scale: float = 1.0  # default, of models that are not distilled
    quantized: Literal["int8", "int4"] | None = None  # how its blocks are stored; None: as numbers

    def __post_init__(self) -> None:
        if self.native_size_px < 1 or self.native_size_px % self.vae.scale_factor:
            raise BadOption(
                f"native_size_px is {self.native_size_px}; choose a multiple of {self.vae.scale_factor}"
            )
        if not 0 <= self.max_references <= 16:
            raise BadOption(f"max_references is {self.max_references}; choose 0 to 16")


FLUX2_KLEIN_4B = Flux2KleinConfig(
    transformer=KleinTransformerConfig(
        num_layers=5, num_single_layers=20, num_heads=24, head_size=128, axes_dims_rope=(32, 32, 32, 32)
    ),
    vae=KleinVaeConfig(block_out_channels=(128, 256, 512, 512)),
    text=Qwen3TextConfig(
        vocab_size=151936,
        hidden_size=2560,
        intermediate_size=9728,
        num_layers=36,
        num_heads=32,
        num_kv_heads=8,
        head_size=128,
        output_layers=(9, 18, 27),
    ),
)
