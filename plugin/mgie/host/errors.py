"""What can go wrong between the panel and a host, each with a stable reason and a sentence for the artist."""

from __future__ import annotations

# reason -> what the artist can do about it. The keys are the only reasons that cross the wire.
ADVICE: dict[str, str] = {
    "BAD_REQUEST": "This is a fault of the panel; please report it.",
    "CANVAS_CHANGED": "Place the result again, or save it as a file.",
    "DOCUMENT_CLOSED": "Open the document again and place the result there, or save it as a file.",
    "FILE_KIND_UNKNOWN": "Choose a name that ends in .png, .jpg, .tif or .webp.",
    "FILE_LACKS_DEPTH": "Choose a name that ends in .tif, or in .png for up to 16 bits.",
    "FILE_LACKS_SIZE": "Choose a name that ends in .tif.",
    "FILE_LACKS_TRANSPARENCY": "Choose a name that ends in .png, .webp or .tif.",
    "HOST_BUSY": "Close another panel of this program first.",
    "FORMAT_CHANGED": "Run the edit again, or save the result as a file.",
    "HOST_FAILED": "Try again; the message names what the program refused.",
    "LAYER_GONE": "Choose another layer.",
    "LINK_LOST": "Start the panel again from the program's menu.",
    "PREVIEW_GONE": "The edit goes on; its result can still be placed.",
    "TIMED_OUT": "The program did not answer; close its open dialogs and try again.",
    "TOKEN_REFUSED": "Start the panel from the program's menu.",
    "TOO_LARGE": "Choose a smaller region.",
    "UNSUPPORTED_FORMAT": "Convert the document to RGB or grayscale first.",
    "VERSION_MISMATCH": "Run `mgie install` again and restart the program.",
    "WIRE_BROKEN": "Start the panel again from the program's menu.",
}


class HostError(Exception):
    """A request the host refused, or a link that broke. `reason` is a key of ADVICE."""

    def __init__(self, reason: str, message: str) -> None:
        if reason not in ADVICE:
            raise ValueError(f"reason {reason!r} is not one of {', '.join(ADVICE)}")
        super().__init__(message)
        self.reason = reason
        self.message = message

    @property
    def advice(self) -> str:
        """What the artist can do about it, one sentence."""
        return ADVICE[self.reason]
