"""The sources file says where every published part is."""

from __future__ import annotations

from pathlib import Path

import pytest

from mgie.errors import BadData, ModelNotInstalled
from mgie.weights.sources import SOURCES_PATH, Mirror, published_model, published_models


def test_every_published_model_has_terms_and_mirrors() -> None:
    models = published_models()
    assert [model.name for model in models] == [
        "mgie-7b",
        "instruct-pix2pix",
        "flux-kontext-dev",
        "qwen-image-edit",
        "qwen-image-edit-2509",
        "qwen-image-edit-2511",
    ]
    for model in models:
        assert model.license
        assert model.terms
        assert model.installed_bytes > 1e9
        assert all(part.mirrors and part.unpacked_bytes for part in model.parts)


def test_archives_are_fetched_over_https_only() -> None:
    for model in published_models():
        for part in model.parts:
            assert all(
                mirror.archive is None or mirror.archive.startswith("https://") for mirror in part.mirrors
            )


def test_the_weights_of_mgie_have_several_mirrors() -> None:
    parts = {part.name: part for part in published_model("mgie-7b").parts}
    assert parts.keys() == {"mgie", "llava", "diffusion", "clip"}
    assert len(parts["mgie"].mirrors) >= 2
    assert len(parts["llava"].mirrors) >= 2


def test_an_unknown_model_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ModelNotInstalled, match="there are mgie-7b, instruct-pix2pix"):
        published_model("mgie-70b")


@pytest.mark.parametrize(
    "change",
    [
        ("[[model]]", "[[models]]"),
        ('hub = "openai/clip-vit-large-patch14"', 'hubb = "openai/clip-vit-large-patch14"'),
        ('hub = "openai/clip-vit-large-patch14"', 'folder = "x"'),
        ('"mllm.pt"', '"../mllm.pt"'),
        ("preset", "preset ="),
        ('name = "clip"', 'name = "../clip"'),
        ('name = "mgie-7b"', 'name = "/mgie-7b"'),
    ],
)
def test_a_damaged_sources_file_is_refused(tmp_path: Path, change: tuple[str, str]) -> None:
    path = tmp_path / "sources.toml"
    path.write_text(SOURCES_PATH.read_text().replace(*change))
    with pytest.raises(BadData):
        published_models(path)


def test_a_mirror_is_a_repository_or_an_archive() -> None:
    with pytest.raises(BadData, match="either hub or archive"):
        Mirror(files=("a",), hub="x/y", archive="https://example.org/a.tar.gz")
