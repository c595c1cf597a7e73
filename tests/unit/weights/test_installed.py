"""Models are found by path and by name, the user's own first."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from mgie.errors import ModelNotInstalled
from mgie.weights.installed import default_models_dir, find_model, installed_models
from mgie.weights.manifest import MANIFEST_NAME, Manifest, write_manifest


def _make_model(models_dir: Path, name: str) -> Path:
    folder = models_dir / name
    folder.mkdir(parents=True)
    write_manifest(
        folder, Manifest(name=name, kind="mgie", license="MIT", source="a test", config={}, files=())
    )
    return folder


def test_a_model_is_found_by_name_and_by_path(tmp_path: Path) -> None:
    folder = _make_model(tmp_path, "mine")
    assert find_model("mine", models_dir=tmp_path) == folder
    assert find_model(folder, models_dir=tmp_path / "nowhere") == folder


def test_an_unknown_model_is_refused_with_what_is_there(tmp_path: Path) -> None:
    _make_model(tmp_path, "mine")
    with pytest.raises(ModelNotInstalled, match=r"'yours' is not installed \(installed: mine"):
        find_model("yours", models_dir=tmp_path)


def test_a_users_model_hides_a_shipped_one_of_the_same_name(tmp_path: Path) -> None:
    folder = _make_model(tmp_path, "mgie-mini")
    models = [model for model in installed_models(tmp_path) if model.name == "mgie-mini"]
    assert [model.folder for model in models] == [folder]
    assert not models[0].is_shipped


def test_a_broken_model_is_listed_with_its_problem(tmp_path: Path) -> None:
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / MANIFEST_NAME).write_text("{")
    (model,) = [model for model in installed_models(tmp_path) if model.name == "broken"]
    assert model.manifest is None
    assert "cannot be read" in model.problem


def test_half_made_folders_are_no_models(tmp_path: Path) -> None:
    (tmp_path / "half").mkdir()
    _make_model(tmp_path, "whole").rename(tmp_path / ".whole.partial")
    assert {"half", "whole"}.isdisjoint(model.name for model in installed_models(tmp_path))


def test_the_default_folder_belongs_to_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MGIE_MODELS_DIR", raising=False)
    assert default_models_dir().parts[-2:] == ("mgie", "models")


def test_one_variable_names_another_folder_for_everything(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder = _make_model(tmp_path, "mine")
    monkeypatch.setenv("MGIE_MODELS_DIR", str(tmp_path))
    assert default_models_dir() == tmp_path
    assert find_model("mine") == folder


def test_listing_models_does_not_import_torch() -> None:
    code = (
        "import sys; from mgie.weights.installed import installed_models; installed_models(); "
        "sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
