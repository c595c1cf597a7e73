"""Clean-up of what the language model wrote: as published, guarded, and guarded while it streams."""

from __future__ import annotations

import re

_SENTENCE_END = re.compile(r"[.!?](?=\s|$)")
_CUTS = re.compile(r"</s>|\[IMG\d+\]|alternative", re.IGNORECASE)
_MARKERS = re.compile(r"</?s>|<unk>|<im_(?:patch|start|end)>")
_MAX_SENTENCES = 2


def published_clean_up(text: str) -> str:
    """Clean the whole decoded sequence, prompt included, exactly as published.

    Keeps at most two sentences and joins them without a blank; a decimal point ends a sentence.
    Raises IndexError for an empty answer.
    """
    if "ASSISTANT:" in text:
        text = text[text.index("ASSISTANT:") + 10 :].strip()
    if "</s>" in text:
        text = text[: text.index("</s>")].strip()
    if "alternative" in text.lower():
        text = text[: text.lower().index("alternative")]
    if "[IMG0]" in text:
        text = text[: text.index("[IMG0]")]
    text = ".".join(part.strip() for part in text.split(".")[:_MAX_SENTENCES])
    if text[-1] != ".":
        text += "."
    return text.strip()


def guarded_clean_up(answer: str) -> str:
    """Clean the decoded answer (without the prompt): at most two whole sentences, never an error.

    Unlike the published clean-up it keeps decimals and the blank between sentences; an empty answer is "".
    """
    text = _kept(answer)
    return text if not text or text[-1] in ".!?" else text + "."


class CleanStream:
    """Hands out the guarded clean-up of a growing answer, piece by piece.

    A piece is only handed out when nothing that follows can change it, so that the pieces joined are
    `guarded_clean_up` of the whole answer.
    """

    def __init__(self) -> None:
        self.text = ""  # handed out so far

    def push(self, answer: str) -> str:
        """The next piece, given everything written so far; "" when nothing more is certain."""
        last_blank = max((match.start() for match in re.finditer(r"\s", answer)), default=0)
        return self._advance(_kept(answer[:last_blank]))

    def finish(self, answer: str) -> str:
        """The last piece, given the complete answer."""
        return self._advance(guarded_clean_up(answer))

    def _advance(self, text: str) -> str:
        piece = text[len(self.text) :]
        self.text += piece
        return piece


def _kept(answer: str) -> str:
    cut = _CUTS.search(answer)
    text = " ".join(_MARKERS.sub(" ", answer[: cut.start()] if cut else answer).split())
    ends = [match.end() for match in _SENTENCE_END.finditer(text)]
    return text[: ends[_MAX_SENTENCES - 1]] if len(ends) >= _MAX_SENTENCES else text
