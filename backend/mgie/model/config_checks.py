"""What no model config may be; each check names the field and what is allowed."""

from __future__ import annotations

from dataclasses import fields

from mgie.errors import BadOption


def check_positive(config: object, *exempt: str) -> None:
    """Refuse numbers that are not positive, naming the field."""
    for entry in fields(config):  # pyright: ignore[reportArgumentType]  # every caller is a dataclass
        value = getattr(config, entry.name)
        numbers = value if isinstance(value, tuple) else (value,)
        if entry.name in exempt:
            continue
        for number in numbers:
            if isinstance(number, int | float) and not isinstance(number, bool) and not number > 0:
                raise BadOption(f"{type(config).__name__}.{entry.name} is {value}; it must be positive")


def check_heads(config: object, hidden_size: int, num_heads: int) -> None:
    """Refuse a width that the attention heads do not divide."""
    if hidden_size % num_heads:
        raise BadOption(f"{type(config).__name__}: {num_heads} heads do not divide hidden_size {hidden_size}")


def check_groups(channels: tuple[int, ...], groups: int) -> None:
    """Refuse widths that the norm groups do not divide."""
    if not channels or any(count % groups for count in channels):
        raise BadOption(f"norm_num_groups {groups} does not divide block_out_channels {channels}")


def check_prompt(prompt: str, *, has_image: bool) -> None:
    """Refuse a prompt without its places, or with a picture nobody sees."""
    if prompt.count("{instruction}") != 1 or prompt.count("{image}") != int(has_image):
        raise BadOption(
            f"the prompt must hold {{instruction}} once and {{image}} only with a vision tower: {prompt!r}"
        )
