"""The reader of requests: features, single wishes, several at once, regions and exceptions."""

from __future__ import annotations

import pytest
import torch

from mgie.errors import BadOption
from mgie.model.config import ReaderConfig
from mgie.model.reader import RequestReader, buckets_of

CONFIG = ReaderConfig(
    decisions=(
        "lift the exposure {z}",
        "warm the light {z}",
        "brighten only {r} {z}",
        "I can't do that",
        "",
        "a|b",
    ),
    declined=3,
    several=4,
    strengths=("slightly", "", "strongly"),
    regions=("", "the sky", "the left half"),
    num_buckets=4096,
    width=16,
)
# text -> decision, strength, region, exception
REQUESTS = {
    "brighter": (0, 1, 0, 0),
    "much brighter": (0, 2, 0, 0),
    "warmer": (1, 1, 0, 0),
    "slightly warmer": (1, 0, 0, 0),
    "brighten the sky": (2, 1, 1, 0),
    "brighten the left half": (2, 1, 2, 0),
    "brighter but keep the sky": (0, 1, 0, 1),
    "add a dog": (3, 1, 0, 0),
    "brighter and warmer": (4, 1, 0, 0),
    "brighter and add a dog": (4, 1, 0, 0),
    "fix it": (5, 1, 0, 0),
    "exposure plus temp plus": (4, 1, 0, 0),
}
WISHES = {"brighter and warmer": (0, 1), "brighter and add a dog": (0, 3), "exposure plus temp plus": (0, 1)}


@pytest.fixture(name="reader", scope="module")
def _reader() -> RequestReader:
    """A reader that knows the requests by heart."""
    torch.manual_seed(0)
    reader = RequestReader(CONFIG)
    optimizer = torch.optim.Adam(reader.parameters(), lr=0.05)
    features = reader.read(list(REQUESTS))
    labels = torch.tensor(list(REQUESTS.values()))
    wishes = torch.zeros(len(REQUESTS), len(CONFIG.decisions))
    for row, (text, wanted) in zip(wishes, REQUESTS.items(), strict=True):
        row[list(WISHES.get(text, wanted[:1]))] = 1.0
    for _ in range(80):
        *one_of_many, listed = reader(features)
        loss = torch.nn.functional.binary_cross_entropy_with_logits(listed, wishes)
        for column, scores in enumerate(one_of_many):
            loss = loss + torch.nn.functional.cross_entropy(scores, labels[:, column])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return reader.eval()


@pytest.mark.parametrize(
    ("text", "decisions"),
    [
        ("brighter", ("I'll lift the exposure",)),
        ("Much BRIGHTER!", ("I'll lift the exposure strongly",)),
        ("slightly warmer", ("I'll warm the light slightly",)),
        ("brighten the sky", ("I'll brighten only the sky",)),
        ("brighter but keep the sky", ("I'll lift the exposure, except in the sky",)),
        ("add a dog", ("I can't do that",)),
        ("brighter and warmer", ("I'll lift the exposure and warm the light",)),
        ("exposure plus temp plus", ("I'll lift the exposure and warm the light",)),  # no joint between them
        ("fix it", ("I'll a", "I'll b")),
    ],
)
def test_requests_are_understood(reader: RequestReader, text: str, decisions: tuple[str, ...]) -> None:
    first = reader.understand(text)[0]
    assert first.decisions == decisions
    assert first.probability > 0.5


def test_a_request_of_which_a_part_is_declined_is_declined(reader: RequestReader) -> None:
    (first,) = reader.understand("brighter and add a dog")
    assert first.decisions == ("I can't do that",)


def test_the_two_likeliest_ways_come_with_their_probabilities(reader: RequestReader) -> None:
    first, second = reader.understand("warmer")
    assert first.probability > second.probability >= 0
    assert first.probability + second.probability <= 1 + 1e-6
    assert first.decisions != second.decisions


@pytest.mark.parametrize("text", ["", "!!!", "...", "日本語", "a"])
def test_every_text_has_features(reader: RequestReader, text: str) -> None:
    assert buckets_of(text, 100)
    assert reader.understand(text)


def test_spelling_of_colour_and_case_do_not_matter() -> None:
    assert buckets_of("More COLOUR", 5000) == buckets_of("more color", 5000)


def test_a_reader_without_the_decision_to_decline_is_refused() -> None:
    with pytest.raises(BadOption, match="among the decisions"):
        ReaderConfig(decisions=("a",), declined=1, several=0, strengths=("",), regions=("", "x"))
