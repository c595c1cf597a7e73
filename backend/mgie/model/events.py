"""What an edit is made of: its encoding, and the typed events it yields while it runs; `Editor`."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol, TypeAlias, get_args, runtime_checkable

import numpy as np
import numpy.typing as npt

from mgie.api.events import Reading
from mgie.api.models import Model
from mgie.api.options import Options
from mgie.errors import BadOption

if TYPE_CHECKING:  # so that options and events can be spoken of without loading torch
    import torch
    from PIL import Image

FloatImage: TypeAlias = npt.NDArray[np.float32]  # (H, W, 3), sRGB, 0..1, not quantised
SamplerName: TypeAlias = Literal["euler_a", "dpmpp_2m", "unipc"]
SAMPLERS: tuple[SamplerName, ...] = get_args(SamplerName)
EditorKind: TypeAlias = Literal["mgie", "lgie", "insp2p"]  # the kinds that `ModelConfig` describes


@dataclass(frozen=True, kw_only=True)
class SamplingOptions:
    """How a diffusion model of InstructPix2Pix' family runs. The defaults are the published ones."""

    num_inference_steps: int = 100  # denoising steps, 1..1000
    guidance_scale: float = 7.5  # text guidance, 1..50; 1 switches it off
    image_guidance_scale: float = 1.5  # image guidance, 1..50; 1 switches it off
    sampler: SamplerName = "euler_a"
    # Guidance works from one share of the steps to another, 0..1; outside it, none is added
    guidance_start: float = 0.0
    guidance_stop: float = 1.0
    # Steps from one computation of the guidance to the next, which use it again; 1..10
    guidance_every: int = 1

    def __post_init__(self) -> None:
        if not 1 <= self.num_inference_steps <= 1000:
            raise BadOption(f"num_inference_steps is {self.num_inference_steps}; choose 1 to 1000")
        for name in ("guidance_scale", "image_guidance_scale"):
            value = getattr(self, name)
            if not 1.0 <= value <= 50.0:  # also refuses NaN
                raise BadOption(f"{name} is {value}; choose 1 to 50")
        if self.sampler not in SAMPLERS:
            raise BadOption(f"sampler is {self.sampler!r}; choose {', '.join(SAMPLERS)}")
        for name in ("guidance_start", "guidance_stop"):
            if not 0.0 <= getattr(self, name) <= 1.0:
                raise BadOption(f"{name} is {getattr(self, name)}; choose 0 to 1")
        if not 1 <= self.guidance_every <= 10:
            raise BadOption(f"guidance_every is {self.guidance_every}; choose 1 to 10")

    @property
    def guided_steps(self) -> range:
        """Which steps are guided, counted from 0."""
        first, end = (
            round(share * self.num_inference_steps) for share in (self.guidance_start, self.guidance_stop)
        )
        return range(first, end)

    @property
    def unguided(self) -> SamplingOptions:
        """The same without guidance."""
        return replace(self, guidance_scale=1.0, image_guidance_scale=1.0)


@dataclass(frozen=True, kw_only=True)
class Encoding:
    """What was made of (picture, instruction) before painting. Independent of seed and guidance.

    A painter adds the tensors it is guided by in a class of its own.
    """

    instruction: str  # the artist's words
    expressive_instruction: str  # cleaned text for people; "" where the editor writes none
    raw_text: str  # everything the language model wrote, markers included
    is_corrected: bool = False  # True when the expressive instruction was given, not generated
    warning: EditWarning | None = None  # to be given whenever this encoding is used again
    readings: tuple[Reading, ...] = ()  # other meanings too, the likeliest first, where the model is unsure
    declined: str = ""  # one sentence: why the request is beyond the model; then nothing is to be sampled
    suggestions: tuple[str, ...] = ()  # requests it could carry out instead of a declined one


class Area(NamedTuple):
    """Where something is done."""

    region: int  # of `ReaderConfig.regions`; 0: the whole picture
    is_inside: bool = True  # False: everywhere else


WHOLE = Area(0)


@dataclass(frozen=True, kw_only=True)
class UNetEncoding(Encoding):
    """An encoding for the editors of InstructPix2Pix' family."""

    edit_embeds: torch.Tensor  # (A, 77, C), what the UNet attends to in each area
    areas: tuple[Area, ...] = (WHOLE,)  # where each of them holds
    negative_embeds: torch.Tensor  # (1, 77, C), the embedding of "no instruction"
    visual_tokens: torch.Tensor | None  # (1, 8, D) hidden states, None for InsPix2Pix


