"""The families of metrics: each takes one answer with what it is judged by, and gives its numbers.

A number that an item cannot have (no goal, no mask, no caption) is absent; it is not zero.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeAlias, cast

import numpy as np

from mgie.errors import BadOption
from mgie.evaluate.datasets.item import EvalItem
from mgie.evaluate.metrics.embeddings import ClipEmbedder, ClipName, DinoEmbedder, Points
from mgie.evaluate.metrics.lpips import Lpips, LpipsNet
from mgie.evaluate.metrics.pixels import change_area, ciede2000, l1, l2, psnr_db
from mgie.evaluate.metrics.preservation import drift_px, preservation
from mgie.evaluate.metrics.similarity import clip_score, cosine, directional
from mgie.evaluate.metrics.ssim import WINDOW_PX, ssim, ssim_inner, ssim_mirrored, ssim_uniform
from mgie.evaluate.runs.candidates import DECLINED
from mgie.evaluate.runs.fit import Reference, at_size_of
from mgie.evaluate.runs.folder import Record
from mgie.evaluate.scoring.texts import text_numbers
from mgie.synth.light import Pixels

Numbers: TypeAlias = dict[str, float]

UNCHANGED_L1 = 2 / 255  # a mean difference below this is not seen
SMALL_GOAL_L1 = 1 / 255  # goals nearer to the input than this have no meaningful ratio


@dataclass(frozen=True, kw_only=True)
class Judged:
    """One answer and what it is judged by."""

    record: Record
    item: EvalItem
    reference: Reference
    answer: Pixels


class Scorer(Protocol):
    """One family. Holds its networks."""

    def __call__(self, judged: Judged) -> Numbers:
        """Numbers by the names of metrics.toml."""
        ...


def open_scorer(family: str, backbones: Path | None, device: str = "cpu") -> Scorer:
    """The scorer of a family. Raises BackboneMissing where its network is not there."""
    makers: Mapping[str, Callable[[], Scorer]] = {
        "run": lambda: run_numbers,
        "pixels": lambda: pixel_numbers,
        "text": lambda: _score_text,
        "dino": lambda: DinoScorer(backbones, device),
        **{f"lpips-{net}": _lpips_maker(net, backbones, device) for net in ("alex", "vgg", "squeeze")},
        **{name: _clip_maker(name, backbones, device) for name in ("clip-b32", "clip-l14")},
    }
    if family not in makers:
        raise BadOption(f"{family!r} is no family of metrics; choose {', '.join(makers)}")
    return makers[family]()


FAMILIES = (
    "run",
    "pixels",
    "text",
    "lpips-alex",
    "lpips-vgg",
    "lpips-squeeze",
    "dino",
    "clip-b32",
    "clip-l14",
)


def run_numbers(judged: Judged) -> Numbers:
    """What the run itself wrote down."""
    record = judged.record
    values = {
        "declined": float(record.warning == DECLINED),
        "encode-s": record.encode_s,
        "sample-s": record.sample_s,
        "round-trip-l1": record.round_trip_l1,
        "fallback": float(record.warning == "VISUAL_TOKENS_FALLBACK")
        if record.expressive_instruction
        else None,
    }
    return {name: value for name, value in values.items() if value is not None}


def pixel_numbers(judged: Judged) -> Numbers:
    """Distances to the goal, to the input, and on both sides of the mask."""
    before = judged.reference.input
    after = at_size_of(judged.answer, before)
    moved = l1(after, before)
    numbers: Numbers = {
        "l1-input": moved,
        "unchanged": float(moved < UNCHANGED_L1),
        "change-area": change_area(before, after),
        "drift": drift_px(before, after),
    }
    if judged.reference.goal is not None:
        numbers |= _to_goal(at_size_of(judged.answer, judged.reference.goal), judged.reference)
    mask = judged.reference.mask
    if mask is not None:
        kept = preservation(before, after, mask)
        found = {
            "outside-l1": kept.outside_l1,
            "outside-psnr": kept.outside_psnr_db,
            "outside-ssim": kept.outside_ssim,
            "inside-l1": kept.inside_l1,
        }
        numbers |= {name: value for name, value in found.items() if not np.isnan(value)}
    return numbers


def _to_goal(answer: Pixels, reference: Reference) -> Numbers:
    goal = cast(Pixels, reference.goal)
    numbers: Numbers = {
        "l1": l1(answer, goal),
        "l2": l2(answer, goal),
        "psnr": psnr_db(answer, goal),
        "ssim": ssim(answer, goal),
        "ssim-mirrored": ssim_mirrored(answer, goal),
        "ciede2000": ciede2000(answer, goal),
    }
    if min(goal.shape[:2]) >= WINDOW_PX:
        numbers |= {"ssim-inner": ssim_inner(answer, goal), "ssim-uniform": ssim_uniform(answer, goal)}
    own = l1(at_size_of(reference.input, goal), goal)
    if own >= SMALL_GOAL_L1:
        numbers["l1-ratio"] = numbers["l1"] / own
    return numbers


def _score_text(judged: Judged) -> Numbers:
    after = at_size_of(judged.answer, judged.reference.input)
    return text_numbers(
        judged.record.instruction, judged.record.expressive_instruction, judged.reference.input, after
    )


class LpipsScorer:
    """LPIPS of one network, to the goal."""

    def __init__(self, net: LpipsNet, backbones: Path | None, device: str) -> None:
        self._net, self._distance = net, Lpips(net, backbones, device)

    def __call__(self, judged: Judged) -> Numbers:
        """One number where there is a goal."""
        goal = judged.reference.goal
        if goal is None:
            return {}
        return {f"lpips-{self._net}": self._distance(at_size_of(judged.answer, goal), goal)}


class DinoScorer:
    """DINO similarity, to the goal and to the input."""

    def __init__(self, backbones: Path | None, device: str) -> None:
        self._points = _Remembered(DinoEmbedder(backbones, device).images)

    def __call__(self, judged: Judged) -> Numbers:
        """Pictures are embedded at their own sizes, as MagicBrush's script does."""
        answer = self._points.of(judged.answer)
        numbers = {"dino-input": cosine(answer, self._points.of(judged.reference.input))}
        if judged.reference.goal is not None:
            numbers["dino"] = cosine(answer, self._points.of(judged.reference.goal))
        return numbers


