"""The manifest says exactly what a model folder holds."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mgie.errors import BadCheckpoint, DigestMismatch
from mgie.weights.manifest import (
    MANIFEST_NAME,
    Manifest,
    ModelFile,
    check_sizes,
    describe_file,
    read_manifest,
    verify,
    write_manifest,
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "unet.safetensors").write_bytes(b"weights")
    (tmp_path / "tokenizer.model").write_bytes(b"pieces")
    files = (
        describe_file("unet", tmp_path / "unet.safetensors"),
        describe_file("tokenizer", tmp_path / "tokenizer.model"),
    )
    manifest = Manifest(
        name="tiny", kind="mgie", license="MIT", source="a test", config={"kind": "mgie"}, files=files
    )
    write_manifest(tmp_path, manifest)
    return tmp_path


def _edit(folder: Path, **changes: Any) -> None:
    path = folder / MANIFEST_NAME
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def test_a_manifest_reads_back_as_it_was_written(folder: Path) -> None:
    manifest = read_manifest(folder)
    assert manifest.name == "tiny"
    assert manifest.num_bytes == len(b"weights") + len(b"pieces")
    assert [file.path for file in manifest.files if file.part == "unet"] == ["unet.safetensors"]
    write_manifest(folder, manifest)
    assert read_manifest(folder) == manifest


def test_the_digest_depends_on_weights_and_config_only(folder: Path) -> None:
    manifest = read_manifest(folder)
    renamed = dataclasses.replace(manifest, name="other", metrics={"psnr": 30.0}, source="elsewhere")
    assert renamed.digest == manifest.digest
    assert dataclasses.replace(manifest, config={"kind": "lgie"}).digest != manifest.digest
    assert dataclasses.replace(manifest, files=manifest.files[:1]).digest != manifest.digest


def test_verify_yields_every_good_file(folder: Path) -> None:
    assert [file.path for file in verify(folder)] == ["unet.safetensors", "tokenizer.model"]


def test_one_wrong_byte_is_found_and_named(folder: Path) -> None:
    (folder / "unet.safetensors").write_bytes(b"weighty")
    check_sizes(folder, read_manifest(folder))
    with pytest.raises(DigestMismatch, match=r"unet\.safetensors has SHA-256"):
        list(verify(folder))


def test_a_short_file_is_found_without_hashing(folder: Path) -> None:
    (folder / "unet.safetensors").write_bytes(b"weigh")
    with pytest.raises(DigestMismatch, match="5 bytes instead of 7"):
        check_sizes(folder, read_manifest(folder))


def test_a_missing_file_is_named(folder: Path) -> None:
    (folder / "tokenizer.model").unlink()
    with pytest.raises(BadCheckpoint, match=r"tokenizer\.model is missing"):
        list(verify(folder))


def test_a_folder_without_a_manifest_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadCheckpoint, match="not a model folder"):
        read_manifest(tmp_path)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"format": 99}, "format 1"),
        ({"surprise": 1}, "surprise"),
        ({"name": "../up"}, "model name"),
        ({"kind": "A GAN"}, "kind 'A GAN'"),
        ({"abilities": "all"}, "abilities is 'all'"),
        ({"abilities": [1]}, "abilities is"),
        ({"files": None}, "misplaced field"),
        ({"files": [{"part": "unet"}]}, "a file has the fields"),
        ({"files": [{"part": "unet", "path": "../x", "bytes": 1, "sha256": "0" * 64}]}, "plain names"),
        ({"files": [{"part": "unet", "path": "x", "bytes": -1, "sha256": "0" * 64}]}, "not possible"),
        ({"files": [{"part": "unet", "path": "x", "bytes": 1, "sha256": "beef"}]}, "not a SHA-256"),
        ({"files": [{"part": "unet", "path": "x", "bytes": 1, "sha256": "0" * 64}] * 2}, "twice"),
    ],
)
def test_a_malformed_manifest_is_refused(folder: Path, changes: dict[str, Any], message: str) -> None:
    _edit(folder, **changes)
    with pytest.raises(BadCheckpoint, match=message):
        read_manifest(folder)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@given(
    field=st.sampled_from(
        ["format", "name", "kind", "license", "source", "config", "files", "metrics", "abilities"]
    ),
    value=_JSON,
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])  # the file is overwritten
def test_a_field_of_any_content_is_accepted_or_refused_cleanly(
    folder: Path, field: str, value: object
) -> None:
    before = (folder / MANIFEST_NAME).read_text()
    _edit(folder, **{field: value})
    try:
        manifest = read_manifest(folder)
    except BadCheckpoint:
        pass
    else:
        assert len(manifest.digest) == 64
        assert dict(manifest.metrics) == manifest.metrics
    finally:
        (folder / MANIFEST_NAME).write_text(before)


@given(field=st.sampled_from(["part", "path", "bytes", "sha256"]), value=_JSON)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])  # the file is overwritten
def test_a_file_entry_of_any_content_is_accepted_or_refused_cleanly(
    folder: Path, field: str, value: object
) -> None:
    entry = {"part": "unet", "path": "x", "bytes": 1, "sha256": "0" * 64} | {field: value}
    before = (folder / MANIFEST_NAME).read_text()
    _edit(folder, files=[entry])
    try:
        (file,) = read_manifest(folder).files
    except BadCheckpoint:
        pass
    else:
        assert file.num_bytes >= 0
    finally:
        (folder / MANIFEST_NAME).write_text(before)


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "\x00"])
def test_a_manifest_that_is_no_object_is_refused(folder: Path, text: str) -> None:
    (folder / MANIFEST_NAME).write_text(text)
    with pytest.raises(BadCheckpoint):
        read_manifest(folder)


def test_file_names_cannot_leave_the_folder() -> None:
    for path in ("/etc/passwd", "a/b", "..", ".hidden", ""):
        with pytest.raises(BadCheckpoint, match="plain names"):
            ModelFile(part="unet", path=path, num_bytes=0, sha256="0" * 64)
