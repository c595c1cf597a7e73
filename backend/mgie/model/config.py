"""Every size of a model: frozen parts and `ModelConfig` over them. Complete models: `mgie.model.presets`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from mgie.errors import BadOption
from mgie.model.config_checks import check_groups, check_heads, check_positive, check_prompt
from mgie.model.events import EditorKind, SamplingOptions
from mgie.model.load_options import Precision

PredictionType: TypeAlias = Literal["epsilon", "v_prediction"]
TimestepSpacing: TypeAlias = Literal["linspace", "leading", "trailing"]


@dataclass(frozen=True, kw_only=True)
class VisionConfig:
    """The CLIP vision tower."""

    image_size_px: int  # side of the square it sees
    patch_size_px: int  # side of a patch; divides image_size_px
    hidden_size: int
    intermediate_size: int
    num_layers: int
    num_heads: int
    feature_layer: int = -2  # which of the num_layers + 1 hidden states becomes the features

    def __post_init__(self) -> None:
        check_positive(self, "feature_layer")
        check_heads(self, self.hidden_size, self.num_heads)
        if self.image_size_px % self.patch_size_px:
            raise BadOption(f"patch_size_px {self.patch_size_px} does not divide {self.image_size_px}")
        if not -self.num_layers - 1 <= self.feature_layer <= self.num_layers:
            raise BadOption(f"feature_layer is {self.feature_layer}, but there are {self.num_layers} layers")

    @property
    def num_patches(self) -> int:
        """How many features a picture becomes; CLS is dropped."""
        return (self.image_size_px // self.patch_size_px) ** 2

    @property
    def num_used_layers(self) -> int:
        """How many layers run to reach the selected hidden state."""
        return self.feature_layer % (self.num_layers + 1)


@dataclass(frozen=True, kw_only=True)
class LanguageConfig:
    """The LLaMA and how it decodes."""

    hidden_size: int
    intermediate_size: int
    num_layers: int
    num_heads: int
    max_position_embeddings: int = 2048  # longest prompt and answer together, tokens
    rms_norm_eps: float = 1e-6
    max_new_tokens: int = 96  # longest answer
    no_repeat_ngram_size: int = 3  # no n-gram of prompt or answer may come again; 0 allows all

    def __post_init__(self) -> None:
        check_positive(self, "no_repeat_ngram_size")
        check_heads(self, self.hidden_size, self.num_heads)
        if self.no_repeat_ngram_size < 0:
            raise BadOption(f"no_repeat_ngram_size is {self.no_repeat_ngram_size}; choose 0 or more")


@dataclass(frozen=True, kw_only=True)
class TokenConfig:
    """Token ids: the sentencepiece vocabulary, then the added tokens in the published order."""

    num_pieces: int  # size of the sentencepiece vocabulary
    num_visual_tokens: int = 8  # [IMG0] .. [IMG7]
    unk_id: int = 0
    bos_id: int = 1
    eos_id: int = 2
    pad_id: int = 0  # training pads with unk

    def __post_init__(self) -> None:
        if self.num_pieces < 4 or self.num_visual_tokens < 1:
            raise BadOption(f"{self} has too few tokens")

    @property
    def im_patch_id(self) -> int:
        """<im_patch>, the place of one image feature."""
        return self.num_pieces

    @property
    def im_start_id(self) -> int:
        """<im_start>."""
        return self.num_pieces + 1

    @property
    def im_end_id(self) -> int:
        """<im_end>."""
        return self.num_pieces + 2

    @property
    def visual_ids(self) -> tuple[int, ...]:
        """[IMG0], [IMG1], ..."""
        first = self.num_pieces + 3
        return tuple(range(first, first + self.num_visual_tokens))

    @property
    def vocab_size(self) -> int:
        """Pieces and added tokens together."""
        return self.num_pieces + 3 + self.num_visual_tokens

    @property
    def added_tokens(self) -> dict[str, int]:
        """Text of every added token and its id."""
        images = {"<im_patch>": self.im_patch_id, "<im_start>": self.im_start_id, "<im_end>": self.im_end_id}
        return images | {f"[IMG{index}]": token_id for index, token_id in enumerate(self.visual_ids)}


@dataclass(frozen=True, kw_only=True)
class TextEncoderConfig:
    """The CLIP text encoder of InsPix2Pix and its tokenizer."""

    vocab_size: int
    hidden_size: int
    intermediate_size: int
    num_layers: int
    num_heads: int
    max_length: int = 77  # tokens, begin and end included
    tokenizer: Literal["clip", "sentencepiece"] = "clip"  # vocab.json + merges.txt, or tokenizer.model

    def __post_init__(self) -> None:
        check_positive(self)
        check_heads(self, self.hidden_size, self.num_heads)


@dataclass(frozen=True, kw_only=True)
class EditHeadConfig:
    """The edit head: visual tokens in, what the UNet attends to out."""

    hidden_size: int
    feedforward_size: int
    num_heads: int
    num_encoder_layers: int
    num_decoder_layers: int
    num_queries: int = 77  # length of the sequence the UNet attends to

    def __post_init__(self) -> None:
        check_positive(self)
        check_heads(self, self.hidden_size, self.num_heads)


@dataclass(frozen=True, kw_only=True)
class UNetConfig:
    """The denoiser, in the layout of Stable Diffusion 1.5; its input is latents and image latents joined."""

    block_out_channels: tuple[int, ...]
    block_has_attention: tuple[bool, ...]  # from high to low resolution
    cross_attention_dim: int
    num_heads: int  # in every attention block
    layers_per_block: int = 2
    norm_num_groups: int = 32

    def __post_init__(self) -> None:
        check_positive(self)
        check_groups(self.block_out_channels, self.norm_num_groups)
        if len(self.block_has_attention) != len(self.block_out_channels):
            raise BadOption(f"{self} needs one block_has_attention per block")


@dataclass(frozen=True, kw_only=True)
class VaeConfig:
    """The autoencoder between pixels and latents."""

    block_out_channels: tuple[int, ...]
    layers_per_block: int = 2
    latent_channels: int = 4
    norm_num_groups: int = 32
    scaling_factor: float = 0.18215  # latents of the denoiser = this * latents of the encoder
    mid_block_has_attention: bool = True

    def __post_init__(self) -> None:
        check_positive(self)
        check_groups(self.block_out_channels, self.norm_num_groups)

    @property
    def scale_factor(self) -> int:
        """Pixels per latent, along one side."""
        return 2 ** (len(self.block_out_channels) - 1)


@dataclass(frozen=True, kw_only=True)
class SchedulerConfig:
    """The noise schedule; betas are 'scaled_linear', as in Stable Diffusion."""

    num_train_timesteps: int = 1000
    beta_start: float = 0.00085
    beta_end: float = 0.012
    prediction_type: PredictionType = "epsilon"
    timestep_spacing: TimestepSpacing = "linspace"  # how sampling picks its timesteps
    rescale_betas_zero_snr: bool = False  # the last timestep is pure noise

    def __post_init__(self) -> None:
        if not 0 < self.beta_start <= self.beta_end < 1:
            raise BadOption(f"betas run from {self.beta_start} to {self.beta_end}; both lie within 0 and 1")
        if self.rescale_betas_zero_snr and self.prediction_type == "epsilon":
            raise BadOption(
                "zero terminal SNR needs prediction_type v_prediction: pure noise tells nothing of eps"
            )


@dataclass(frozen=True, kw_only=True)
class PlanConfig:
    """How the answers of a model are read that was taught to decide in set words."""

    declines_with: str  # an answer that holds these words declines, and nothing is painted
    decides_after: str  # the decision stands behind these words ...
    decides_until: str  # ... and before these, or at the end
    unsure_below: float  # 0..1: where the decision is less likely, the second likeliest is worked out too
    suggestions: tuple[str, ...] = ()  # requests that can be made instead of a declined one
    says_from: float = 0.0  # 0..1: what becomes of the picture is left out where it is less likely

    def __post_init__(self) -> None:
        if not (self.declines_with and self.decides_after and self.decides_until):
            raise BadOption(f"{self}: the words must not be empty")
        if not 0 <= self.unsure_below <= 1:
            raise BadOption(f"unsure_below is {self.unsure_below}; choose 0 to 1")
        if not 0 <= self.says_from <= 1:
            raise BadOption(f"says_from is {self.says_from}; choose 0 to 1")


@dataclass(frozen=True, kw_only=True)
class SentenceEncoderConfig:
    """A small transformer that read English before; sizes of the Universal Sentence Encoder (lite)."""

    num_vocabulary_bytes: int  # of its sentencepiece model
    vocab_size: int = 8002
    width: int = 256  # of the pieces; the first block widens to `hidden_size`
    hidden_size: int = 512
    num_layers: int = 2
    num_heads: int = 4
    feed_forward_size: int = 1536
    is_int8: bool = False  # whether the blocks are stored in 8 bits

    def __post_init__(self) -> None:
        if self.width % (2 * self.num_heads) or self.hidden_size % self.num_heads:
            raise BadOption(f"{self.num_heads} heads must share width and hidden size evenly")


@dataclass(frozen=True, kw_only=True)
class ReaderConfig:
    """The reader of requests, and the words of all it can decide."""

    decisions: tuple[str, ...]  # behind `opening`; {z} strength, {r} region; "a|b": the picture tells which
    declined: int  # which of them declines; its text stands alone
    several: int  # which of them stands for several wishes at once; it has no words
    strengths: tuple[str, ...]  # words for {z}
    regions: tuple[str, ...]  # words for {r}, "" first
    opening: str = "I'll "
    num_buckets: int = 65536  # features are hashed to so many rows
    width: int = 48  # of a row
    num_hidden: int = 96  # units that see which words stand together
    encoder: SentenceEncoderConfig | None = None  # None: it knows words from requests alone

    def __post_init__(self) -> None:
        if not (0 <= self.declined < len(self.decisions) and 0 <= self.several < len(self.decisions)):
            raise BadOption(
                f"declined {self.declined} and several {self.several} must be among the decisions"
            )
        if len(self.regions) < 2 or min(self.num_buckets, self.width, self.num_hidden) < 1:
            raise BadOption("the reader needs regions, and positive sizes")

    @property
    def repairs(self) -> tuple[str, ...]:
        """All alternatives between which the picture tells."""
        told = (text.split("|") for text in self.decisions if "|" in text)
        return tuple(dict.fromkeys(repair for each in told for repair in each))

    @property
    def sizes(self) -> list[int]:
        """How many decisions, strengths, regions, exceptions, and wishes among several, there are."""
        decisions, regions = len(self.decisions), len(self.regions)
        return [decisions, len(self.strengths), regions, regions, decisions]


@dataclass(frozen=True, kw_only=True)
class ModelConfig:
    """A whole model. Which parts are there depends on `kind`."""

    kind: EditorKind
    unet: UNetConfig
    vae: VaeConfig
    native_size_px: int  # the side the denoiser was trained at
    scheduler: SchedulerConfig = field(default_factory=SchedulerConfig)
    sampling: SamplingOptions = field(default_factory=SamplingOptions)  # defaults for this model
    precision: Precision | None = None  # the only one its weights work in; None: any
    quantized: Literal["int8", "int4"] | None = None  # how the decoder's weights are stored; None: as numbers
    vision: VisionConfig | None = None  # mgie
    language: LanguageConfig | None = None  # mgie, lgie
    tokens: TokenConfig | None = None  # mgie, lgie
    prompt: str | None = None  # mgie, lgie: holds {instruction} and, for mgie, {image}
    edit_head: EditHeadConfig | None = None  # mgie, lgie
    plan: PlanConfig | None = None  # mgie, lgie: where answers come in set words
    reader: ReaderConfig | None = None  # with `plan`: what proposes the decision
    text_encoder: TextEncoderConfig | None = None  # insp2p

    def __post_init__(self) -> None:
        language_parts = {"language", "tokens", "prompt", "edit_head"}
        needed = {"mgie": language_parts | {"vision"}, "lgie": language_parts, "insp2p": {"text_encoder"}}
        if self.kind not in needed:
            raise BadOption(f"kind is {self.kind!r}; choose {', '.join(needed)}")
        for name in sorted(language_parts | {"vision", "text_encoder"}):
            if (getattr(self, name) is not None) != (name in needed[self.kind]):
                verb = "needs" if name in needed[self.kind] else "has no"
                raise BadOption(f"a model of kind {self.kind} {verb} {name}")
        if self.native_size_px < 1 or self.native_size_px % self.vae.scale_factor:
            raise BadOption(
                f"native_size_px is {self.native_size_px}; choose a multiple of {self.vae.scale_factor}"
            )
        if self.prompt is not None:
            check_prompt(self.prompt, has_image=self.kind == "mgie")
        if self.text_encoder and self.text_encoder.hidden_size != self.unet.cross_attention_dim:
            raise BadOption("the text encoder's hidden_size must be the UNet's cross_attention_dim")
