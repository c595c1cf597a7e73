"""Published files of odd types and layouts: imported, or refused in a sentence that names file and key."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from mgie.errors import MgieError
from mgie.model.generators import drain
from mgie.model.presets import TINY
from mgie.weights.convert import import_model
from mgie.weights.source_layouts import MgieFiles
from support.published_files import write_published


@pytest.fixture
def files(tmp_path: Path) -> MgieFiles:
    return write_published(tmp_path / "published")


def refused(files: MgieFiles, folder: Path) -> str:
    with pytest.raises(MgieError) as caught:
        drain(import_model(files, folder, TINY, name="t", license="x", source="t"))
    assert not folder.exists()
    return str(caught.value)


@pytest.mark.parametrize("dtype", [torch.float64, torch.int8, torch.int64, torch.bool, torch.complex64])
def test_weights_of_a_type_the_model_cannot_take_are_refused(
    files: MgieFiles, tmp_path: Path, dtype: torch.dtype
) -> None:
    for path in files.llava.glob("*.bin"):
        torch.save({key: value.to(dtype) for key, value in torch.load(path).items()}, path)
    assert str(dtype).removeprefix("torch.") in refused(files, tmp_path / "model")


def test_a_sparse_tensor_is_refused(files: MgieFiles, tmp_path: Path) -> None:
    path = files.mllm
    weights: dict[str, Any] = torch.load(path)
    key = next(key for key, value in weights.items() if value.dim() == 2)
    torch.save(weights | {key: weights[key].to_sparse()}, path)
    assert "sparse" in refused(files, tmp_path / "model")


@pytest.mark.parametrize(
    "index", [{"weight_map": {"a": 1}}, {"weight_map": ["a"]}, {"weight_map": None}, [], {}, "x", 1]
)
def test_an_index_that_names_no_files_is_refused(files: MgieFiles, tmp_path: Path, index: object) -> None:
    (files.llava / "pytorch_model.bin.index.json").write_text(json.dumps(index))
    assert "damaged" in refused(files, tmp_path / "model")


def test_json_nested_without_end_is_refused(files: MgieFiles, tmp_path: Path) -> None:
    (files.llava / "config.json").write_text("[" * 100_000)
    assert "config.json" in refused(files, tmp_path / "model")


def as_list(folder: Path) -> None:
    (folder / "tokenizer_config.json").write_text('{"added_tokens_decoder": ["a"]}')


def as_entries_without_content(folder: Path) -> None:
    (folder / "tokenizer_config.json").write_text('{"added_tokens_decoder": {"32000": {}}}')


def as_words(folder: Path) -> None:
    (folder / "added_tokens.json").write_text('{"<im_patch>": "first"}')


def as_nothing(folder: Path) -> None:
    (folder / "added_tokens.json").write_text('{"<im_patch>": null}')


@pytest.mark.parametrize("spoil", [as_list, as_entries_without_content, as_words, as_nothing])
def test_added_tokens_in_an_unknown_layout_are_refused(
    files: MgieFiles, tmp_path: Path, spoil: Callable[[Path], None]
) -> None:
    (files.llava / "added_tokens.json").unlink()
    spoil(files.llava)
    assert "added tokens" in refused(files, tmp_path / "model")
