"""A model folder gives back exactly the networks that were saved, or refuses by name."""

from __future__ import annotations

import dataclasses
import errno
from pathlib import Path

import pytest
import safetensors.torch
import torch

from mgie.errors import BadCheckpoint, BadOption, DigestMismatch, DiskFull
from mgie.model.config import ModelConfig
from mgie.model.networks import Networks, build_networks
from mgie.model.presets import TINY, TINY_INSPIX2PIX, TINY_LGIE
from mgie.weights.checkpoint import load_networks, open_model_tensors, part_of, save_model, write_model
from mgie.weights.manifest import (
    MANIFEST_NAME,
    Manifest,
    describe_file,
    read_manifest,
    verify,
    write_manifest,
)
from mgie.weights.tensor_files import LazyTensor


@pytest.fixture(scope="module")
def networks() -> Networks:
    return build_networks(TINY, seed=5)


def _save(folder: Path, networks: Networks, config: ModelConfig = TINY, **options: object) -> Manifest:
    tokenizer = folder.parent / "tokenizer.model"
    tokenizer.write_bytes(b"pieces")
    settings = {"tokenizer_files": [tokenizer], "name": "tiny", "license": "MIT", "source": "a test"}
    return save_model(folder, config, networks, **(settings | options))  # type: ignore[arg-type]  # see save_model


def _rewrite(folder: Path, part: str, change: dict[str, torch.Tensor | None]) -> None:
    """Change tensors of a part and make the manifest fit, as a wrong but honest writer would."""
    path = folder / f"{part}.safetensors"
    tensors = safetensors.torch.load_file(path)
    for key, tensor in change.items():
        tensors.pop(key, None)
        if tensor is not None:
            tensors[key] = tensor
    path.unlink()
    safetensors.torch.save_file(tensors, path)
    manifest = read_manifest(folder)
    files = tuple(describe_file(part, path) if f.path == path.name else f for f in manifest.files)
    write_manifest(folder, dataclasses.replace(manifest, files=files))


@pytest.mark.parametrize("config", [TINY, TINY_LGIE, TINY_INSPIX2PIX], ids=lambda config: config.kind)
def test_networks_come_back_bit_for_bit(tmp_path: Path, config: ModelConfig) -> None:
    saved = build_networks(config, seed=5)
    manifest = _save(tmp_path / "tiny", saved, config)
    loaded = load_networks(tmp_path / "tiny")
    assert loaded.config == config
    assert not loaded.training
    want, got = saved.state_dict(), loaded.state_dict()
    assert want.keys() == got.keys()
    assert all(torch.equal(want[key], got[key]) for key in want)
    assert manifest == read_manifest(tmp_path / "tiny")
    assert len(list(verify(tmp_path / "tiny"))) == len(manifest.files)


def test_loaded_networks_compute_what_the_saved_ones_did(tmp_path: Path, networks: Networks) -> None:
    _save(tmp_path / "tiny", networks)
    loaded = load_networks(tmp_path / "tiny")
    assert networks.language_model is not None
    assert loaded.language_model is not None
    ids = torch.tensor([[1, 5, 9]])
    latents, context = torch.ones(1, 8, 4, 4), torch.ones(1, 77, 48)
    with torch.inference_mode():
        assert torch.equal(networks.language_model(ids).logits, loaded.language_model(ids).logits)
        assert torch.equal(networks.unet(latents, 3, context).sample, loaded.unet(latents, 3, context).sample)


def test_weights_can_be_stored_and_loaded_in_half_precision(tmp_path: Path, networks: Networks) -> None:
    full = _save(tmp_path / "full", networks)
    half = _save(tmp_path / "half", networks, dtype=torch.float16)
    assert half.num_bytes < 0.6 * full.num_bytes
    assert {t.dtype for t in load_networks(tmp_path / "half").state_dict().values()} == {torch.float16}
    loaded = load_networks(tmp_path / "full", dtype=torch.bfloat16)
    assert {t.dtype for t in loaded.state_dict().values()} == {torch.bfloat16}


def test_every_file_stays_below_the_shard_limit(tmp_path: Path, networks: Networks) -> None:
    limit = 400_000
    manifest = _save(tmp_path / "tiny", networks, max_shard_bytes=limit)
    assert sum(file.part == "unet" for file in manifest.files) > 1
    assert all(file.num_bytes < limit + 200_000 for file in manifest.files)
    assert load_networks(tmp_path / "tiny").state_dict().keys() == networks.state_dict().keys()


