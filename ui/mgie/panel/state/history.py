"""Earlier instructions, newest first, walked with the arrow keys like in a shell."""

from __future__ import annotations

from dataclasses import dataclass, replace

MAX_ENTRIES = 200


@dataclass(frozen=True, kw_only=True)
class History:
    """The entries and where the artist stands in them (-1: on the draft below the newest)."""

    entries: tuple[str, ...] = ()
    position: int = -1
    draft: str = ""  # what was typed before the walk began; comes back at its end

    def with_entry(self, instruction: str) -> History:
        """Put an instruction on top, once."""
        text = instruction.strip()
        if not text:
            return self
        others = tuple(entry for entry in self.entries if entry != text)
        return History(entries=(text, *others)[:MAX_ENTRIES])

    def older(self, shown: str) -> tuple[History, str]:
        """One step back; `shown` is what the field holds now."""
        draft = shown if self.position < 0 else self.draft
        position = min(self.position + 1, len(self.entries) - 1)
        if position < 0:
            return self, shown
        return replace(self, position=position, draft=draft), self.entries[position]

    def newer(self, shown: str) -> tuple[History, str]:
        """One step forward, at last to the draft."""
        if self.position < 0:
            return self, shown
        position = self.position - 1
        text = self.entries[position] if position >= 0 else self.draft
        return replace(self, position=position), text
