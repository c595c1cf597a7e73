"""The guarded clean-up never fails, and its stream adds up to it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mgie.model.expressive import CleanStream, guarded_clean_up

WORDS = ["The sky", " glows", " warm", "Alternatively", " non-alternative", "3.5", "e.g. this", "İ"]
MARKS = [".", "!", "?", "…", " ", "\n", "<s>", "</s>", "[IMG0]", " [IMG0] [IMG1]", "<im_patch>"]
PIECES = st.sampled_from(WORDS + MARKS)


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        ("", ""),
        ("[IMG0] [IMG1]", ""),
        ("</s>", ""),
        ("The sky turns red", "The sky turns red."),
        ("First one. Second one. Third one. [IMG0]", "First one. Second one."),
        ("It costs 3.50 dollars. Next", "It costs 3.50 dollars. Next."),
        ("Hello!</s> rest", "Hello!"),
        ("One. Alternatively, two.", "One."),
        ("  two   blanks\nand a line ", "two blanks and a line."),
        ("<s>odd<unk> marks", "odd marks."),
    ],
)
def test_the_guarded_clean_up(answer: str, text: str) -> None:
    assert guarded_clean_up(answer) == text


@given(st.lists(PIECES | st.text(max_size=6), max_size=25))
def test_the_streamed_pieces_joined_are_the_clean_up_of_the_whole(pieces: list[str]) -> None:
    stream, answer, handed_out = CleanStream(), "", ""
    for piece in pieces:
        answer += piece
        handed_out += stream.push(answer)
    handed_out += stream.finish(answer)
    assert handed_out == stream.text == guarded_clean_up(answer)


def test_text_is_handed_out_word_by_word() -> None:
    stream = CleanStream()
    assert stream.push("The sk") == "The"
    assert stream.push("The sky ") == " sky"
    assert stream.push("The sky [IM") == ""
    assert stream.finish("The sky [IMG0]") == "."
