"""What the artist writes."""

from mgie.panel.state.draft import Draft


def test_a_correction_counts_until_it_equals_what_was_written() -> None:
    draft = Draft(instruction="x").with_text("The left dog.", "The dog.")
    assert draft.is_corrected
    assert not draft.with_text("The dog.", "The dog.").is_corrected
    assert not draft.with_text("  ", "The dog.").is_corrected


def test_another_instruction_lets_the_correction_go() -> None:
    draft = Draft(instruction="x").with_text("mine", "theirs")
    assert draft.with_instruction("x ").is_corrected
    assert draft.with_instruction("y") == Draft(instruction="y")
