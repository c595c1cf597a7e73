"""Which steps compute the guidance: all of them, or some, at a third of the cost in the others."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor

from mgie.model.diffusion import GuidedDenoiser
from mgie.model.events import SamplingOptions
from mgie.model.sampling import Denoiser


def guided_by_step(
    prepare: Callable[[SamplingOptions], GuidedDenoiser], options: SamplingOptions
) -> Denoiser:
    """A denoiser for one run of all steps, guided as the options say.

    prepare: makes the denoiser of given guidance scales.
    """
    is_everywhere = options.guided_steps == range(options.num_inference_steps)
    if (is_everywhere and options.guidance_every == 1) or options == options.unguided:
        return prepare(options)
    return _GuidedByStep(prepare(options), prepare(options.unguided), options)


class _GuidedByStep:
    """Samplers ask once in every step.

    Outside the interval (Kynkäänniemi et al., 2024) the noise is that of the branch with text and picture. In
    it, what guidance adds to this branch changes slowly from step to step, so it is used again (as in
    FasterCache, Lv et al., 2024).
    """

    def __init__(self, guided: GuidedDenoiser, unguided: GuidedDenoiser, options: SamplingOptions) -> None:
        self._guided, self._unguided, self._options = guided, unguided, options
        self._step = 0
        self._added: Tensor | None = None  # (B, 4, h, w), what guidance added when it was last computed

    def __call__(self, latents: Tensor, timestep: Tensor) -> Tensor:
        """Noise (B, 4, h, w), float32, of the present step."""
        steps, every = self._options.guided_steps, self._options.guidance_every
        step, self._step = self._step, self._step + 1
        if step not in steps:
            return self._unguided(latents, timestep)
        if self._added is not None and (step - steps.start) % every:
            return self._unguided(latents, timestep) + self._added
        noise_pred = self._guided.predict(latents, timestep)
        guided = self._guided.combine(noise_pred)
        self._added = guided - noise_pred[: len(guided)]
        return guided
