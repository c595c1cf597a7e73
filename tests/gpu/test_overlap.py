"""On a GPU: the next edit's words written while this one is painted, and what a broken capture leaves."""

from __future__ import annotations

import threading

import numpy as np
import torch

from mgie.model.company import company
from mgie.model.editor import MgieEditor, make_editor
from mgie.model.events import Encoding, SampleRequest
from mgie.model.generators import drain
from mgie.model.graphs import graphs_for
from mgie.model.same_encoding import difference_between
from support.tiny import CONFIGS, tiny_info, tiny_networks, tiny_picture, tiny_tokenizer

ROUNDS = 5
INSTRUCTIONS = ("make it red", "make it look like night", "remove the house", "more snow", "make it blue")


def an_editor() -> MgieEditor:
    editor = make_editor(
        CONFIGS["mgie"],
        tiny_networks(),
        tiny_tokenizer(),
        info=tiny_info(),
        device="cuda:0",
        placement="resident",
    )
    assert isinstance(editor, MgieEditor)
    return editor


def words(editor: MgieEditor, number: int) -> Encoding:
    return drain(editor.encode(tiny_picture(seed=number), INSTRUCTIONS[number % len(INSTRUCTIONS)]))


def painted(editor: MgieEditor, encoding: Encoding) -> np.ndarray:
    request = SampleRequest(image=tiny_picture(), encoding=encoding, seed=3)
    (sampled,) = drain(editor.sample([request], {"num_inference_steps": 30}))
    return sampled.image


def test_words_beside_painting_are_those_written_alone_and_so_is_the_picture() -> None:
    """Both halves replay graphs captured alone; ROUNDS with words of other pictures and lengths."""
    editor = an_editor()
    assert editor.overlap_problem == ""
    golden = [words(editor, number) for number in range(ROUNDS)]
    picture = painted(editor, golden[0])
    picture = painted(editor, golden[0])
    assert not editor.notices
    for number in range(ROUNDS):
        found: list[Encoding] = []
        with company():
            thread = threading.Thread(target=lambda n=number, kept=found: kept.append(words(editor, n)))
            thread.start()
            beside = painted(editor, golden[0])
            thread.join()
        assert difference_between(golden[number], found[0]) == ""
        assert found[0].expressive_instruction == golden[number].expressive_instruction
        np.testing.assert_allclose(beside, picture, atol=1e-5)


def test_words_beside_a_painting_that_is_captured_later_are_right() -> None:
    """Nothing has been captured: with company it stays so, and both are still right."""
    golden = words(an_editor(), 0)
    picture = painted(an_editor(), golden)
    editor, found = an_editor(), list[Encoding]()
    with company():
        thread = threading.Thread(target=lambda: found.append(words(editor, 0)))
        thread.start()
        beside = painted(editor, golden)
        thread.join()
    assert difference_between(golden, found[0]) == ""
    np.testing.assert_allclose(beside, picture, atol=5e-3)


def test_a_capture_that_breaks_off_leaves_the_device_usable(cuda: torch.device) -> None:
    graphs, source = graphs_for(cuda), torch.arange(4.0, device=cuda)

    def waits_for_the_host() -> torch.Tensor:
        return source * source.sum().item()

    for _ in range(2):
        assert torch.equal(graphs.run("waits", None, waits_for_the_host, waits_for_the_host), 6 * source)
    assert list(graphs.refused) == ["waits"]
    torch.cuda.empty_cache()  # torch's own way of capturing leaves this broken
    assert torch.equal(graphs.run("other", None, lambda: 2 * source, lambda: 2 * source), 2 * source)
    fresh = graphs_for(cuda)
    for _ in range(2):
        assert torch.equal(fresh.run("other", None, lambda: 3 * source, lambda: 3 * source), 3 * source)


def test_graphs_are_captured_again_after_all_were_dropped(cuda: torch.device) -> None:
    graphs, source = graphs_for(cuda), torch.arange(4.0, device=cuda)
    for _ in range(3):
        for _ in range(2):
            assert torch.equal(graphs.run("double", None, lambda: 2 * source, lambda: 2 * source), 2 * source)
        graphs.clear()
    assert not graphs.refused
