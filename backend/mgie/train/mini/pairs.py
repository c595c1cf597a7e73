"""The pairs that every kind of mgie-mini learns from, made once: latents, what the vision tower sees, texts.

`make_pairs`    a generator: fills a folder block by block and goes on where it was stopped
`MiniPairs`     the finished folder, whole arrays and texts
`KindExamples`  the same as examples for one model, for `loop.train`
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Generator, Sequence
from pathlib import Path
from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt
import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from PIL import Image
from torch import Tensor
from torch.nn import functional as F

from mgie.errors import BadData
from mgie.model.presets import MINI
from mgie.model.vision import clip_pixels
from mgie.train.data.block_folder import BlockWriter, map_arrays, read_filled, read_texts, weights_summary
from mgie.train.data.examples import Example, ExampleMaker, Pixels
from mgie.train.data.pairs import ByteImage, EditPair, PairSource
from mgie.train.data.pictures import channels_first

BLOCK = 64  # pairs between two notes of how far it is


class PairText(NamedTuple):
    """The words of one pair."""

    instruction: str
    expressive_instruction: str
    group: str = ""  # the name of the operation


Rewrite: TypeAlias = Callable[[PairText], PairText]


def make_pairs(source: PairSource, vae: AutoencoderKL, folder: Path, num_pairs: int) -> Generator[int]:
    """Fill `folder` with the first pairs of a source, yielding how many there are after every block."""
    digest = hashlib.sha256(source.name.encode())
    for line in weights_summary(vae):
        digest.update(line.encode())
    writer = BlockWriter(folder, digest.hexdigest(), num_pairs)
    encoder = _Encoder(vae)
    while (done := writer.filled.num_rows) < num_pairs:
        pairs = [source[index] for index in range(done, min(done + BLOCK, num_pairs))]
        arrays = {
            "image_latents": encoder.latents([pair.image for pair in pairs]),
            "goal_latents": encoder.latents([pair.goal for pair in pairs]),
            "vision_pixels": _seen(pairs),
        }
        texts = [[pair.instruction, pair.expressive_instruction, pair.group] for pair in pairs]
        writer.add(arrays, texts, num_read=len(pairs))
        yield writer.filled.num_rows


def num_made(folder: Path) -> int:
    """How many pairs of a folder are there."""
    filled = read_filled(folder)
    return filled.num_rows if filled is not None else 0


class MiniPairs:
    """The first pairs of a folder, mapped into memory."""

    def __init__(self, folder: Path, num_pairs: int, *, rewrite: Rewrite | None = None) -> None:
        """rewrite: what becomes of the words of a pair. Raises BadData when fewer pairs are there."""
        self.folder, self._rewrite = folder, rewrite
        done = num_made(folder)
        if done < num_pairs:
            raise BadData(
                f"{folder} holds {done} of {num_pairs} pairs; go on with the command that made them"
            )
        arrays = {name: array[:num_pairs] for name, array in map_arrays(folder).items()}
        self.image_latents: npt.NDArray[np.float16] = arrays["image_latents"]  # (N, 4, h, w)
        self.goal_latents: npt.NDArray[np.float16] = arrays["goal_latents"]  # (N, 4, h, w)
        self.vision_pixels: npt.NDArray[np.uint8] = arrays["vision_pixels"]  # (N, 3, S, S)
        texts = [PairText(*text) for text in read_texts(folder, num_pairs)]
        self.texts = texts if rewrite is None else [rewrite(text) for text in texts]

    def __len__(self) -> int:
        """Number of pairs."""
        return len(self.texts)

    def first(self, count: int) -> MiniPairs:
        """The first of them, or all where there are fewer."""
        return MiniPairs(self.folder, min(count, len(self)), rewrite=self._rewrite)


class KindExamples:
    """The pairs as one kind of model learns from them; see `ExampleSource`."""

    def __init__(self, pairs: MiniPairs, maker: ExampleMaker, *, pooling: int | None) -> None:
        """pooling: latents are averaged over squares of this side; None: no latents, for the words alone."""
        self._pairs, self._maker, self._pooling = pairs, maker, pooling

    def __len__(self) -> int:
        """Number of pairs."""
        return len(self._pairs)

    def __getitem__(self, index: int) -> Example:
        """Example `index`."""
        pairs, seen = self._pairs, None
        if self._maker.model.vision is not None:
            seen = torch.from_numpy(np.array(pairs.vision_pixels[index]))
        pixels = Pixels(vision_pixels=seen)
        if self._pooling is not None:
            image, goal = (
                F.avg_pool2d(torch.from_numpy(np.array(latents[index])).float(), self._pooling)
                for latents in (pairs.image_latents, pairs.goal_latents)
            )
            pixels = pixels._replace(image_latents=image, goal_mean=goal, goal_std=torch.zeros_like(goal))
        text = pairs.texts[index]
        return self._maker.joined(text.instruction, text.expressive_instruction, pixels)


class _Encoder:
    """Pictures to latents, each different picture once: a photograph is met again in many pairs."""

    def __init__(self, vae: AutoencoderKL) -> None:
        self._vae = vae.eval()
        self._known: dict[bytes, Tensor] = {}

    @torch.no_grad()
    def latents(self, pictures: Sequence[ByteImage]) -> npt.NDArray[np.float16]:
        """(N, 4, h, w) posterior means of pictures (H, W, 3)."""
        keys = [hashlib.blake2b(picture.tobytes()).digest() for picture in pictures]
        new = {key: picture for key, picture in zip(keys, pictures, strict=True) if key not in self._known}
        if new:
            stacked = torch.from_numpy(np.stack([*new.values()])).permute(0, 3, 1, 2)
            # In float32: the autoencoder's anchors do not survive the 8 bits of bfloat16's mantissa.
            pixels = stacked.to(self._vae.device).float() / 127.5 - 1
            encoded = self._vae.encode(pixels).latent_dist.mode().cpu()  # pyright: ignore[reportAttributeAccessIssue]  # loosely typed
            self._known |= dict(zip(new, encoded.half(), strict=True))
        return np.stack([self._known[key].numpy() for key in keys])


def _seen(pairs: Sequence[EditPair]) -> npt.NDArray[np.uint8]:
    """(N, 3, S, S) inputs as the vision tower gets them."""
    assert MINI.vision is not None
    return np.stack([channels_first(clip_pixels(Image.fromarray(pair.image), MINI.vision)) for pair in pairs])
