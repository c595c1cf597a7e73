"""Which steps compute the guidance: all of them, or some, at a third of the cost in the others."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor

from mgie.model.diffusion import GuidedDenoiser
from mgie.model.events import SamplingOptions
from mgie.model.sampling import Denoiser

_SETTLING = 0.2  # share of the steps, from the first guided one on, that compute the guidance in any case


def computing_steps(options: SamplingOptions) -> list[int]:
    """The steps that compute the guidance, counted from 0: all, or some of `options.guided_steps`."""
    settled = options.guided_steps.start + round(_SETTLING * options.num_inference_steps)
    every = options.guidance_every
    return [step for step in options.guided_steps if step < settled or (step - settled) % every == 0]


def guided_by_step(
    prepare: Callable[[SamplingOptions], GuidedDenoiser], options: SamplingOptions
) -> Denoiser:
    """A denoiser for one run of all steps, guided as the options say.

    prepare: makes the denoiser of given guidance scales.
    """
    if len(computing_steps(options)) == options.num_inference_steps or options == options.unguided:
        return prepare(options)
    return _GuidedByStep(prepare(options), prepare(options.unguided), options)


class _GuidedByStep:
    """Samplers ask once in every step.

    Outside the interval (Kynkäänniemi et al., 2024) the noise is that of the branch with text and picture. In
    it, what guidance adds to this branch changes slowly from step to step, so it is used again (as in
    FasterCache, Lv et al., 2024), but for the first steps, where it is still taking shape.
    """

    def __init__(self, guided: GuidedDenoiser, unguided: GuidedDenoiser, options: SamplingOptions) -> None:
        self._guided, self._unguided = guided, unguided
        self._guided_steps, self._computing_steps = options.guided_steps, set(computing_steps(options))
        self._step = 0
        self._added: Tensor | float = 0.0  # (B, 4, h, w), what guidance added when it was last computed

    def __call__(self, latents: Tensor, timestep: Tensor) -> Tensor:
        """Noise (B, 4, h, w), float32, of the present step."""
        step, self._step = self._step, self._step + 1
        if step in self._computing_steps:
            noise_pred = self._guided.predict(latents, timestep)
            guided = self._guided.combine(noise_pred)
            self._added = guided - noise_pred[: len(guided)]
            return guided
        noise_pred = self._unguided(latents, timestep)
        return noise_pred + self._added if step in self._guided_steps else noise_pred
