"""Work on a picture is shared, and forgotten when it is old."""

from __future__ import annotations

from PIL import Image

from mgie.model.lru_cache import Recent, picture_digest
from support.tiny import tiny_picture


def test_the_same_pixels_are_computed_once_and_the_oldest_is_forgotten() -> None:
    recent: Recent[int] = Recent(2)
    computed: list[int] = []

    def look(seed: int) -> int:
        def compute() -> int:
            computed.append(seed)
            return seed

        return recent.get(tiny_picture(8, 8, seed=seed), compute)

    assert [look(seed) for seed in (1, 2, 1, 3, 1, 2)] == [1, 2, 1, 3, 1, 2]
    assert computed == [1, 2, 3, 2]


def test_the_digest_tells_shapes_and_modes_apart() -> None:
    pictures = [
        Image.new("RGB", (4, 2)),
        Image.new("RGB", (2, 4)),
        Image.new("L", (4, 6)),
        Image.new("RGB", (4, 3)),
    ]
    assert len({picture_digest(picture) for picture in pictures}) == 4
