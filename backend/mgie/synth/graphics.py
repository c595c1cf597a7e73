"""Overlays to add, to recolour and to remove; for removals the goal is the clean photograph."""

from __future__ import annotations

from mgie.synth import overlays
from mgie.synth.operation import ALL_STRENGTHS, Operation
from mgie.synth.overlays import COLOURS, SHAPES, WORDS


def _frame(colour: str) -> Operation:
    return Operation(
        name="add_frame",
        family="overlay",
        change=lambda x, s, _: overlays.frame(x, colour, s),
        phrases=(
            f"add a {colour} frame {{z}}",
            f"put a {colour} frame around {{p}} {{z}}",
            f"frame {{p}} in {colour} {{z}}",
            f"give {{p}} a {colour} border {{z}}",
            f"surround {{p}} with {colour} {{z}}",
        ),
        action=f"put a {colour} frame around it {{z}}",
        variant=colour,
        strengths=ALL_STRENGTHS,
    )


def _text(words: str, place: str, colour: str) -> Operation:
    return Operation(
        name="add_text",
        family="overlay",
        change=lambda x, s, _: overlays.text(x, words, place, colour),
        phrases=(
            f"write {words} along the {place} in {colour}",
            f"add the word {words} in {colour} near the {place}",
            f"put {words} along the {place} in {colour} letters",
            f"set a {colour} caption {words} near the {place}",
        ),
        action=f"write {words} in {colour} along the {place}",
        variant=f"{words} {place} {colour}",
    )


def _shape(kind: str, place: str, colour: str) -> Operation:
    where = {"left": "on the left side", "right": "on the right side", "centre": "in the middle"}[place]
    return Operation(
        name="add_shape",
        family="overlay",
        change=lambda x, s, _: overlays.shape(x, kind, place, colour),
        phrases=(
            f"add a {colour} {kind} {where}",
            f"draw a {colour} {kind} {where}",
            f"put a {colour} {kind} {where}",
            f"place a {colour} {kind} {where}",
        ),
        action=f"paint a {colour} {kind} {where}",
        variant=f"{kind} {place} {colour}",
    )


def _remove_frame(colour: str) -> Operation:
    return Operation(
        name="remove_frame",
        family="removal",
        change=lambda x, s, _: overlays.frame(x, colour, s),
        phrases=("remove the frame", "take the frame away", "delete the border", "get rid of the frame"),
        action=f"take the {colour} frame away",
        variant=colour,
        is_random=True,
    )


def _remove_text(words: str, place: str, colour: str) -> Operation:
    return Operation(
        name="remove_text",
        family="removal",
        change=lambda x, s, _: overlays.text(x, words, place, colour),
        phrases=("remove the text", "erase the words", "delete the letters", "get rid of the writing"),
        action=f"take the {colour} letters along the {place} away",
        variant=f"{words} {place} {colour}",
    )


def _remove_shape(kind: str, place: str, colour: str) -> Operation:
    return Operation(
        name="remove_shape",
        family="removal",
        change=lambda x, s, _: overlays.shape(x, kind, place, colour),
        phrases=(
            f"remove the {kind}",
            f"erase the {kind}",
            f"delete the {kind}",
            "get rid of the drawn shape",
        ),
        action=f"take the {colour} {kind} away",
        variant=f"{kind} {place} {colour}",
    )


def _remove_watermark(words: str) -> Operation:
    return Operation(
        name="remove_watermark",
        family="removal",
        change=lambda x, s, _: overlays.watermark(x, words),
        phrases=(
            "remove the watermark",
            "erase the watermark",
            "delete the stamp across {p}",
            "clean off the watermark",
        ),
        action="take the watermark away",
        variant=words,
    )


def _recolour_frame(before: str, after: str) -> Operation:
    return Operation(
        name="recolour_frame",
        family="overlay",
        change=lambda x, s, _: overlays.frame(x, after, 1.0),
        phrases=(
            f"make the frame {after}",
            f"change the frame to {after}",
            f"recolour the frame {after}",
            f"paint the border {after}",
        ),
        action=f"turn the {before} frame {after}",
        variant=f"{before} {after}",
    )


def recoloured_input(operation: Operation) -> str | None:
    """The frame colour that the input of `recolour_frame` already wears; None for other operations."""
    return operation.variant.split()[0] if operation.name == "recolour_frame" else None


GRAPHICS: tuple[Operation, ...] = (
    *(_frame(colour) for colour in COLOURS),
    *(
        _text(words, place, colour)
        for words in WORDS
        for place in ("top", "bottom")
        for colour in ("white", "black")
    ),
    *(
        _shape(kind, place, c)
        for kind in SHAPES
        for place in ("left", "right", "centre")
        for c in ("red", "blue", "white")
    ),
    *(_remove_frame(colour) for colour in COLOURS),
    *(_remove_text(words, place, "white") for words in WORDS for place in ("top", "bottom")),
    *(
        _remove_shape(kind, place, c)
        for kind in SHAPES
        for place in ("left", "right")
        for c in ("red", "white")
    ),
    *(_remove_watermark(words) for words in WORDS),
    *(_recolour_frame(before, after) for before in ("white", "black") for after in ("red", "blue", "green")),
)
