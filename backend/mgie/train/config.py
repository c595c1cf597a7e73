"""Everything a training run depends on. One YAML file holds one `TrainConfig`; presets/ has complete ones.

The order is the order of the work: where the weights start, what they learn from, what is asked of
them, which of them move and how fast, how the run is organised.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import yaml

from mgie.dataclass_reader import dataclass_from
from mgie.errors import BadOption
from mgie.model.events import EditorKind


def _in_range(name: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high:  # also refuses NaN
        raise BadOption(f"{name} is {value}; choose {low:g} to {high:g}")


@dataclass(frozen=True, kw_only=True)
class StartConfig:
    """Where the weights come from: one of `model`, `preset`, `llava`, or `diffusion` with kind insp2p."""

    model: str | None = None  # an installed model's name, or a native model folder
    preset: Literal["tiny", "mgie-7b"] | None = None  # random weights of this size
    tokenizer: str | None = None  # sentencepiece model file; with `preset` only
    kind: EditorKind = "mgie"  # with `preset`: mgie, lgie (no picture) or insp2p (CLIP text path)
    prompt: str | None = None  # ablation: other words for the question, with {instruction} and {image}
    num_visual_tokens: int | None = None  # ablation, new models only; null: the preset's 8
    llava: str | None = None  # folder of LLaVA-7B-v1; with `clip` and `diffusion`
    clip: str | None = None  # folder of openai/clip-vit-large-patch14
    # diffusers folder of SD-1.5 (4 channels are widened) or InstructPix2Pix. Without `llava` and with kind
    # insp2p the whole model comes from it; `preset: tiny` then says that it is of that size.
    diffusion: str | None = None

    def __post_init__(self) -> None:
        given = [name for name in ("model", "preset", "llava") if getattr(self, name) is not None]
        if self.is_stable_diffusion:
            self._check_stable_diffusion(given)
            return
        if len(given) != 1:
            raise BadOption(
                f"start names {given or 'nothing'}; name exactly one of model, preset, llava, "
                "or diffusion with kind insp2p"
            )
        if self.llava is not None and (self.clip is None or self.diffusion is None):
            raise BadOption("start.llava also needs start.clip and start.diffusion")
        if self.preset is not None and self.tokenizer is None:
            raise BadOption("start.preset also needs start.tokenizer")

    @property
    def is_stable_diffusion(self) -> bool:
        """Whether an InsPix2Pix begins as Stable Diffusion, text encoder and tokenizer included."""
        return self.diffusion is not None and self.llava is None

    def _check_stable_diffusion(self, given: list[str]) -> None:
        if self.kind != "insp2p":
            raise BadOption(
                f"start.diffusion alone makes a model of kind insp2p, but start.kind is {self.kind}; "
                "for MGIE also name start.llava and start.clip"
            )
        if "model" in given or self.tokenizer is not None or self.clip is not None:
            raise BadOption("start.diffusion with kind insp2p brings all; leave model, tokenizer, clip away")


@dataclass(frozen=True, kw_only=True)
class DataConfig:
    """One data set on disk."""

    layout: Literal["ipr2pr", "mgie-tsv", "magicbrush", "gier", "evr", "ma5k", "synthetic"]
    path: str  # the folder (mgie-tsv: the folder with the .tsv and its siblings)
    split: str = "train"  # as the data set calls it
    expressive: str | None = (
        None  # file of expressive instructions (`mgie data expressive`, or ml-mgie's JSON)
    )
    seed: int = 0  # synthetic only: which pairs are drawn
    num_pairs: int | None = None  # the first so many only; synthetic: how many there are


@dataclass(frozen=True, kw_only=True)
class CacheConfig:
    """What frozen networks make of the data, computed once and kept on disk (`mgie data cache`)."""

    folder: str  # made at the start of a run on one process; several processes need it ready
    # The vision tower's output too: fastest, 512 KiB per pair for CLIP-L/14. false: its input, 147 KiB.
    # Ignored where the tower is trained.
    has_features: bool = True


@dataclass(frozen=True, kw_only=True)
class PicturesConfig:
    """How pictures reach the networks: centre square, bicubic, as published."""

    size_px: int = 256  # side of the square the diffusion model learns at, 8..2048, a multiple of 8
    intermediate_px: int | None = 512  # first resize, before both paths (published: 512); null: none

    def __post_init__(self) -> None:
        _in_range("pictures.size_px", self.size_px, 8, 2048)
        if self.size_px % 8:
            raise BadOption(f"pictures.size_px is {self.size_px}; choose a multiple of 8")
        if self.intermediate_px is not None:
            _in_range("pictures.intermediate_px", self.intermediate_px, self.size_px, 8192)


@dataclass(frozen=True, kw_only=True)
class TextConfig:
    """What the language model reads and writes."""

    max_tokens: int = 512  # longest sequence, prompt and picture included
    # A text that is too long: "shorten" cuts the expressive instruction so that the visual tokens stay;
    # "published" cuts the end off, visual tokens included, and takes the states of the last nine positions.
    too_long: Literal["shorten", "published"] = "shorten"
    expressive_text: Literal["full", "short", "summarised"] = "summarised"  # which text of `expressive`
    # insp2p only. "instruction": the artist's words; "expressive": the ablation FT.
    conditioning: Literal["instruction", "expressive"] = "instruction"

    def __post_init__(self) -> None:
        _in_range("text.max_tokens", self.max_tokens, 16, 8192)


@dataclass(frozen=True, kw_only=True)
class ObjectiveConfig:
    """L = instruction_weight * L_ins + edit_weight * L_edit, with conditions dropped at random."""

    instruction_weight: float = 1.0  # 0: the ablation without L_ins
    edit_weight: float = 0.5  # 0: the language model alone (the text half of the ablation FZ)
    drop_text: float = 0.05  # share of samples with the learned null in place of the edit embeddings
    drop_both: float = 0.05  # share with the learned null and zero image latents
    drop_image: float = 0.05  # share with zero image latents
    # Above 1, timesteps lean towards pure noise (the resolution shift of Stable Diffusion 3, section 5.3.2):
    # there a small model decides the tone of an edit. 1: uniform, as published.
    timestep_shift: float = 1.0

    def __post_init__(self) -> None:
        for name in ("instruction_weight", "edit_weight"):
            _in_range(f"objective.{name}", getattr(self, name), 0, 1000)
        for name in ("drop_text", "drop_both", "drop_image"):
            _in_range(f"objective.{name}", getattr(self, name), 0, 1)
        _in_range("objective.timestep_shift", self.timestep_shift, 0.01, 100)
        if self.drop_text + self.drop_both + self.drop_image > 1:
            raise BadOption("objective.drop_text + drop_both + drop_image exceed 1")
        if self.instruction_weight == 0 and self.edit_weight == 0:
            raise BadOption("objective: both weights are 0, so there is nothing to learn")


@dataclass(frozen=True, kw_only=True)
class LearningRates:
    """One learning rate per part of the model; 0 keeps the part frozen. The VAE is always frozen."""

    embeddings: float = 5e-4  # input embeddings and language model head, all rows
    edit_head: float = 5e-4
    unet: float = 1e-4
    language_model: float = 0.0  # the LLaMA layers
    projector: float = 0.0  # picture features to word space
    vision_tower: float = 0.0
    text_encoder: float = 0.0  # InsPix2Pix only, where it starts from noise

    def __post_init__(self) -> None:
        for part in dataclasses.fields(self):
            _in_range(f"learning_rates.{part.name}", getattr(self, part.name), 0, 10)
        if not any(getattr(self, part.name) for part in dataclasses.fields(self)):
            raise BadOption("learning_rates: every part is frozen")


@dataclass(frozen=True, kw_only=True)
class LoraConfig:
    """Low-rank adapters through peft on the attention projections; the adapted weights stay frozen."""

    rank: int = 16  # 1..1024
    alpha: int = 16  # the update is scaled by alpha / rank
    learning_rate: float = 1e-4
    unet: bool = True  # to_q, to_k, to_v, to_out.0 of every attention
    language_model: bool = True  # q_proj, k_proj, v_proj, o_proj of every layer

    def __post_init__(self) -> None:
        _in_range("lora.rank", self.rank, 1, 1024)
        _in_range("lora.alpha", self.alpha, 1, 10_000)
        _in_range("lora.learning_rate", self.learning_rate, 1e-9, 10)
        if not (self.unet or self.language_model):
            raise BadOption("lora adapts nothing: set lora.unet or lora.language_model")


@dataclass(frozen=True, kw_only=True)
class OptimizerConfig:
    """AdamW and its learning-rate schedule."""

    betas: tuple[float, float] = (0.9, 0.999)
    eps: float = 1e-8
    weight_decay: float = 0.0
    clip_norm: float = 1.0  # largest norm of all gradients together
    schedule: Literal["cosine", "constant"] = "cosine"  # after the warm-up; cosine ends at 0
    warmup_fraction: float = 0.03  # share of all steps, rounded up, from 0 to the full rate
    ema_decay: float | None = None  # e.g. 0.9999; null: no averaged weights

    def __post_init__(self) -> None:
        for i, beta in enumerate(self.betas):
            _in_range(f"optimizer.betas[{i}]", beta, 0, 0.999999)
        _in_range("optimizer.eps", self.eps, 1e-12, 1)
        _in_range("optimizer.weight_decay", self.weight_decay, 0, 10)
        _in_range("optimizer.clip_norm", self.clip_norm, 1e-6, 1e6)
        _in_range("optimizer.warmup_fraction", self.warmup_fraction, 0, 1)
        if self.ema_decay is not None:
            _in_range("optimizer.ema_decay", self.ema_decay, 0, 0.9999999)


@dataclass(frozen=True, kw_only=True)
class RunConfig:
    """How the run is organised. Pairs per step = batch_size * accumulation * number of processes."""

    num_steps: int  # optimizer steps
    batch_size: int  # pairs per process and forward pass
    accumulation: int = 1  # forward passes per optimizer step
    precision: Literal["fp32", "bf16", "fp16"] = "fp32"  # autocast; trained weights stay float32
    gradient_checkpointing: bool = (
        False  # recompute activations of LLaMA and UNet: less memory, about a third slower
    )
    seed: int = 0  # of data order, noise, timesteps, drops and new weights
    num_workers: int = 2  # data loading processes per training process, 0: in the training process
    save_every: int = 1000  # steps between checkpoints
    keep_checkpoints: int = 3  # newest ones kept
    log_every: int = 10  # steps between lines of log.jsonl and TensorBoard
    sample_every: int = 0  # steps between sample grids, 0: none
    num_samples: int = 4  # pairs per grid
    sample_steps: int = 20  # denoising steps of a sample
    num_threads: int | None = None  # CPU threads of torch; null: torch's own choice

    def __post_init__(self) -> None:
        for name in (
            "num_steps",
            "batch_size",
            "accumulation",
            "save_every",
            "keep_checkpoints",
            "log_every",
        ):
            _in_range(f"run.{name}", getattr(self, name), 1, 1e12)
        for name in ("seed", "num_workers", "sample_every"):
            _in_range(f"run.{name}", getattr(self, name), 0, 2**63 - 1)
        _in_range("run.num_samples", self.num_samples, 1, 64)
        _in_range("run.sample_steps", self.sample_steps, 1, 1000)


@dataclass(frozen=True, kw_only=True)
class TrainConfig:
    """One training run."""

    name: str  # of the model that comes out
    start: StartConfig
    data: tuple[DataConfig, ...]  # several are joined
    run: RunConfig
    cache: CacheConfig | None = None  # null: every picture goes through the frozen networks every time
    pictures: PicturesConfig = field(default_factory=PicturesConfig)
    text: TextConfig = field(default_factory=TextConfig)
    objective: ObjectiveConfig = field(default_factory=ObjectiveConfig)
    learning_rates: LearningRates = field(default_factory=LearningRates)
    lora: LoraConfig | None = None
    optimizer: OptimizerConfig = field(default_factory=OptimizerConfig)

    def __post_init__(self) -> None:
        if not self.data:
            raise BadOption("data is empty; name at least one data set")


def load_config(path: Path) -> TrainConfig:
    """Read a YAML file. Every field is checked; an unknown one is an error."""
    return dataclass_from(TrainConfig, read_yaml(path), path.stem)


def read_yaml(path: Path) -> Any:
    """The content of a YAML file, not yet checked."""
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise BadOption(f"{path} cannot be read as YAML: {error}") from error


def to_mapping(config: TrainConfig) -> dict[str, Any]:
    """The plain mapping that `dataclass_from` reads back."""
    return dataclasses.asdict(config)