def test_the_weights_are_mapped_and_the_file_is_never_written(tmp_path: Path, networks: Networks) -> None:
    _save(tmp_path / "tiny", networks)
    loaded = load_networks(tmp_path / "tiny")
    with torch.no_grad():
        loaded.unet.conv_in.weight.zero_()
    list(verify(tmp_path / "tiny"))


def test_training_can_continue_from_a_loaded_model(tmp_path: Path, networks: Networks) -> None:
    _save(tmp_path / "tiny", networks)
    loaded = load_networks(tmp_path / "tiny")
    assert loaded.edit_head is not None
    loaded.edit_head(torch.ones(1, 8, 64), loaded.emb).sum().backward()
    assert loaded.edit_head.query.grad is not None


@pytest.mark.parametrize(
    ("part", "change", "message"),
    [
        ("unet", {"unet.conv_in.weight": None}, r"lacks unet\.conv_in\.weight"),
        ("unet", {"unet.extra": torch.zeros(1)}, r"unet\.safetensors: unet\.extra belongs to no network"),
        ("edit_head", {"emb": torch.zeros(7, 64)}, r"emb has shape \(7, 64\) instead of \(8, 64\)"),
        ("edit_head", {"unet.conv_in.bias": torch.zeros(16)}, r"conv_in\.bias is also in"),
    ],
)
def test_keys_and_shapes_are_strict(
    tmp_path: Path, networks: Networks, part: str, change: dict[str, torch.Tensor | None], message: str
) -> None:
    _save(tmp_path / "tiny", networks)
    _rewrite(tmp_path / "tiny", part, change)
    with pytest.raises(BadCheckpoint, match=message):
        load_networks(tmp_path / "tiny")


def test_a_cut_weight_file_is_refused(tmp_path: Path, networks: Networks) -> None:
    _save(tmp_path / "tiny", networks)
    path = tmp_path / "tiny" / "vae.safetensors"
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(DigestMismatch, match=r"vae\.safetensors has .* bytes instead of"):
        load_networks(tmp_path / "tiny")


def test_a_config_that_does_not_fit_the_weights_is_refused(tmp_path: Path, networks: Networks) -> None:
    _save(tmp_path / "tiny", networks)
    text = (tmp_path / "tiny" / MANIFEST_NAME).read_text()
    (tmp_path / "tiny" / MANIFEST_NAME).write_text(
        text.replace('"intermediate_size": 160', '"intermediate_size": 161')
    )
    with pytest.raises(BadCheckpoint, match="instead of"):
        load_networks(tmp_path / "tiny")


def test_an_existing_folder_is_kept_unless_replacing_is_asked_for(tmp_path: Path, networks: Networks) -> None:
    _save(tmp_path / "tiny", networks)
    with pytest.raises(BadOption, match="exists already"):
        _save(tmp_path / "tiny", networks)
    _save(tmp_path / "tiny", networks, replace=True, license="CC0-1.0")
    assert read_manifest(tmp_path / "tiny").license == "CC0-1.0"
    (tmp_path / "mine").mkdir()
    with pytest.raises(BadOption, match="is not a model"):
        _save(tmp_path / "mine", networks, replace=True)


def test_an_interrupted_write_leaves_nothing_behind(tmp_path: Path, networks: Networks) -> None:
    _save(tmp_path / "first", networks)
    tensors = open_model_tensors(tmp_path / "first", read_manifest(tmp_path / "first"))
    writing = write_model(
        tmp_path / "second",
        TINY,
        tensors.values(),
        tokenizer_files=[],
        name="second",
        license="MIT",
        source="a test",
    )
    next(writing)
    writing.close()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["first", "tokenizer.model"]


def test_a_full_disk_is_said_and_leaves_nothing_behind(tmp_path: Path) -> None:
    def load() -> torch.Tensor:
        raise OSError(errno.ENOSPC, "No space left on device")

    tensor = LazyTensor(key="unet.w", shape=(1,), dtype=torch.float32, file="x", load=load)
    with pytest.raises(DiskFull, match="no space left while writing"):
        list(
            write_model(
                tmp_path / "tiny",
                TINY,
                [tensor],
                tokenizer_files=[],
                name="tiny",
                license="MIT",
                source="a test",
            )
        )
    assert list(tmp_path.iterdir()) == []


def test_the_learned_offset_is_kept_with_the_edit_head() -> None:
    assert part_of("emb") == "edit_head"
    assert part_of("unet.conv_in.weight") == "unet"
