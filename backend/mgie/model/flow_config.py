"""The noise schedule of flow-matching models, as data."""

from __future__ import annotations

from dataclasses import dataclass

from mgie.model.config_checks import check_positive


@dataclass(frozen=True, kw_only=True)
class FlowScheduleConfig:
    """Shifted linear sigmas; the shift grows with the number of image tokens (FLUX)."""

    base_image_seq_len: int = 256  # tokens at which the shift is base_shift
    max_image_seq_len: int = 4096  # tokens at which it is max_shift
    base_shift: float = 0.5
    max_shift: float = 1.15

    def __post_init__(self) -> None:
        check_positive(self)

    def mu(self, num_tokens: int) -> float:
        """Logarithm of the shift for a picture of so many tokens."""
        slope = (self.max_shift - self.base_shift) / (self.max_image_seq_len - self.base_image_seq_len)
        return self.base_shift + slope * (num_tokens - self.base_image_seq_len)
