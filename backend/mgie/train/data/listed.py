"""Data sets that are a JSON list of picture pairs with sentences: EVR, GIER and MA5k-Req.

A pair with several sentences is several examples: the paper's counts (5.7K, 29.9K, 24.8K) are sentences.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, cast

from mgie.errors import BadData
from mgie.train.data.pairs import BadPair, EditPair
from mgie.train.data.reading import read_picture, read_table


class Listing(NamedTuple):
    """One line of the list: where the pictures are and what was asked. `problem` says why it is unusable."""

    key: str
    image: str = ""  # path below the image folder
    goal: str = ""
    instruction: str = ""
    group: str = ""
    problem: str = ""


class ListedPairs:
    """Picture files named by a list."""

    def __init__(self, name: str, images: Path, listings: Sequence[Listing]) -> None:
        if not listings:
            raise BadData(f"{name}: the list is empty")
        self._name, self._images, self._listings = name, images, tuple(listings)

    @property
    def name(self) -> str:
        """The data set and its split."""
        return self._name

    def __len__(self) -> int:
        """Number of sentences."""
        return len(self._listings)

    def __getitem__(self, index: int) -> EditPair:
        """Read both pictures of one sentence."""
        listing = self._listings[index]
        if listing.problem:
            raise BadPair(f"{listing.key}: {listing.problem}")
        return EditPair(
            key=listing.key,
            image=read_picture(self._images / listing.image),
            goal=read_picture(self._images / listing.goal),
            instruction=listing.instruction,
            group=listing.group,
        )


def open_evr(folder: Path, split: str) -> ListedPairs:
    """EVR (airsplay/VisualRelationships): `{train,valid,test}.json` with img0, img1, sents; `images/`."""
    return _listed("evr", folder / f"{split}.json", folder / "images", split, _evr_entry)


def open_gier(folder: Path, split: str) -> ListedPairs:
    """GIER (Shi et al. 2020): `splits/{train,val,test}_sess_3.json`; `images/`."""
    return _listed("gier", folder / "splits" / f"{split}_sess_3.json", folder / "images", split, _gier_entry)


def open_ma5k(folder: Path, split: str) -> ListedPairs:
    """MA5k-Req (jshi31/T2ONet): `annotations/{train,val,test}*.json`; `images/`."""
    found = sorted((folder / "annotations").glob(f"{split}*.json"))
    if len(found) != 1:
        names = [path.name for path in found]
        raise BadData(
            f"{folder / 'annotations'} holds {names} for {split!r}; expected exactly one {split}*.json"
        )
    return _listed("ma5k", found[0], folder / "images", split, _ma5k_entry)


Entry = Mapping[str, Any]
ReadEntry = Callable[[Entry], tuple[str, str, Sequence[str]]]  # picture, goal, sentences


def _listed(name: str, table: Path, images: Path, split: str, read: ReadEntry) -> ListedPairs:
    entries = read_table(table)
    if isinstance(entries, Mapping):  # some releases key the list by id
        entries = list(cast("Mapping[str, Any]", entries).values())
    if not isinstance(entries, list):
        raise BadData(f"{table} holds {type(entries).__name__}; expected a list of picture pairs")
    numbered = enumerate(cast("list[Any]", entries))
    listings = [listing for i, entry in numbered for listing in _listings(f"{split}-{i}", entry, read)]
    return ListedPairs(f"{name}-{split}", images, listings)


def _listings(key: str, entry: Any, read: ReadEntry) -> Iterator[Listing]:
    try:
        image, goal, sentences = read(entry)
    except (KeyError, TypeError, AttributeError) as error:
        yield Listing(key, problem=f"odd entry, {type(error).__name__} {error}")
        return
    if not sentences:
        yield Listing(key, problem="no sentence")
    for i, sentence in enumerate(sentences):
        yield Listing(f"{key}-{i}", image, goal, sentence, image)


def _evr_entry(entry: Entry) -> tuple[str, str, Sequence[str]]:
    return _text(entry["img0"]), _text(entry["img1"]), _texts(entry["sents"])


def _gier_entry(entry: Entry) -> tuple[str, str, Sequence[str]]:
    sentences = _texts(entry.get("expert_summary", [])) + _texts(entry.get("amateur_summary", []))
    return _text(entry["input"]), _text(entry["output"]), sentences


def _ma5k_entry(entry: Entry) -> tuple[str, str, Sequence[str]]:
    return _text(entry["input"]), _text(entry["output"]), [_text(entry["request"])]


def _texts(values: Iterable[object]) -> list[str]:
    if isinstance(values, str):  # iterating it would give single letters
        raise TypeError(f"expected a list of sentences, got {values!r}")
    return [_text(value) for value in values]


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"expected text, got {value!r}")
    return value
