"""The reading and writing half of MGIE and LGIE: picture and instruction in, visual tokens out."""

from __future__ import annotations

import re
from collections.abc import Generator, Sequence
from functools import cached_property
from typing import Literal, NamedTuple, TypeAlias

import torch
from PIL import Image
from torch import Tensor

from mgie.api.events import Reading
from mgie.model.config import ModelConfig
from mgie.model.decoding import Decoder
from mgie.model.diffusion import to_pixels
from mgie.model.events import WHOLE, Area, InstructionDelta
from mgie.model.expressive import CleanStream, guarded_clean_up, published_clean_up
from mgie.model.generators import drain
from mgie.model.graphs import Graphs
from mgie.model.lru_cache import Recent
from mgie.model.mllm import Generated, embed, force, visual_window
from mgie.model.networks import Networks
from mgie.model.offload import Placement
from mgie.model.plan import find_decision
from mgie.model.prompt import answered_ids, decided_ids, prompt_ids
from mgie.model.reader import Understood
from mgie.model.tokenizer import Tokenizer
from mgie.model.truth import checked_description, sure_outcomes
from mgie.model.vision import image_features, pixel_values

# "published": markers in the instruction act as tokens, and the clean-up is the published one.
TextMode: TypeAlias = Literal["guarded", "published"]

_NUM_REMEMBERED = 8  # pictures whose features are kept


class Answer(NamedTuple):
    """What the language model made of picture and instruction."""

    text: str  # the expressive instruction
    raw_text: str  # with everything that was cleaned away
    visual_tokens: Tensor  # (1, 8, D)
    is_fallback: bool = False  # the model wrote no complete row of visual tokens
    readings: tuple[Reading, ...] = ()  # where it is not sure: its own and the next likeliest


