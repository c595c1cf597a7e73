"""Text from outside, cleaned once of what neither XML, JSON nor a tokenizer can hold.

Standard library only.
"""

from __future__ import annotations

import re
from pathlib import PurePath

# Controls but tab and line feed, lone surrogates, and the code points that are no characters.
_UNFIT = re.compile("[\0-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")


def clean_text(text: str) -> str:
    """The text as it is worked with, recorded and shown: valid Unicode, without control characters.

    Pairs of surrogates are joined; a lone one, as from bytes that are no UTF-8, becomes U+FFFD. Line ends
    become line feeds.
    """
    if not _UNFIT.search(text):
        return text
    joined = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return _UNFIT.sub("", joined.replace("\r\n", "\n").replace("\r", "\n"))


def shown_name(path: PurePath) -> str:
    """A file's name for messages and records, whatever bytes it is made of."""
    return clean_text(path.name).replace("\n", " ")
