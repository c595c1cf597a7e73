"""The words of an edit on a device: written, read or remembered, and what becomes of the edit after them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Generator
from typing import TYPE_CHECKING, TypeAlias

from mgie.api import events as told
from mgie.model.events import EditWarning
from mgie.model.generators import drain
from mgie.server.lane import WorkItem
from mgie.server.lane_reports import LaneBody
from mgie.server.steering import Wishes
from mgie.server.transitions import stage_changed
from mgie.server.words_ahead import WordsAhead
from mgie.server.words_key import EncodingKey, Pictures

if TYPE_CHECKING:
    from mgie.model.events import Editor, Encoding

Encodings: TypeAlias = "OrderedDict[EncodingKey, Encoding]"  # the longest unused first


class WordsStage:
    """Makes the encodings of edits with one editor, and keeps them for reuse."""

    def __init__(self, editor: Editor, encodings: Encodings, ahead: WordsAhead) -> None:
        self._editor = editor
        self._encodings = encodings
        self._ahead = ahead

    def run(self, item: WorkItem, wishes: Wishes) -> Generator[LaneBody, None, tuple[Encoding, ...]]:
        """Encode an edit, reporting its text once; returns an encoding for every tile.

        None at all where the edit goes no further: it is held, declined or cancelled. Raises what the editor
        raises.
        """
        pictures, given = item.read_pictures, item.expressive_instruction
        is_known = self._key(pictures, item.instruction, given) in self._encodings
        if item.reports_text or not is_known:
            yield stage_changed(told.Stage.WRITING)
        encoding = yield from self._remembered(pictures, item.instruction, given, wishes, item.reports_text)
        if encoding is None:
            return ()
        if encoding.declined:
            yield told.Declined(message=encoding.declined, suggestions=encoding.suggestions)
            return ()
        is_held = item.holds or (item.holds_when_unsure and bool(encoding.readings))
        if item.reports_text:
            yield told.InstructionReady(
                text=encoding.expressive_instruction,
                is_held=is_held,
                is_corrected=encoding.is_corrected,
                is_reused=is_known,
                readings=encoding.readings,
            )
        return () if is_held else self._of_tiles(item, encoding, wishes)

    def _of_tiles(self, item: WorkItem, words: Encoding, wishes: Wishes) -> tuple[Encoding, ...]:
        """The same words for every tile; none where the edit was cancelled."""
        if len(item.tiles) == 1:
            return (words,)
        encodings: list[Encoding] = []
        for tile in item.tiles:
            pictures = (tile, *item.references)
            encoding = drain(
                self._remembered(pictures, item.instruction, words.expressive_instruction, wishes, False)
            )
            if encoding is None:
                return ()
            encodings.append(encoding)
        return tuple(encodings)

    def _remembered(
        self, pictures: Pictures, instruction: str, given: str, wishes: Wishes, reports: bool
    ) -> Generator[LaneBody, None, Encoding | None]:
        """An encoding, made unless it is known; None where the edit was cancelled."""
        key = self._key(pictures, instruction, given)
        known = self._encodings.get(key)
        if known is None:
            made = yield from self._make(key, pictures, wishes, reports)
            if made is not None:
                self._encodings[key] = made
            return made
        self._encodings.move_to_end(key)
        if known.warning:
            yield told.EditWarning(reason=known.warning.reason, message=known.warning.message)
        if reports:
            yield told.InstructionDelta(text=known.expressive_instruction, offset=0)
        return known

    def _make(
        self, key: EncodingKey, pictures: Pictures, wishes: Wishes, reports: bool
    ) -> Generator[LaneBody, None, Encoding | None]:
        image, *references = pictures
        writing = self._ahead.words(
            key,
            lambda: self._editor.encode(
                image,
                key.instruction,
                expressive_instruction=key.given or None,
                references=references,
            ),
        )
        offset = 0
        while True:
            try:
                event = next(writing)
            except StopIteration as stop:
                return None if wishes.cancel else stop.value
            if wishes.cancel:
                writing.close()
                return None
            if isinstance(event, EditWarning):
                yield told.EditWarning(reason=event.reason, message=event.message)
            elif reports:
                yield told.InstructionDelta(text=event.text, offset=offset)
                offset += len(event.text)

    def _key(self, pictures: Pictures, instruction: str, given: str) -> EncodingKey:
        return EncodingKey.of(pictures, instruction, given, self._editor.info.digest)
