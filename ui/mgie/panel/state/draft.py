"""What the artist has written and not yet sent; survives a crash or a close."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True, kw_only=True)
class Draft:
    """The instruction, and the expressive instruction where the artist took it in hand."""

    instruction: str = ""
    text: str = ""  # the artist's own version of the expressive instruction
    is_corrected: bool = False  # True: `text` is used as it stands instead of being written
    document: str = ""  # id of the document whose picture `text` is about; "" until one is open

    def with_text(self, text: str, written: str, document: str = "") -> Draft:
        """Correct the expressive instruction; going back to what was written, or to nothing, undoes that.

        document: id of the one that the text is about.
        """
        is_corrected = bool(text.strip()) and text.strip() != written.strip()
        return replace(self, text=text, is_corrected=is_corrected, document=document)

    def with_instruction(self, instruction: str) -> Draft:
        """Change the instruction. A corrected text belonged to the old one, so it is let go."""
        if instruction.strip() == self.instruction.strip():
            return replace(self, instruction=instruction)
        return Draft(instruction=instruction)
