"""`FlowEditor`: any flow-matching painter behind the `Editor` protocol; `FlowModel` is what is its own."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import torch
from PIL import Image
from torch import Tensor

from mgie.api.models import Model
from mgie.api.options import Options, complete_options
from mgie.model.diffusion import fit_size, to_images, to_pixels
from mgie.model.events import (
    EditWarning,
    Encoding,
    FloatImage,
    InstructionDelta,
    Sampled,
    SampleRequest,
    Step,
)
from mgie.model.flow import denoise_flow, initial_noise
from mgie.model.lru_cache import Recent
from mgie.model.offload import memory_guard
from mgie.model.preview import LatentToRgb, fit_linear, latents_to_rgb
from mgie.model.prompt import check_instruction
from mgie.model.requests import check_references, check_requests, limit_area
from mgie.model.step_down import LoadedPlan

_NUM_REMEMBERED = 8  # pictures whose latents and round trip are kept


@dataclass(frozen=True, kw_only=True)
class FlowEncoding(Encoding):
    """What the text encoders make of the words, and of the picture where they see it."""

    embeds: Mapping[str, Tensor]  # by names of the model's own; batches of one, on the CPU


@dataclass(frozen=True, kw_only=True, eq=False)
class FlowJob:
    """A batch to denoise."""

    embeds: Sequence[Mapping[str, Tensor]]  # B, from `FlowModel.embed`
    image_latents: Sequence[Sequence[Tensor]]  # B rows of (1, C, h, w): the picture, then its references
    options: Mapping[str, bool | int | float | str]  # complete


class FlowModel(Protocol):
    """The networks of one flow-matching painter and how they are used."""

    @property
    def multiple_px(self) -> int:
        """What sides of pictures are multiples of."""
        ...

    @property
    def scale_factor(self) -> int:
        """Pixels per latent, along one side."""
        ...

    def embed(self, text: str, pictures: Sequence[Image.Image]) -> Mapping[str, Tensor]:
        """What the denoiser attends to besides picture tokens. pictures: the picture, then its references."""
        ...

    def encode_pixels(self, pixels: Tensor) -> Tensor:
        """The denoiser's latents (B, C, h, w) of pixels (B, 3, H, W), -1..1."""
        ...

    def decode_latents(self, latents: Tensor) -> Tensor:
        """Pixels (B, 3, H, W), about -1..1, of the denoiser's latents."""
        ...

    def sigmas(self, shape: torch.Size, options: Options) -> Tensor:
        """Falling noise levels, the last one 0, for latents of a shape (C, h, w)."""
        ...

    def velocity(self, job: FlowJob) -> Callable[[Tensor, float], Tensor]:
        """What predicts the velocity (B, C, h, w) of noisy latents at a noise level."""
        ...


