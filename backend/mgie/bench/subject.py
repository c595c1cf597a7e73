"""What is measured: a random model on a device, and every part of an edit with it, ours and the plain way."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from diffusers.pipelines.stable_diffusion.pipeline_stable_diffusion_instruct_pix2pix import (
    StableDiffusionInstructPix2PixPipeline,
)
from diffusers.schedulers.scheduling_euler_ancestral_discrete import EulerAncestralDiscreteScheduler
from PIL import Image
from torch import Tensor

from mgie.bench import recipe
from mgie.bench.random_model import random_networks, teach_answer
from mgie.model.config import ModelConfig
from mgie.model.decoding import Decoder
from mgie.model.diffusion import (
    GuidedDenoiser,
    decode_latents,
    encode_pixels,
    prepare_denoiser,
    to_images,
    to_pixels,
)
from mgie.model.diffusion_editor import make_ready
from mgie.model.events import FloatImage, SamplingOptions
from mgie.model.generators import drain
from mgie.model.graphs import Graphs, graphs_for
from mgie.model.guidance import guided_by_step
from mgie.model.load_options import PlacementMode
from mgie.model.mllm import Generated, embed, visual_window
from mgie.model.networks import Networks
from mgie.model.offload import Placement
from mgie.model.quantized import QuantizedPrecision, quantize_layers
from mgie.model.sampling import denoise, initial_latents, make_scheduler
from mgie.model.step_graphs import StepGraphs
from mgie.model.vision import image_features, pixel_values

NUM_WORDS = 40  # tokens before [IMG0]; 32 words take about as many
_NUM_PROMPT_WORDS = 52


@dataclass(kw_only=True)
class Subject:
    """A random model and one prepared edit."""

    config: ModelConfig
    device: torch.device
    dtype: torch.dtype
    networks: Networks = field(init=False)

    def __post_init__(self) -> None:
        tokens, vision = self.config.tokens, self.config.vision
        assert tokens is not None
        assert vision is not None
        self.tokens, self.vision = tokens, vision
        rng = np.random.default_rng(1)
        words = rng.choice(np.arange(3, tokens.num_pieces), _NUM_PROMPT_WORDS + NUM_WORDS + 1, replace=False)
        *words, last = words.tolist()
        image = [tokens.im_start_id, *[tokens.im_patch_id] * vision.num_patches, tokens.im_end_id]
        self.ids = [tokens.bos_id, *words[:_NUM_PROMPT_WORDS], *image, last]
        self.answer_ids = [*words[_NUM_PROMPT_WORDS:], *tokens.visual_ids]
        self.networks = random_networks(self.config, self.device, self.dtype)
        teach_answer(self.networks, last, [*self.answer_ids, tokens.eos_id])
        side = self.config.native_size_px
        self.picture = Image.fromarray(rng.integers(0, 256, (side, side, 3), dtype=np.uint8))
        self.placement: Placement | None = None
        self.use(graphs_for)

    def use(self, make_graphs: Callable[[torch.device], Graphs]) -> None:
        """Decode and paint with such graphs from now on, each half with its own."""
        reading, painting = make_graphs(self.device), make_graphs(self.device)
        self._graphs = (reading, painting)
        model, language = self.networks.language_model, self.config.language
        assert model is not None
        assert language is not None
        self.decoder = Decoder(model, language, self.tokens, graphs=reading)
        self.step_graphs = StepGraphs(painting)

    @property
    def refused(self) -> dict[str, str]:
        """What stays without a graph, and why."""
        return {name: reason for graphs in self._graphs for name, reason in graphs.refused.items()}

    def make_ready(self) -> None:
        """Prepare UNet and VAE as an editor does; the plain parts can no longer be measured."""
        make_ready(self.networks, self.device)

    def place(self, mode: PlacementMode) -> None:
        """Place the networks as a plan says."""
        self.placement = Placement(self.networks.halves, self.device, mode)
        self.use(graphs_for if self.placement.is_still else no_graphs)

    def quantize(self, precision: QuantizedPrecision) -> None:
        """Quantise the language model."""
        quantize_layers(self.networks, precision, self.networks.stacks)
        self.use(graphs_for)

    # --- reading and writing

    @torch.no_grad()
    def see(self) -> Tensor:
        """Projected features (N, D) of the picture."""
        self._enter("encode")
        assert self.networks.vision_tower is not None
        assert self.networks.projector is not None
        pixels = pixel_values(self.picture, self.vision)[None].to(self.device, self.dtype)
        return self.networks.projector(image_features(self.networks.vision_tower, pixels, self.vision))[0]

    @torch.no_grad()
    def prompt(self) -> Tensor:
        """Prompt embeddings (1, P, D)."""
        features = self.see()
        assert self.networks.language_model is not None
        return embed(self.networks.language_model, self.ids, features, self.tokens, device=self.device)

    def write(self, embeds: Tensor) -> Generated:
        """Our whole answer."""
        return drain(self.decoder.generate(embeds, self.ids))

    def write_plain(self, embeds: Tensor) -> Tensor:
        """The published recipe's visual tokens (8, D)."""
        assert self.config.language is not None
        num_tokens = self.config.language.max_new_tokens
        return recipe.write(self.networks, embeds, self.ids, num_tokens, self.tokens.visual_ids[0])

    def read_first(self, embeds: Tensor) -> int:
        """The prompt alone: its first answer token."""
        return next(self.decoder.generate(embeds, self.ids))

    @torch.no_grad()
    def words(self) -> tuple[Tensor, Tensor]:
        """Edit and negative embeddings (1, 77, C), on the CPU, as an encoding carries them."""
        generated = self.write(self.prompt())
        visual_tokens = generated.hidden_states[visual_window(generated, self.tokens).start :][:8][None]
        return self.head(visual_tokens).float().cpu(), self.head(
            torch.zeros_like(visual_tokens)
        ).float().cpu()

    def words_beside(self) -> tuple[Tensor, Tensor]:
        """The same as an editor writes them where another thread may paint; after `place`."""

        def reading() -> Generator[None, None, tuple[Tensor, Tensor]]:
            yield from ()
            return self.words()

        assert self.placement is not None
        return drain(self.placement.beside_painting(reading()))

    def head(self, visual_tokens: Tensor) -> Tensor:
        """Edit embeddings (1, 77, C)."""
        assert self.networks.edit_head is not None
        assert self.networks.emb is not None
        return self.networks.edit_head(visual_tokens, self.networks.emb.to(visual_tokens))

    # --- painting

    @torch.no_grad()
    def denoiser(
        self, side_px: int, batch: int, *, words: tuple[Tensor, Tensor] | None = None
    ) -> GuidedDenoiser:
        """The guided denoiser of a batch of edits."""
        edit, negative = words or self.contexts()
        side = side_px // self.config.vae.scale_factor
        latents = self.noise(batch, side)
        plain = prepare_denoiser(
            self.networks.unet, edit.repeat(batch, 1, 1), negative, latents, SamplingOptions()
        )
        return self.step_graphs.denoiser(plain)

    def contexts(self) -> tuple[Tensor, Tensor]:
        """Random edit and negative embeddings (1, 77, C)."""
        shape = (1, 77, self.config.unet.cross_attention_dim)
        generator = torch.Generator().manual_seed(5)
        return torch.randn(shape, generator=generator), torch.randn(shape, generator=generator)

    def noise(self, batch: int, side: int) -> Tensor:
        """Random latents (B, 4, side, side)."""
        return torch.randn(batch, 4, side, side, generator=torch.Generator().manual_seed(6)).to(self.device)

    @torch.no_grad()
    def paint(
        self,
        words: tuple[Tensor, Tensor],
        options: SamplingOptions,
        *,
        batch: int = 1,
        side_px: int | None = None,
    ) -> list[FloatImage]:
        """From embeddings to pictures, as an editor samples."""
        self._enter("sample")
        picture = self.picture if side_px is None else self.picture.resize((side_px, side_px))
        image_latents = encode_pixels(self.networks.vae, to_pixels([picture])).repeat(batch, 1, 1, 1)
        edit, negative = words

        def prepare(options: SamplingOptions) -> GuidedDenoiser:
            edits = edit.repeat(batch, 1, 1)
            plain = prepare_denoiser(self.networks.unet, edits, negative, image_latents, options)
            return self.step_graphs.denoiser(plain)

        generators = [torch.Generator().manual_seed(seed) for seed in range(batch)]
        scheduler = make_scheduler(options.sampler, self.config.scheduler, options.num_inference_steps)
        latents = initial_latents(scheduler, generators, image_latents.shape[1:]).to(self.device)
        for state in denoise(guided_by_step(prepare, options), scheduler, latents, generators):
            latents = state.latents
        return to_images(decode_latents(self.networks.vae, latents))

    def edit(self, options: SamplingOptions) -> list[FloatImage]:
        """A whole edit."""
        return self.paint(self.words(), options)

    def pipeline(self) -> Callable[..., Any]:
        """diffusers' own InstructPix2Pix pipeline on the same weights; before `make_ready`."""
        scheduler = EulerAncestralDiscreteScheduler(
            beta_start=self.config.scheduler.beta_start,
            beta_end=self.config.scheduler.beta_end,
            beta_schedule="scaled_linear",
        )
        pipeline = StableDiffusionInstructPix2PixPipeline(
            vae=self.networks.vae,
            text_encoder=None,  # pyright: ignore[reportArgumentType]  # embeddings are given
            tokenizer=None,  # pyright: ignore[reportArgumentType]  # see above
            unet=self.networks.unet,
            scheduler=scheduler,  # pyright: ignore[reportArgumentType]  # any scheduler will do
            safety_checker=None,  # pyright: ignore[reportArgumentType]  # may be absent
            feature_extractor=None,  # pyright: ignore[reportArgumentType]  # may be absent
            requires_safety_checker=False,
        )
        pipeline.set_progress_bar_config(disable=True)
        edit, negative = (tensor.to(self.device, self.dtype) for tensor in self.contexts())

        def run(num_steps: int) -> object:
            return pipeline(
                image=self.picture,
                prompt_embeds=edit,
                negative_prompt_embeds=negative,
                num_inference_steps=num_steps,
                guidance_scale=7.5,
                image_guidance_scale=1.5,
                generator=torch.Generator().manual_seed(0),
                output_type="np",
            )

        return run

    def _enter(self, stage: Any) -> None:
        if self.placement is not None:
            self.placement.enter(stage)


def no_graphs(_device: torch.device) -> Graphs:
    """Everything is done the ordinary way."""
    return Graphs(None)


def autocast(device: torch.device) -> AbstractContextManager[object]:
    """bfloat16 as the published training runs, where the device has it."""
    return torch.autocast("cuda", torch.bfloat16) if device.type == "cuda" else nullcontext()