class ClipScorer:
    """All that CLIP says of one answer."""

    def __init__(self, name: ClipName, backbones: Path | None, device: str) -> None:
        self._name, self._clip = name, ClipEmbedder(name, backbones, device)
        self._images = _Remembered(self._clip.images)
        self._texts: dict[str, Points] = {}

    def __call__(self, judged: Judged) -> Numbers:
        """What the item's captions and the answer's text allow."""
        before, answer = self._images.of(judged.reference.input), self._images.of(judged.answer)
        captions, text = judged.item.captions, judged.record.expressive_instruction
        numbers = {"clip-image": cosine(answer, before)}
        for kind in ("local", "global"):
            if kind in captions:
                numbers[f"cts-{kind}"] = cosine(answer, self._text(captions[kind]))
        goal_caption = captions.get("global", captions.get("local"))
        source = captions.get("source")
        if source is not None and goal_caption is not None and source != goal_caption:
            texts = self._text(source), self._text(goal_caption)
            numbers["clip-direction"] = directional(before, answer, *texts)
        plain = self._text(judged.record.instruction)
        numbers["clip-s-input-plain"] = clip_score(before, plain)
        if text:
            numbers["clip-s-input"] = clip_score(before, self._text(text))
            numbers["clip-s-answer"] = clip_score(answer, self._text(text))
        if judged.reference.goal is not None:
            goal = self._images.of(judged.reference.goal)
            numbers["cvs"] = cosine(answer, goal)
            numbers["clip-s-goal-plain"] = clip_score(goal, plain)
            if text:
                numbers["clip-s-goal"] = clip_score(goal, self._text(text))
        return {f"{metric}-{self._name}": value for metric, value in numbers.items()}

    def _text(self, text: str) -> Points:
        if text not in self._texts:
            if len(self._texts) >= 4096:
                self._texts.clear()
            self._texts[text] = self._clip.texts([text])[0]
        return self._texts[text]


class _Remembered:
    """Points of pictures that come several times: inputs and goals under all seeds and variants."""

    def __init__(self, embed: Callable[[list[Pixels]], Points]) -> None:
        self._embed = embed
        self._known: dict[bytes, Points] = {}

    def of(self, picture: Pixels) -> Points:
        """(D,) of one picture."""
        key = hashlib.blake2b(repr(picture.shape).encode() + picture.tobytes()).digest()
        if key not in self._known:
            if len(self._known) >= 4096:
                self._known.clear()
            self._known[key] = self._embed([picture])[0]
        return self._known[key]


def _lpips_maker(net: LpipsNet, backbones: Path | None, device: str) -> Callable[[], Scorer]:
    return lambda: LpipsScorer(net, backbones, device)


def _clip_maker(name: ClipName, backbones: Path | None, device: str) -> Callable[[], Scorer]:
    return lambda: ClipScorer(name, backbones, device)
