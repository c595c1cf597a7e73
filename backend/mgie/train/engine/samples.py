"""What the model makes of a few training pairs on the way: a grid of pictures and the texts it wrote."""

from __future__ import annotations

import json
from collections.abc import Generator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from mgie.api.models import Model
from mgie.api.options import Options
from mgie.editors.pix2pix.kind import describe
from mgie.model.conditioning import install
from mgie.model.editor import InsPix2PixEditor, LgieEditor, MgieEditor, run_edit
from mgie.model.events import EditDone, Editor
from mgie.model.networks import Networks
from mgie.model.offload import Placement
from mgie.model.text_tokenizer import TextTokenizer
from mgie.model.tokenizer import Tokenizer
from mgie.train.config import TrainConfig
from mgie.train.data.pairs import ByteImage, EditPair, PairSource, good_pairs
from mgie.train.data.pictures import resize, square
from mgie.train.engine.session import Session, set_modes


@dataclass(frozen=True, kw_only=True)
class Sample:
    """One pair as the model edits it now."""

    instruction: str
    target: str  # the expressive instruction to learn
    written: str  # the one the model wrote
    pixels: ByteImage  # (H, 3 W, 3): input, result, goal


def sample_pairs(
    session: Session, tokenizer: Tokenizer | TextTokenizer, pairs: Sequence[EditPair], config: TrainConfig
) -> list[Sample]:
    """Edit the pairs with the averaged weights, or the current ones where none are kept."""
    networks = session.networks
    options: Options = {"num_inference_steps": config.run.sample_steps}
    averaged = session.ema.applied() if session.ema is not None else nullcontext()
    with averaged, _evaluating(networks), session.accelerator.autocast():
        networks.derive_emb()
        editor = editor_in_training(networks, tokenizer, config.name)
        return [_sample(editor, pair, config, options) for pair in pairs]


def first_pairs(source: PairSource, count: int) -> list[EditPair]:
    """The first good pairs of a source."""
    pairs = good_pairs(source)
    return [pair for pair, _ in zip(pairs, range(count), strict=False)]


def write_samples(folder: Path, step: int, samples: Sequence[Sample]) -> ByteImage:
    """Write step-N.png and step-N.json. Returns the grid, one row per sample."""
    folder.mkdir(parents=True, exist_ok=True)
    grid = np.concatenate([sample.pixels for sample in samples])
    Image.fromarray(grid).save(folder / f"step-{step:08d}.png")
    texts = [{name: text for name, text in asdict(sample).items() if name != "pixels"} for sample in samples]
    (folder / f"step-{step:08d}.json").write_text(json.dumps(texts, indent=1), encoding="utf-8")
    return grid


def editor_in_training(networks: Networks, tokenizer: Tokenizer | TextTokenizer, name: str) -> Editor:
    """An editor over networks as they are: no weight is cast, moved or fused with others."""
    config = networks.config
    install(networks.unet)
    info = describe(Model(name=f"models/{name}", kind=config.kind, digest="in training"), config)
    placement = Placement(networks.halves, networks.unet.device, "resident")
    if not isinstance(tokenizer, Tokenizer):
        return InsPix2PixEditor(config, networks, tokenizer, info=info, placement=placement)
    editor = MgieEditor if config.kind == "mgie" else LgieEditor
    return editor(config, networks, tokenizer, info=info, placement=placement)


@contextmanager
def _evaluating(networks: Networks) -> Generator[None]:
    """Evaluation mode for a while; everything is put back as it was, so that training goes on bit for bit."""
    processors = dict(networks.unet.attn_processors)
    networks.eval()
    try:
        yield
    finally:
        networks.unet.set_attn_processor(processors)
        set_modes(networks)


@torch.no_grad()
def _sample(editor: Editor, pair: EditPair, config: TrainConfig, options: Options) -> Sample:
    image, goal = (
        resize(square(pixels, config.pictures.intermediate_px), config.pictures.size_px)
        for pixels in (pair.image, pair.goal)
    )
    instruction = pair.instruction
    if config.text.conditioning == "expressive":
        instruction = pair.expressive_instruction
    *_, done = run_edit(editor, image, instruction, seed=config.run.seed, options=options)
    assert isinstance(done, EditDone)
    result = np.round(255 * done.sampled.image).astype(np.uint8)
    return Sample(
        instruction=instruction,
        target=pair.expressive_instruction,
        written=done.encoding.expressive_instruction,
        pixels=np.concatenate([np.asarray(image), result, np.asarray(goal)], axis=1),
    )