class FlowEditor:
    """Paints words with a flow-matching transformer. It writes none; a corrected text is the prompt."""

    def __init__(self, model: FlowModel, *, info: Model, plan: LoadedPlan) -> None:
        self._model = model
        self._info = info
        self._plan = plan
        self._placement = plan.placement
        self._image_latents: Recent[Tensor] = Recent(_NUM_REMEMBERED)
        self._round_trips: Recent[FloatImage] = Recent(_NUM_REMEMBERED)

    @property
    def info(self) -> Model:
        """The loaded model."""
        return self._info

    def use_less_memory(self) -> bool:
        """See `Editor.use_less_memory`."""
        return self._plan.step_down(self.info.id)

    @property
    def memory_plan(self) -> str:
        """See `Placed.memory_plan`."""
        return str(self._plan)

    @property
    def notices(self) -> tuple[str, ...]:
        """See `Placed.notices`; there is none."""
        return ()

    @property
    def overlap_problem(self) -> str:
        """See `Overlapping.overlap_problem`."""
        return self._placement.overlap_problem

    def encode(
        self,
        image: Image.Image,
        instruction: str,
        *,
        expressive_instruction: str | None = None,
        references: Sequence[Image.Image] = (),
    ) -> Generator[InstructionDelta | EditWarning, None, FlowEncoding]:
        """Embed the instruction, or the text given in its place; see `Editor.encode`."""
        encoding = self._encode(image, instruction, expressive_instruction, references)
        return self._placement.beside_painting(encoding)

    @torch.no_grad()
    def _encode(
        self,
        image: Image.Image,
        instruction: str,
        expressive_instruction: str | None,
        references: Sequence[Image.Image],
    ) -> Generator[InstructionDelta | EditWarning, None, FlowEncoding]:
        check_instruction(instruction)
        check_references(references, self.info)
        pictures = [fit_size(image, self._model.multiple_px), *self._fitting(references)]
        given = (expressive_instruction or "").strip()
        if given:
            yield InstructionDelta(text=given)
        with memory_guard(self._placement.device):
            self._placement.enter("encode")
            embeds = self._model.embed(given or instruction, pictures)
        return FlowEncoding(
            instruction=instruction,
            expressive_instruction=given,
            raw_text=given,
            is_corrected=expressive_instruction is not None,
            embeds={name: tensor.cpu() for name, tensor in embeds.items()},
        )

    @torch.no_grad()
    def sample(
        self, requests: Sequence[SampleRequest], options: Options
    ) -> Generator[Step, None, list[Sampled]]:
        """Denoise all requests as one batch; see `Editor.sample`."""
        values = complete_options(self.info.options, options)
        images = check_requests(requests, self._model.multiple_px, self.info)
        generators = [torch.Generator().manual_seed(request.seed) for request in requests]
        with memory_guard(self._placement.device):
            self._placement.enter("sample")
            image_latents = [
                [self._latents(picture) for picture in (image, *self._fitting(request.references))]
                for image, request in zip(images, requests, strict=True)
            ]
            embeds = [_embeds(request.encoding) for request in requests]
            job = FlowJob(embeds=embeds, image_latents=image_latents, options=values)
            shape = image_latents[0][0].shape[1:]
            sigmas = self._model.sigmas(shape, values)
            latents = initial_noise(generators, shape).to(self._placement.device)
            steps = denoise_flow(self._model.velocity(job), sigmas, latents)
            for index, state in enumerate(steps, start=1):
                latents = state.latents
                yield Step(index=index, num_steps=len(sigmas) - 1, denoised=state.denoised)
                self._placement.enter("sample")  # another edit may have been encoded meanwhile
            edited = to_images(self._model.decode_latents(latents))
            return [Sampled(new, self.round_trip(old)) for new, old in zip(edited, images, strict=True)]

    def preview(self, denoised: Tensor) -> list[FloatImage]:
        """Pictures (h, w, 3) of latents through the fitted linear map."""
        return latents_to_rgb(denoised, self._latent_to_rgb)

    @torch.no_grad()
    def decode(self, denoised: Tensor) -> list[FloatImage]:
        """Pictures (H, W, 3) of latents through the decoder."""
        with memory_guard(self._placement.device):
            self._placement.enter("sample")
            return to_images(self._model.decode_latents(denoised))

    @torch.no_grad()
    def round_trip(self, image: Image.Image) -> FloatImage:
        """The picture through encoder and decoder."""
        image = fit_size(image, self._model.multiple_px)
        return self._round_trips.get(image, lambda: self.decode(self._latents(image))[0])

    def _latents(self, image: Image.Image) -> Tensor:
        """The denoiser's latents (1, C, h, w), float32, of a picture of fitting size."""
        self._placement.enter("sample")
        return self._image_latents.get(image, lambda: self._model.encode_pixels(to_pixels([image])).float())

    def _fitting(self, references: Sequence[Image.Image]) -> list[Image.Image]:
        """References at most as large as what the denoiser was trained on."""
        side_px = self.info.native_size_px
        return [
            fit_size(limit_area(reference, side_px * side_px), self._model.multiple_px)
            for reference in references
        ]

    @cached_property
    def _latent_to_rgb(self) -> LatentToRgb:
        self._placement.enter("sample")
        with torch.no_grad():
            return fit_linear(self._model.encode_pixels, self._model.scale_factor)


def _embeds(encoding: Encoding) -> Mapping[str, Tensor]:
    assert isinstance(encoding, FlowEncoding), "an encoding is painted by the editor that made it"
    return encoding.embeds
