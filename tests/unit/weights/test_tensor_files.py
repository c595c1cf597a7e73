"""Tensor files are written by streaming and read without trust."""

from __future__ import annotations

import io
import json
import pickle
import weakref
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import safetensors.torch
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mgie.errors import BadCheckpoint, BadOption
from mgie.weights.manifest import sha256_of
from mgie.weights.tensor_files import LazyTensor, open_sharded, open_tensors, write_shards

TENSORS = {
    "b.weight": torch.arange(12.0).reshape(3, 4),
    "a.half": torch.arange(5, dtype=torch.float16),
    "c.brain": torch.arange(6, dtype=torch.bfloat16).reshape(2, 3),
    "d.scalar": torch.tensor(7.0),
    "e.ids": torch.arange(3),
    "f.transposed": torch.arange(6.0).reshape(2, 3).T,
}


def _lazy(tensors: dict[str, torch.Tensor]) -> list[LazyTensor]:
    return [
        LazyTensor(key=key, shape=tuple(t.shape), dtype=t.dtype, file="memory", load=lambda t=t: t)
        for key, t in tensors.items()
    ]


class _Trap:
    """A pickle that would run code when it is opened carelessly."""

    def __reduce__(self) -> tuple[Any, ...]:
        return (print, ("the trap ran",))


def test_what_is_written_is_what_the_safetensors_library_reads(tmp_path: Path) -> None:
    (file,) = write_shards(tmp_path, "unet", _lazy(TENSORS), 1 << 30)
    assert file.path == "unet.safetensors"
    assert file.sha256 == sha256_of(tmp_path / file.path)
    assert file.num_bytes == (tmp_path / file.path).stat().st_size
    read = safetensors.torch.load_file(tmp_path / file.path)
    assert read.keys() == TENSORS.keys()
    for key, tensor in TENSORS.items():
        assert read[key].dtype == tensor.dtype
        assert torch.equal(read[key], tensor)


def test_shards_stay_below_the_limit_and_hold_everything(tmp_path: Path) -> None:
    tensors = {f"w{i}": torch.full((100,), float(i)) for i in range(10)}
    files = list(write_shards(tmp_path, "unet", _lazy(tensors), 1000))
    assert files[0].path == "unet-00001-of-00005.safetensors"
    read: dict[str, LazyTensor] = {}
    for file in files:
        read |= open_tensors(tmp_path / file.path)
    assert read.keys() == tensors.keys()
    assert all(torch.equal(read[key].load(), tensors[key]) for key in tensors)


def test_a_tensor_larger_than_a_shard_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadOption, match=r"b\.weight alone has 48 bytes"):
        list(write_shards(tmp_path, "unet", _lazy(TENSORS), 40))


def test_writing_holds_one_tensor_at_a_time(tmp_path: Path) -> None:
    loaded: list[weakref.ref[torch.Tensor]] = []

    def load() -> torch.Tensor:
        assert all(tensor() is None for tensor in loaded), "an earlier tensor is still held"
        tensor = torch.ones(10)
        loaded.append(weakref.ref(tensor))
        return tensor

    tensors = [
        LazyTensor(key=f"w{i}", shape=(10,), dtype=torch.float32, file="x", load=load) for i in range(4)
    ]
    files = write_shards(tmp_path, "unet", tensors, 80)
    next(files)
    assert len(loaded) == 2, "the second file's tensors wait for their turn"
    assert len(list(files)) == 1
    assert len(loaded) == 4


def test_a_tensor_that_changed_its_shape_is_refused(tmp_path: Path) -> None:
    tensor = LazyTensor(key="w", shape=(10,), dtype=torch.float32, file="x.pt", load=lambda: torch.ones(9))
    with pytest.raises(BadCheckpoint, match=r"x\.pt: w has shape \(9,\), not \(10,\)"):
        list(write_shards(tmp_path, "unet", [tensor], 80))


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="only Linux tells which files are mapped")
@pytest.mark.parametrize("name", ["x.safetensors", "x.pt"])
def test_opened_files_are_mapped_not_read(tmp_path: Path, name: str) -> None:
    tensors = {"a": torch.ones(1000)}
    if name.endswith(".pt"):
        torch.save(tensors, tmp_path / name)
    else:
        safetensors.torch.save_file(tensors, tmp_path / name)
    tensor = open_tensors(tmp_path / name)["a"].load()
    assert str(tmp_path / name) in Path("/proc/self/maps").read_text()
    assert tensor.sum() == 1000


@pytest.mark.parametrize("is_legacy", [False, True])
def test_pickled_tensors_open_like_safetensors(tmp_path: Path, is_legacy: bool) -> None:
    torch.save(TENSORS, tmp_path / "unet.pt", _use_new_zipfile_serialization=not is_legacy)
    tensors = open_tensors(tmp_path / "unet.pt")
    assert all(torch.equal(tensors[key].load(), value) for key, value in TENSORS.items())
    assert tensors["b.weight"].shape == (3, 4)


