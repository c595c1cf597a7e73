"""Every size of a Qwen-Image-Edit model; the constants are the published ones (Qwen-Image, 2025)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal

from mgie.errors import BadOption
from mgie.model.config_checks import check_heads, check_positive
from mgie.model.flow_config import FlowScheduleConfig


@dataclass(frozen=True, kw_only=True)
class QwenTransformerConfig:
    """The denoiser: layers with separate streams for text and picture."""

    num_layers: int
    num_heads: int
    head_size: int
    axes_dims_rope: tuple[int, ...]  # of a head, for the axes picture, row, column
    is_clean_to_pictures: bool = False  # tokens of given pictures are modulated as free of noise (2511)

    def __post_init__(self) -> None:
        check_positive(self)
        if len(self.axes_dims_rope) != 3 or sum(self.axes_dims_rope) != self.head_size:
            raise BadOption(f"axes_dims_rope {self.axes_dims_rope} are not three parts of {self.head_size}")


@dataclass(frozen=True, kw_only=True)
class QwenVaeConfig:
    """The autoencoder, one for films of which pictures are the first frame."""

    base_dim: int
    dim_mult: tuple[int, ...]
    num_res_blocks: int
    downsamples_time: tuple[bool, ...]  # at each halving; films only, but with weights of its own
    latents_mean: tuple[float, ...]  # by channel
    latents_std: tuple[float, ...]

    def __post_init__(self) -> None:
        if len(self.latents_mean) != len(self.latents_std) or min(self.latents_std, default=0) <= 0:
            raise BadOption("latents_mean and latents_std must be of one length, deviations above 0")
        if len(self.downsamples_time) != len(self.dim_mult) - 1:
            raise BadOption(f"downsamples_time {self.downsamples_time} does not fit dim_mult {self.dim_mult}")

    @property
    def latent_channels(self) -> int:
        """Channels of a latent."""
        return len(self.latents_mean)

    @property
    def scale_factor(self) -> int:
        """Pixels per latent, along one side."""
        return 2 ** len(self.downsamples_time)


@dataclass(frozen=True, kw_only=True)
class QwenVisionConfig:
    """The vision transformer of the text encoder."""

    depth: int
    hidden_size: int
    intermediate_size: int
    num_heads: int
    window_size: int  # pixels
    full_attention_layers: tuple[int, ...]
    patch_size: int = 14

    def __post_init__(self) -> None:
        check_heads(self, self.hidden_size, self.num_heads)


@dataclass(frozen=True, kw_only=True)
class QwenVlConfig:
    """Qwen2.5-VL, whose last states the denoiser attends to."""

    vocab_size: int
    hidden_size: int
    intermediate_size: int
    num_layers: int
    num_heads: int
    num_kv_heads: int
    mrope_section: tuple[int, ...]  # of half a head, for the axes time, row, column
    vision: QwenVisionConfig
    image_token_id: int = 151655
    video_token_id: int = 151656
    vision_start_token_id: int = 151652
    vision_end_token_id: int = 151653
    rms_norm_eps: float = 1e-6
    rope_theta: float = 1e6

    def __post_init__(self) -> None:
        check_heads(self, self.hidden_size, self.num_heads)


@dataclass(frozen=True, kw_only=True)
class QwenImageEditConfig:
    """A whole model."""

    kind: Literal["qwen-image-edit"] = "qwen-image-edit"
    transformer: QwenTransformerConfig
    vae: QwenVaeConfig
    text: QwenVlConfig
    num_dropped_tokens: int = 64  # of the system prompt, which the denoiser does not see
    numbers_pictures: bool = False  # "Picture 1: " goes before each picture of the prompt (Plus)
    seen_pixels: int | None = None  # what every picture is resized to for the text encoder; None: as painted
    max_references: int = 0  # beside the picture; each is as many tokens again
    native_size_px: int = 1024  # the side the denoiser was trained at
    schedule: FlowScheduleConfig = field(
        default_factory=lambda: FlowScheduleConfig(max_image_seq_len=8192, max_shift=0.9)
    )
    last_sigma: float = 0.02  # noise levels are stretched so that the last one above 0 is this
    num_inference_steps: int = 40  # default
    guidance_scale: float = 4.0  # default
    quantized: Literal["int8", "int4"] | None = None  # how its blocks are stored; None: as numbers

    def __post_init__(self) -> None:
        multiple = 2 * self.vae.scale_factor
        if self.native_size_px < 1 or self.native_size_px % multiple:
            raise BadOption(f"native_size_px is {self.native_size_px}; choose a multiple of {multiple}")
        if not 0 <= self.max_references <= 16:
            raise BadOption(f"max_references is {self.max_references}; choose 0 to 16")
        if not 0 < self.last_sigma < 1:
            raise BadOption(f"last_sigma is {self.last_sigma}; choose a number between 0 and 1")


QWEN_IMAGE_EDIT = QwenImageEditConfig(
    transformer=QwenTransformerConfig(
        num_layers=60, num_heads=24, head_size=128, axes_dims_rope=(16, 56, 56)
    ),
    vae=QwenVaeConfig(
        base_dim=96,
        dim_mult=(1, 2, 4, 4),
        num_res_blocks=2,
        downsamples_time=(False, True, True),
        latents_mean=(
            *(-0.7571, -0.7089, -0.9113, 0.1075, -0.1745, 0.9653, -0.1517, 1.5508),
            *(0.4134, -0.0715, 0.5517, -0.3632, -0.1922, -0.9497, 0.2503, -0.2921),
        ),
        latents_std=(
            *(2.8184, 1.4541, 2.3275, 2.6558, 1.2196, 1.7708, 2.6052, 2.0743),
            *(3.2687, 2.1526, 2.8652, 1.5579, 1.6382, 1.1253, 2.8251, 1.9160),
        ),
    ),
    text=QwenVlConfig(
        vocab_size=152064,
        hidden_size=3584,
        intermediate_size=18944,
        num_layers=28,
        num_heads=28,
        num_kv_heads=4,
        mrope_section=(16, 24, 24),
        vision=QwenVisionConfig(
            depth=32,
            hidden_size=1280,
            intermediate_size=3420,
            num_heads=16,
            window_size=112,
            full_attention_layers=(7, 15, 23, 31),
        ),
    ),
)
# Qwen-Image-Edit-2509: several pictures, each shown to the text encoder at a fixed size.
QWEN_IMAGE_EDIT_PLUS = replace(
    QWEN_IMAGE_EDIT, numbers_pictures=True, seen_pixels=384 * 384, max_references=2
)
QWEN_IMAGE_EDIT_2511 = replace(
    QWEN_IMAGE_EDIT_PLUS,
    transformer=replace(QWEN_IMAGE_EDIT_PLUS.transformer, is_clean_to_pictures=True),
)