@dataclass(frozen=True, kw_only=True)
class InstructionDelta:
    """A further piece of the expressive instruction; joined, the pieces are the whole text."""

    text: str


@dataclass(frozen=True, kw_only=True)
class EditWarning:
    """Something the artist should know although the edit goes on."""

    reason: str  # UPPER_SNAKE, e.g. "VISUAL_TOKENS_FALLBACK"
    message: str


@dataclass(frozen=True, kw_only=True)
class EncodingReady:
    """The language model is done."""

    encoding: Encoding


@dataclass(frozen=True, kw_only=True)
class SampleRequest:
    """One picture to sample. Requests of one batch share options and picture size."""

    image: Image.Image  # RGB; sides are rounded down to multiples of the VAE's scale
    encoding: Encoding  # made by the same editor
    seed: int  # all noise comes from one CPU generator with this seed
    references: tuple[Image.Image, ...] = ()  # further RGB pictures, at most `Model.max_references`


@dataclass(frozen=True, kw_only=True)
class Step:
    """One denoising step is done."""

    index: int  # 1..num_steps
    num_steps: int
    denoised: torch.Tensor  # (B, C, h, w) predicted clean latents, for `preview` and `decode`


class Sampled(NamedTuple):
    """One finished sample at the model's resolution."""

    image: FloatImage  # the edited picture
    round_trip: FloatImage  # the input through encoder and decoder, same size
    alpha: npt.NDArray[np.float32] | None = None  # (H, W) 0..1, how opaque `image` is; None: all of it


@dataclass(frozen=True, kw_only=True)
class EditDone:
    """The last event of an edit."""

    encoding: Encoding
    sampled: Sampled
    seed: int


EditEvent: TypeAlias = InstructionDelta | EditWarning | EncodingReady | Step | EditDone


@runtime_checkable
class Placed(Protocol):
    """An editor that says how it is loaded."""

    @property
    def memory_plan(self) -> str:
        """Precision, placement and tiling as they are now, for people."""
        ...

    @property
    def notices(self) -> tuple[str, ...]:
        """What does not run as fast as it could, each one sentence for people."""
        ...


@runtime_checkable
class Overlapping(Protocol):
    """An editor that says whether its two halves can work in two threads."""

    @property
    def overlap_problem(self) -> str:
        """Why one `encode` may not run in one thread while another one paints; "" where it may."""
        ...


class Editor(Protocol):
    """Any kind of model that edits, behind one small interface. Closing a generator cancels the work."""

    @property
    def info(self) -> Model:
        """The loaded model: what it is and what can be set for it."""
        ...

    def encode(
        self,
        image: Image.Image,
        instruction: str,
        *,
        expressive_instruction: str | None = None,
        references: Sequence[Image.Image] = (),
    ) -> Generator[InstructionDelta | EditWarning, None, Encoding]:
        """Read the picture and the instruction, yielding text as it is written.

        expressive_instruction: a corrected text, teacher-forced in one pass instead of being generated.
        references: those that the encoding is sampled with later, for painters whose words see them.
        """
        ...

    def sample(
        self, requests: Sequence[SampleRequest], options: Options
    ) -> Generator[Step, None, list[Sampled]]:
        """Denoise all requests as one batch.

        options: by the names of `info.options`; the model's own value stands where one is left out.
        Raises BadOption for an option that the model does not have or a value out of range.
        """
        ...

    def preview(self, denoised: torch.Tensor) -> list[FloatImage]:
        """Cheap pictures (h, w, 3) of predicted clean latents through the linear latent-to-RGB map."""
        ...

    def decode(self, denoised: torch.Tensor) -> list[FloatImage]:
        """Full pictures (H, W, 3) of predicted clean latents through the decoder."""
        ...

    def use_less_memory(self) -> bool:
        """Keep less on the device from now on, at the cost of speed; False when nothing is left to do."""
        ...

    def round_trip(self, image: Image.Image) -> FloatImage:
        """(H, W, 3): a picture through encoder and decoder, as in `Sampled`; for stop-and-keep."""
        ...