class LanguageStage:
    """Runs vision tower, projector, language model and edit head of one model."""

    def __init__(
        self,
        config: ModelConfig,
        networks: Networks,
        tokenizer: Tokenizer,
        placement: Placement,
        *,
        text_mode: TextMode = "guarded",
        graphs: Graphs | None = None,
    ) -> None:
        assert config.language is not None
        assert config.tokens is not None
        assert networks.language_model is not None
        assert networks.edit_head is not None
        self._config = config
        self._language, self._tokens, self._plan = config.language, config.tokens, config.plan
        self._networks = networks
        self._model, self._edit_head = networks.language_model, networks.edit_head
        self._tokenizer = tokenizer
        self._placement = placement
        self._text_mode = text_mode
        self._image_embeds: Recent[Tensor] = Recent(_NUM_REMEMBERED)
        self._decoder = Decoder(self._model, self._language, self._tokens, graphs=graphs)

    def write(self, image: Image.Image, instruction: str) -> Generator[InstructionDelta, None, Answer]:
        """Let the model write the expressive instruction, yielding it piece by piece."""
        ids = prompt_ids(
            self._tokenizer, self._config, instruction, markers_act=self._text_mode == "published"
        )
        embeds = self._embed(ids, image)
        if self._networks.reader is not None and self._plan is not None and self._text_mode == "guarded":
            return (yield from self._write_decided(image, instruction, ids, embeds))
        if self._text_mode == "published":
            generated = drain(self._generate(embeds, ids))
            text, readings = published_clean_up(self._tokenizer.decode(generated.ids)), ()
            yield InstructionDelta(text=text)
        else:
            clean = CleanStream()
            generated = yield from self._stream(embeds, ids, clean)
            text, readings = clean.text, self._readings(embeds, generated, clean.text)
        return self._answer(generated, len(ids), text, readings)

    def _answer(
        self, generated: Generated, num_asked: int, text: str, readings: tuple[Reading, ...]
    ) -> Answer:
        """num_asked: how many of the ids are the prompt's."""
        window = visual_window(generated, self._tokens)
        states = generated.hidden_states[window.start :][: self._tokens.num_visual_tokens]
        raw_text = self._tokenizer.decode(generated.ids[num_asked:])
        return Answer(text, raw_text, states[None], window.is_fallback, readings)

    def read(self, image: Image.Image, instruction: str, expressive_instruction: str) -> Answer:
        """Force a given expressive instruction through the model in one pass."""
        text = expressive_instruction.strip()
        ids = answered_ids(self._tokenizer, self._config, instruction, text)
        visual_tokens = force(self._model, self._embed(ids, image), self._tokens)
        return Answer(text, text, visual_tokens[None])

    def forget(self) -> None:
        """Free what is kept on the device between edits."""
        self._decoder.forget()

    def edit_embeds(self, visual_tokens: Tensor, plan: str) -> tuple[tuple[Area, ...], Tensor]:
        """What the UNet attends to, (A, 77, C), in every area in which the plan does something.

        visual_tokens: (1, 8, D).
        """
        embeds, codes = self._head(visual_tokens), self._networks.plan_codes
        if codes is None:
            return (WHOLE,), embeds
        by_area = codes.by_area(plan)
        keys = torch.cat([*by_area.values()]).to(embeds.device)
        return tuple(by_area), embeds + codes(keys)

    @cached_property
    def negative_embeds(self) -> Tensor:
        """(1, 77, C): the edit head's answer to no visual tokens at all, the same for every edit."""
        dtype = self._edit_head.query.dtype
        shape = (1, self._tokens.num_visual_tokens, self._language.hidden_size)
        return self._head(torch.zeros(shape, dtype=dtype, device=self._placement.device))

    def _head(self, visual_tokens: Tensor) -> Tensor:
        """What the edit head makes of visual tokens (B, 8, D)."""
        assert self._networks.emb is not None
        return self._edit_head(visual_tokens, self._networks.emb.to(visual_tokens))

    def _readings(self, embeds: Tensor, generated: Generated, text: str) -> tuple[Reading, ...]:
        """The two likeliest plans where the decision is not a sure one."""
        if self._plan is None:
            return ()
        written = self._before_visual(generated.answer_ids)
        decision = find_decision(written, generated.choices, self._tokenizer.decode, self._plan)
        if decision is None or decision.probability >= self._plan.unsure_below:
            return ()
        rival = generated.choices[decision.branch]
        begun = [*written[: decision.branch], rival.runner_up]
        ids = [*generated.ids[: generated.prompt_length], *begun]
        more = embed(self._model, begun, None, self._tokens, device=self._placement.device)
        other = drain(self._generate(torch.cat([embeds, more], 1), ids))
        choices = [
            *generated.choices[: decision.branch],
            rival._replace(probability=rival.runner_up_probability),
            *other.choices,
        ]
        answer = other.ids[generated.prompt_length :]
        found = find_decision(self._before_visual(answer), choices, self._tokenizer.decode, self._plan)
        probability = found.probability if found else rival.runner_up_probability
        second = Reading(text=guarded_clean_up(self._tokenizer.decode(answer)), probability=probability)
        return (Reading(text=text, probability=decision.probability), second)

    def _before_visual(self, answer_ids: list[int]) -> list[int]:
        """The answer up to the visual tokens."""
        first = self._tokens.visual_ids[0]
        return answer_ids[: answer_ids.index(first)] if first in answer_ids else answer_ids

    def _write_decided(
        self, image: Image.Image, instruction: str, ids: list[int], embeds: Tensor
    ) -> Generator[InstructionDelta, None, Answer]:
        """The language model describes, the reader decides, the language model goes on.

        What it says is handed out once it is known to be kept: see `truth`.
        """
        reader, plan = self._networks.reader, self._plan
        assert reader is not None
        assert plan is not None
        described = drain(self._stream(embeds, ids, CleanStream(), until=plan.decides_after))
        head, mark, _ = self._tokenizer.decode(described.ids[len(ids) :]).partition(plan.decides_after)
        begun = " ".join(f"{head}{mark}".split())
        if self._networks.vision_tower is not None:  # one that does not see says nothing of the picture
            begun = checked_description(begun, image)
        yield from self._hand_out(begun)
        ways = self._weighed(image, instruction, begun, reader.understand(instruction))
        texts = [way.decisions[0] for way in ways]
        decided = decided_ids(self._tokenizer, self._config, instruction, f"{begun} {texts[0]}")
        generated = drain(self._stream(self._embed(decided, image), decided, CleanStream()))
        added = self._before_visual(generated.answer_ids)
        written = self._tokenizer.decode(added)
        outcomes = sure_outcomes(written, added, generated.choices, self._tokenizer.decode, plan.says_from)
        text = guarded_clean_up(f"{begun} {texts[0]}{outcomes}")
        yield from self._hand_out(text[len(begun) :])
        readings: tuple[Reading, ...] = ()
        if len(ways) > 1:
            second = f"{begun} {texts[1]}".rstrip(".") + "."
            readings = (
                Reading(text=text, probability=ways[0].probability),
                Reading(text=second, probability=ways[1].probability),
            )
        if outcomes != written.strip().rstrip("."):
            return self.read(image, instruction, text)._replace(readings=readings)
        return self._answer(generated, len(ids), text, readings)

    def _hand_out(self, text: str) -> Generator[InstructionDelta, None, None]:
        """Word by word."""
        for word in re.findall(r"\s*\S+", text):
            yield InstructionDelta(text=word)
            self._placement.enter("encode")  # another edit may have painted meanwhile

    def _weighed(
        self, image: Image.Image, instruction: str, begun: str, ways: list[Understood]
    ) -> list[Understood]:
        """One decision per way, and the likelier way first.

        Where the reader is not sure, the language model has a say: the probabilities of both are multiplied.
        """
        assert self._plan is not None
        if ways[0].probability >= self._plan.unsure_below:
            ways = ways[:1]
        if self._networks.faults is not None:
            ways = [Understood((self._needed(image, way.decisions),), way.probability) for way in ways]
        decisions = [decision for way in ways for decision in way.decisions]
        if len(decisions) == 1:
            return ways
        found = dict(zip(decisions, self._likelihoods(image, instruction, begun, decisions), strict=True))
        best = [max(way.decisions, key=found.__getitem__) for way in ways]
        weights = torch.tensor([way.probability for way in ways]).log() + torch.tensor(
            [found[decision] for decision in best]
        )
        total = sum(way.probability for way in ways)
        weighed = [
            Understood((decision,), share * total)
            for decision, share in zip(best, weights.softmax(0).tolist(), strict=True)
        ]
        return sorted(weighed, key=lambda way: -way.probability)

    def _needed(self, image: Image.Image, decisions: Sequence[str]) -> str:
        """The decision that the picture calls for, where only the picture tells."""
        faults = self._networks.faults
        if len(decisions) == 1:
            return decisions[0]
        assert faults is not None
        pixels = to_pixels([image.convert("RGB")])[0].to(self._placement.device)
        return faults.likeliest(pixels, decisions)

    def _likelihoods(
        self, image: Image.Image, instruction: str, begun: str, decisions: Sequence[str]
    ) -> list[float]:
        """The language model's log probability of every decision, after the same description."""
        base = len(decided_ids(self._tokenizer, self._config, instruction, begun))
        rows = [
            decided_ids(self._tokenizer, self._config, instruction, f"{begun} {decision}")
            for decision in decisions
        ]
        longest = max(map(len, rows))
        padded = [self._embed([*row, *[self._tokens.eos_id] * (longest - len(row))], image) for row in rows]
        states = self._model.model(inputs_embeds=torch.cat(padded), use_cache=False).last_hidden_state
        scores = self._model.lm_head(states).float().log_softmax(2)
        return [
            sum(float(scores[row, place - 1, ids[place]]) for place in range(base, len(ids)))
            for row, ids in enumerate(rows)
        ]

    def _stream(
        self, embeds: Tensor, ids: list[int], clean: CleanStream, *, until: str = ""
    ) -> Generator[InstructionDelta, None, Generated]:
        """Let the model write on, handing out clean text.

        until: words behind which to stop.
        """
        decoding = self._generate(embeds, ids)
        answer_ids: list[int] = []
        while True:
            try:
                answer_ids.append(next(decoding))
            except StopIteration as stop:
                generated: Generated = stop.value
                break
            answer = self._tokenizer.decode(answer_ids)
            if until and until in answer:
                decoding.close()
                return Generated([*ids, *answer_ids], embeds[0], len(ids), True, [])
            if piece := clean.push(answer):
                yield InstructionDelta(text=piece)
                self._placement.enter("encode")  # another edit may have painted meanwhile
        if piece := clean.finish(self._tokenizer.decode(answer_ids)):
            yield InstructionDelta(text=piece)
        return generated

    def _generate(self, embeds: Tensor, ids: list[int]) -> Generator[int, None, Generated]:
        shared = self._beginning
        is_shared = ids[: len(shared)] == shared
        return self._decoder.generate(embeds, ids, num_shared=len(shared) if is_shared else 0)

    @cached_property
    def _beginning(self) -> list[int]:
        """The ids that all prompts of this model begin with."""
        assert self._config.prompt is not None
        text = self._config.prompt.partition("{instruction}")[0]
        if "{image}" in text:  # pictures differ
            return []
        ids = self._tokenizer.encode_pieces([text])
        return ids[:-1]  # the instruction's first letters may join the last token

    def _embed(self, ids: list[int], image: Image.Image) -> Tensor:
        features = None
        if self._networks.vision_tower is not None:
            features = self._image_embeds.get(image, lambda: self._see(image))
        return embed(self._model, ids, features, self._tokens, device=self._placement.device)

    def _see(self, image: Image.Image) -> Tensor:
        """Projected features (N, D) of a picture."""
        tower, projector, vision = self._networks.vision_tower, self._networks.projector, self._config.vision
        assert tower is not None
        assert projector is not None
        assert vision is not None
        pixels = pixel_values(image.convert("RGB"), vision)[None]
        features = image_features(tower, pixels.to(self._placement.device, tower.dtype), vision)
        return projector(features)[0]
