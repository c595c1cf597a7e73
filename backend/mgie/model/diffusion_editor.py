"""The painting half that all editors share: sample, preview, decode, round trip."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from functools import cached_property
from typing import Any

import torch
from PIL import Image
from torch import Tensor

from mgie.api.models import Model
from mgie.api.options import Options, complete_options
from mgie.model.areas import AreaRows
from mgie.model.conditioning import fuse_self_attention, install
from mgie.model.config import ModelConfig
from mgie.model.diffusion import (
    GuidedDenoiser,
    decode_latents,
    encode_pixels,
    fit_size,
    prepare_denoiser,
    to_images,
    to_pixels,
)
from mgie.model.events import (
    Area,
    Encoding,
    FloatImage,
    Sampled,
    SampleRequest,
    SamplingOptions,
    Step,
    UNetEncoding,
)
from mgie.model.graphs import Graphs, graphs_for
from mgie.model.guidance import guided_by_step
from mgie.model.load_options import Precision
from mgie.model.lru_cache import Recent
from mgie.model.memory_plan import plan_of, sizes_of
from mgie.model.networks import Networks
from mgie.model.offload import Placement, memory_guard
from mgie.model.packed_conv import pack_convolutions
from mgie.model.preview import LatentToRgb, fit_latent_to_rgb, latents_to_rgb
from mgie.model.quantized import StoredLayers, stored_precision
from mgie.model.requests import check_requests
from mgie.model.sampling import denoise, initial_latents, make_scheduler
from mgie.model.step_down import LoadedPlan
from mgie.model.step_graphs import StepGraphs

_NUM_REMEMBERED = 8  # pictures whose latents and round trip are kept


class DiffusionEditor:
    """Paints encodings with the UNet and the VAE of one model; what `encode` is, a subclass says."""

    def __init__(
        self,
        config: ModelConfig,
        networks: Networks,
        *,
        info: Model,
        placement: Placement,
        precisions: Sequence[Precision] = (),
        stored: StoredLayers | None = None,
    ) -> None:
        """networks: made ready (`make_ready`), then placed. precisions: smaller ones than its own that the
        language model may be quantised to, best first. stored: see `quantize_layers`.
        """
        self._config = config
        self._info = info
        self._placement = placement
        self._unet = networks.unet
        self._vae = networks.vae
        self._region_masks = networks.region_masks
        self._image_latents: Recent[Tensor] = Recent(_NUM_REMEMBERED)
        self._round_trips: Recent[FloatImage] = Recent(_NUM_REMEMBERED)
        sizes = sizes_of(networks)
        precision = stored_precision(networks.language_model or networks.unet)
        self._plan = LoadedPlan(
            networks,
            placement,
            plan_of(sizes, precision, placement.mode, tiles_pictures=bool(networks.vae.use_tiling)),
            sizes=sizes,
            precisions=precisions,
            tile=networks.vae.enable_tiling,
            stored=stored,
        )
        self._all_graphs: list[Graphs] = []
        self._step_graphs = StepGraphs(self._new_graphs())

    @property
    def info(self) -> Model:
        """The loaded model."""
        return self._info

    def use_less_memory(self) -> bool:
        """Keep less on the device from now on; False when there is nothing left to do."""
        for graphs in self._all_graphs:
            graphs.clear()  # weights move
        self._step_graphs.clear()
        if not self._plan.step_down(self.info.id):
            return False
        if not self._placement.is_still:
            for graphs in self._all_graphs:
                graphs.stop()
        return True

    @property
    def memory_plan(self) -> str:
        """See `Placed.memory_plan`."""
        return str(self._plan)

    @property
    def notices(self) -> tuple[str, ...]:
        """See `Placed.notices`."""
        return tuple(
            f"{name} runs without a CUDA graph: {reason}"
            for graphs in self._all_graphs
            for name, reason in graphs.refused.items()
        )

    @property
    def overlap_problem(self) -> str:
        """See `Overlapping.overlap_problem`."""
        return self._placement.overlap_problem

    @torch.no_grad()
    def sample(
        self, requests: Sequence[SampleRequest], options: Options
    ) -> Generator[Step, None, list[Sampled]]:
        """Denoise all requests as one batch; see `Editor.sample`."""
        sampling = self._sampling_options(options)
        images = check_requests(requests, self._config.vae.scale_factor, self.info)
        encodings = [_unet_encoding(request.encoding) for request in requests]
        with memory_guard(self._placement.device):
            self._placement.enter("sample")
            rows = self._area_rows([encoding.areas for encoding in encodings], images)
            generators = [torch.Generator().manual_seed(requests[owner].seed) for owner in rows.owners]
            image_latents = torch.cat([self._latents(image) for image in images])
            edit_embeds = torch.cat([encoding.edit_embeds for encoding in encodings])

            def prepare(options: SamplingOptions) -> GuidedDenoiser:
                negative_embeds, owned = encodings[0].negative_embeds, image_latents[rows.owners]
                plain = prepare_denoiser(self._unet, edit_embeds, negative_embeds, owned, options)
                return self._step_graphs.denoiser(plain)

            denoiser = guided_by_step(prepare, sampling)
            scheduler = make_scheduler(sampling.sampler, self._config.scheduler, sampling.num_inference_steps)
            latents = initial_latents(scheduler, generators, image_latents.shape[1:])
            latents = latents.to(self._placement.device)
            given = image_latents.to(latents) * self._config.vae.scaling_factor
            for index, state in enumerate(denoise(denoiser, scheduler, latents, generators), start=1):
                latents = state.latents
                denoised = rows.joined(given, state.denoised)
                yield Step(index=index, num_steps=len(scheduler.timesteps), denoised=denoised)
                self._placement.enter("sample")  # another edit may have been encoded meanwhile
            edited = decode_latents(self._vae, latents)
            if rows.is_local:
                edited = rows.joined(decode_latents(self._vae, given), edited)
            return [
                Sampled(new, self.round_trip(old)) for new, old in zip(to_images(edited), images, strict=True)
            ]

    def preview(self, denoised: Tensor) -> list[FloatImage]:
        """Pictures (h, w, 3) of latents through the fitted linear map."""
        return latents_to_rgb(denoised, self._latent_to_rgb)

    @torch.no_grad()
    def decode(self, denoised: Tensor) -> list[FloatImage]:
        """Pictures (H, W, 3) of latents through the decoder."""
        with memory_guard(self._placement.device):
            self._placement.enter("sample")
            return to_images(decode_latents(self._vae, denoised))

    @torch.no_grad()
    def round_trip(self, image: Image.Image) -> FloatImage:
        """The picture through encoder and decoder."""
        image = fit_size(image, self._config.vae.scale_factor)

        def compute() -> FloatImage:
            return self.decode(self._latents(image) * self._config.vae.scaling_factor)[0]

        return self._round_trips.get(image, compute)

    def _new_graphs(self) -> Graphs:
        """Graphs for one of the two halves: those of one pool must not run at the same time."""
        graphs = graphs_for(self._placement.device)
        if not self._placement.is_still:
            graphs.stop()
        self._all_graphs.append(graphs)
        return graphs

    def _sampling_options(self, options: Options) -> SamplingOptions:
        values: dict[str, Any] = complete_options(self.info.options, options)
        return SamplingOptions(**values)

    def _area_rows(self, areas: Sequence[Sequence[Area]], images: Sequence[Image.Image]) -> AreaRows:
        pixels = to_pixels(images).to(self._unet.device, self._unet.dtype)
        return AreaRows(areas, pixels, self._region_masks)

    def _latents(self, image: Image.Image) -> Tensor:
        """Image latents (1, 4, h, w), unscaled, of a picture of fitting size."""

        def compute() -> Tensor:
            return encode_pixels(self._vae, to_pixels([image]))

        self._placement.enter("sample")
        return self._image_latents.get(image, compute)

    @cached_property
    def _latent_to_rgb(self) -> LatentToRgb:
        self._placement.enter("sample")
        return fit_latent_to_rgb(self._vae, self._config.vae.scale_factor)


def _unet_encoding(encoding: Encoding) -> UNetEncoding:
    assert isinstance(encoding, UNetEncoding), "an encoding is painted by the editor that made it"
    return encoding


def make_ready(networks: Networks, device: torch.device) -> None:
    """Prepare UNet and VAE for sampling: ready contexts, and what the device likes best.

    To be done before they are placed: what is replaced would be missed there. On a GPU convolutions keep
    their layout: with channels last the published sizes measured slower there.
    """
    install(networks.unet)
    if device.type != "cpu":
        fuse_self_attention(networks.unet)
    if device.type == "cpu":
        pack_convolutions(networks.unet)
        pack_convolutions(networks.vae)
