"""What is missing for a model is named with the command that brings it."""

from __future__ import annotations

from pathlib import Path

from mgie.editors.readiness import readiness_of_all
from support.tiny_flux import write_flux_model


def test_a_whole_model_is_ready_and_published_ones_can_be_pulled(tmp_path: Path) -> None:
    write_flux_model(tmp_path / "tiny-flux")
    found = {entry.name: entry for entry in readiness_of_all(tmp_path)}
    assert found["tiny-flux"].missing == found["mgie-mini"].missing == ""
    assert found["mgie-7b"].command == "mgie models pull mgie-7b"
    assert "17.2 GB" in found["mgie-7b"].missing


def test_a_damaged_model_is_fetched_or_imported_again(tmp_path: Path) -> None:
    write_flux_model(tmp_path / "tiny-flux")
    (tmp_path / "tiny-flux" / "vae.safetensors").unlink()
    (tmp_path / "mgie-7b").mkdir()
    (tmp_path / "mgie-7b" / "model.json").write_text("{")
    found = {entry.name: entry for entry in readiness_of_all(tmp_path)}
    assert "vae.safetensors is missing" in found["tiny-flux"].missing
    command = found["tiny-flux"].command
    assert command == "mgie models import --replace --name tiny-flux ...  # import the model again"
    assert found["mgie-7b"].command == "mgie models pull mgie-7b --replace"
