"""What a GPU at hand for a few minutes should answer beside the table: equalities, plans, training."""

from __future__ import annotations

import importlib
import sys
import threading
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch

from mgie.bench.parts import token_seconds
from mgie.bench.subject import Subject, autocast, no_graphs
from mgie.bench.timing import Meter
from mgie.model.company import company
from mgie.model.conditioning import install
from mgie.model.config import ModelConfig
from mgie.model.diffusion import decode_latents, prepare_denoiser, to_images
from mgie.model.events import SamplingOptions
from mgie.model.graphs import graphs_for
from mgie.model.load_options import PlacementMode
from mgie.model.quantized import QuantizedPrecision
from mgie.model.sampling import denoise, initial_latents, make_scheduler
from mgie.model.step_graphs import StepGraphs

_FEW = SamplingOptions(num_inference_steps=4)  # where only placement matters
# Plans by name: precision, placement.
PLANS: dict[str, tuple[QuantizedPrecision | None, PlacementMode]] = {
    "24 GB: half precision, resident": (None, "resident"),
    "16 GB: half precision, staged": (None, "staged"),
    "12 GB: int8, resident": ("int8", "resident"),
    "8 GB: int4, staged": ("int4", "staged"),
    "6 GB: int4, layered": ("int4", "layered"),
}


def equalities(config: ModelConfig, device: torch.device) -> dict[str, Any]:
    """In float32: the device against the CPU, and graphs against the ordinary way, on one small model."""
    with full_precision():
        there = Subject(config=config, device=device, dtype=torch.float32)
        here = Subject(config=config, device=torch.device("cpu"), dtype=torch.float32)
        here.networks.load_state_dict({k: v.cpu() for k, v in there.networks.state_dict().items()})
        here.make_ready()
        golden, golden_words = here.write(here.prompt()), here.words()
        golden_picture = here.paint(golden_words, _FEW)[0]
        there.make_ready()
        found: dict[str, Any] = {}
        for name, make_graphs in (("ordinary", no_graphs), ("graphs", graphs_for)):
            there.use(make_graphs)
            there.paint(there.words(), _FEW)  # the first use compares, the second replays
            generated, words = there.write(there.prompt()), there.words()
            picture = there.paint(words, _FEW)[0]
            states = generated.hidden_states.cpu()
            scale = float(golden.hidden_states.abs().max())
            found[name] = {
                "same_text": generated.ids == golden.ids,
                "states": float((states - golden.hidden_states).abs().max()) / scale,
                "picture": float(np.abs(picture - golden_picture).max()),
                "refused": there.refused,
            }
        return found


def plans(config: ModelConfig, device: torch.device, dtype: torch.dtype, meter: Meter) -> dict[str, Any]:
    """Every memory plan: an edit of few steps, its peak memory, one token, and what quantising changed."""
    found: dict[str, Any] = {}
    golden: torch.Tensor | None = None
    golden_ids: list[int] = []
    golden_picture: Any = None
    for name, (precision, mode) in PLANS.items():
        subject = Subject(config=config, device=device, dtype=dtype)
        subject.make_ready()
        if precision is not None:
            subject.quantize(precision)
        subject.place(mode)
        _empty_cache(device)
        if mode == "layered":  # every token passes the whole language model over the bus: one has to do
            first_token = _first_token(subject)
            found[name] = {
                "peak_bytes": meter.peak_bytes(first_token),
                "prompt_and_first_token_s": meter.seconds(first_token, repeats=1, warm_ups=0),
            }
            continue
        first = meter.seconds(_edit(subject), repeats=1, warm_ups=0)
        again = meter.seconds(_edit(subject), repeats=2, warm_ups=0)
        assert subject.placement is not None
        copied = subject.placement.num_copied_bytes
        peak = meter.peak_bytes(_edit(subject))
        copied = subject.placement.num_copied_bytes - copied
        generated = subject.write(subject.prompt())
        picture = subject.paint(subject.words(), _FEW)[0]
        states = generated.hidden_states[len(subject.ids) - 1 :].float().cpu()
        if golden is None:
            golden, golden_ids, golden_picture = states, generated.ids, picture
        is_same = generated.ids == golden_ids
        found[name] = {
            "first_edit_s": first,
            "edit_s": again,
            "token_s": token_seconds(subject, meter, subject.prompt()),
            "peak_bytes": peak,
            "copied_bytes_per_edit": copied,
            "same_text": is_same,
            "states": float((states - golden).abs().max() / golden.abs().max()) if is_same else None,
            "picture_mean": float(np.abs(picture - golden_picture).mean()),
            "refused": subject.refused,
        }
        del subject
        _empty_cache(device)
    return found