@pytest.mark.parametrize("is_legacy", [False, True])
def test_a_pickle_with_code_is_refused_without_running_it(
    tmp_path: Path, is_legacy: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    torch.save({"a": _Trap()}, tmp_path / "mllm.pt", _use_new_zipfile_serialization=not is_legacy)
    with pytest.raises(BadCheckpoint, match=r"mllm\.pt holds code"):
        open_tensors(tmp_path / "mllm.pt")
    (tmp_path / "plain.bin").write_bytes(pickle.dumps(_Trap(), protocol=2))
    with pytest.raises(BadCheckpoint, match=r"plain\.bin holds code"):
        open_tensors(tmp_path / "plain.bin")
    assert "trap" not in capsys.readouterr().out


@pytest.mark.parametrize("name", ["unet.pt", "unet.safetensors"])
@pytest.mark.parametrize("kept", [0, 2, 100, -50])
def test_a_cut_file_is_refused_by_name(tmp_path: Path, name: str, kept: int) -> None:
    path = tmp_path / name
    if path.suffix == ".pt":
        torch.save(TENSORS, path)
    else:
        list(write_shards(tmp_path, "unet", _lazy(TENSORS), 1 << 30))
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(BadCheckpoint, match=name):
        open_tensors(path)


@cache  # torch writes addresses into the old format: its length changes from one time to the next
def _sound_file(name: str) -> bytes:
    tensors = {"a": torch.arange(6.0).reshape(2, 3), "b": torch.ones(3)}
    if name.endswith(".safetensors"):
        return safetensors.torch.save(tensors)
    file = io.BytesIO()
    torch.save(tensors, file, _use_new_zipfile_serialization=name == "zip.pt")
    return file.getvalue()


@pytest.mark.parametrize("name", ["zip.pt", "legacy.pt", "x.safetensors"])
@given(data=st.data())
@settings(
    max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture]
)  # the folder is only overwritten
def test_damage_is_refused_or_harmless_but_never_a_strange_error(
    tmp_path: Path, name: str, data: st.DataObject
) -> None:
    path = tmp_path / name
    content = bytearray(_sound_file(name))
    for _ in range(data.draw(st.integers(1, 3))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.unlink(missing_ok=True)
    path.write_bytes(content[: data.draw(st.integers(0, len(content)))])
    try:
        opened = [tensor.load() for tensor in open_tensors(path).values()]
    except BadCheckpoint as error:
        assert name in str(error)  # noqa: PT017 - either outcome is right
    else:
        assert all(isinstance(tensor, torch.Tensor) for tensor in opened)


@pytest.mark.parametrize("content", [[1, 2], {"a": 1}, {3: torch.zeros(1)}, torch.zeros(2)])
def test_anything_but_a_dictionary_of_tensors_is_refused(tmp_path: Path, content: object) -> None:
    torch.save(content, tmp_path / "unet.pt")
    with pytest.raises(BadCheckpoint, match="not a"):
        open_tensors(tmp_path / "unet.pt")


def test_an_unknown_number_type_is_refused_with_its_key(tmp_path: Path) -> None:
    safetensors.torch.save_file({"a": torch.zeros(2, dtype=torch.float64)}, tmp_path / "x.safetensors")
    with pytest.raises(BadCheckpoint, match="a is of type F64"):
        open_tensors(tmp_path / "x.safetensors")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadCheckpoint, match=r"unet\.pt is missing"):
        open_tensors(tmp_path / "unet.pt")


def test_a_sharded_folder_reads_as_one(tmp_path: Path) -> None:
    torch.save({"a": torch.zeros(1)}, tmp_path / "pytorch_model-00001-of-00002.bin")
    torch.save({"b": torch.ones(1)}, tmp_path / "pytorch_model-00002-of-00002.bin")
    weight_map = {"a": "pytorch_model-00001-of-00002.bin", "b": "pytorch_model-00002-of-00002.bin"}
    index = tmp_path / "pytorch_model.bin.index.json"
    index.write_text(json.dumps({"weight_map": weight_map}))
    assert open_sharded(tmp_path, ["model", "pytorch_model"]).keys() == {"a", "b"}

    index.write_text(json.dumps({"weight_map": weight_map | {"c": "pytorch_model-00002-of-00002.bin"}}))
    with pytest.raises(BadCheckpoint, match=r"lacks c, which pytorch_model\.bin\.index\.json promises"):
        open_sharded(tmp_path, ["pytorch_model"])

    index.write_text(json.dumps({"weight_map": {"a": "../outside.bin"}}))
    with pytest.raises(BadCheckpoint, match="outside its folder"):
        open_sharded(tmp_path, ["pytorch_model"])

    index.write_text("[]")
    with pytest.raises(BadCheckpoint, match="damaged"):
        open_sharded(tmp_path, ["pytorch_model"])


def test_a_folder_without_weights_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadCheckpoint, match=r"holds no model\.safetensors / model\.bin"):
        open_sharded(tmp_path, ["model"])
