"""Whether the items that runs were made from are what they were: a digest of each is kept with every edit.

Without it, pictures made from one state of a data set would silently be judged by the goals of another.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from mgie.errors import BadData
from mgie.evaluate.datasets.item import EvalItem, EvalSource
from mgie.evaluate.runs.folder import Record
from mgie.train.data.pairs import BadPair


def item_digest(item: EvalItem) -> str:
    """32 hex digits of all that an edit and its scores depend on: pictures, mask, words, captions."""
    words = [item.key, item.instruction, sorted(item.captions.items())]
    digest = hashlib.blake2b(json.dumps(words).encode(), digest_size=16)
    for array in (item.image, item.goal, item.mask):
        digest.update(b"-" if array is None else repr(array.shape).encode() + array.tobytes())
    return digest.hexdigest()


def item_of(record: Record, source: EvalSource, folder: Path) -> EvalItem:
    """The item that a record of the run in `folder` was made from.

    Raises BadData where it is not there any more, or another one stands in its place. A record without a
    digest is not checked.
    """
    try:
        item = source[record.index] if record.index < len(source) else None
    except BadPair:
        item = None
    if item is None:
        change = "cannot be read any more"
    elif record.item_digest and item_digest(item) != record.item_digest:
        change = "is not what it was"
    else:
        return item
    raise BadData(
        f"item {record.index} ({record.key}) of {source.name} {change}: the data set has changed since "
        f"{folder} was run; bring the old data back, or run into a new folder"
    )