def overlap(
    config: ModelConfig, device: torch.device, dtype: torch.dtype, meter: Meter, options: SamplingOptions
) -> dict[str, Any]:
    """The words of the next edit beside the painting of this one, as a lane does it: equality and time."""
    subject = Subject(config=config, device=device, dtype=dtype)
    subject.make_ready()
    subject.place("resident")
    words = subject.words_beside()
    picture = subject.paint(words, options)[0]  # what is captured, is captured alone
    words, picture = subject.words_beside(), subject.paint(words, options)[0]
    written: list[tuple[torch.Tensor, torch.Tensor]] = []
    painted: list[Any] = []

    def apart() -> None:
        subject.words_beside()
        subject.paint(words, options)

    def together() -> None:
        with company():
            thread = threading.Thread(target=lambda: written.append(subject.words_beside()))
            thread.start()
            painted.append(subject.paint(words, options)[0])
            thread.join()

    apart_s, together_s = (meter.seconds(way, repeats=3) for way in (apart, together))
    if len(written) != len(painted):
        raise RuntimeError(f"words were written {len(written)} times beside {len(painted)} paintings")
    scale = float(words[0].abs().max())
    return {
        "words": max(float((found[0] - words[0]).abs().max()) for found in written) / scale,
        "picture": max(float(np.abs(found - picture).max()) for found in painted),
        "num_compared": len(written),
        "apart_s": apart_s,
        "together_s": together_s,
        "edits_per_s": {"apart": 1 / apart_s, "together": 1 / together_s},
        "refused": subject.refused,
    }


def training(config: ModelConfig, device: torch.device, meter: Meter, *, batch: int) -> dict[str, Any]:
    """One step with the published recipe: memory and samples per second."""
    from mgie.bench.training_step import training_step

    step = training_step(config, device, batch=batch)
    with autocast(device):
        peak = meter.peak_bytes(step)
        seconds = meter.seconds(step, repeats=2)
    return {"batch": batch, "step_s": seconds, "samples_per_s": batch / seconds, "peak_bytes": peak}


def parity(device: torch.device, tests: Path) -> dict[str, Any]:
    """Largest differences from the published implementation, in float32, per run of the parity pack.

    tests: the folder of the project's tests, which holds the pack and reads it.
    """
    sys.path.insert(0, str(tests))
    pack: Any = importlib.import_module("support.parity_pack")
    found: dict[str, Any] = {}
    with full_precision(), torch.no_grad():
        for run in pack.diffusions():
            if "unet_ctx" not in run.arrays:
                continue
            networks = run.case.networks().to(device)
            install(networks.unet)
            edit, negative, _ = torch.from_numpy(run.arrays["unet_ctx"]).split(1)
            image_latents = torch.from_numpy(run.arrays["image_latents"])
            graphs = graphs_for(device)
            plain = prepare_denoiser(networks.unet, edit, negative, image_latents, run.options)
            scheduler = make_scheduler("euler_a", pack.config().scheduler, run.options.num_inference_steps)
            generators = [torch.Generator().manual_seed(pack.seed())]
            latents = initial_latents(scheduler, generators, run.arrays["init_noise"].shape[1:]).to(device)
            worst = 0.0
            steps = denoise(StepGraphs(graphs).denoiser(plain), scheduler, latents, generators)
            for state, golden in zip(steps, run.arrays["latents_after"], strict=True):
                latents = state.latents
                worst = max(worst, float((latents.cpu() - torch.from_numpy(golden)).abs().max()))
            levels = np.round(255 * to_images(decode_latents(networks.vae, latents))[0])
            off = int(np.abs(levels - run.arrays["image_u8"].astype(np.float32)).max())
            found[str(run)] = {"latents": worst, "picture_255": off, "refused": graphs.refused}
    return found


@contextmanager
def full_precision() -> Generator[None]:
    """Without TensorFloat-32, which rounds products in float32 to ten bits."""
    before = torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False
    try:
        yield
    finally:
        torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32 = before


def _first_token(subject: Subject) -> Any:
    return lambda: subject.read_first(subject.prompt())


def _edit(subject: Subject) -> Any:
    return lambda: subject.edit(_FEW)


def _empty_cache(device: torch.device) -> None:
    if device.type == "cuda":
        import gc

        gc.collect()
        torch.cuda.empty_cache()
