"""`mgie doctor` finds what is here, what is missing, and says what to do."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from click.testing import CliRunner

from mgie.cli.doctor import examine
from mgie.cli.main import cli
from mgie.client.discovery import Discovery, write_discovery
from mgie.client.servers import RemoteServer, remember_server
from mgie.host.install import installed_paths
from mgie.host.install_paths import given_profile
from mgie.model.config_dict import config_to_dict
from mgie.model.presets import TINY
from mgie.weights.manifest import Manifest, ModelFile, write_manifest
from support.scripted_service import ScriptedService, running_service


def _model(models_dir: Path, *files: ModelFile) -> None:
    folder = models_dir / "mine"
    folder.mkdir(parents=True)
    manifest = Manifest(
        name="mine",
        kind="mgie",
        license="MIT",
        source="a test",
        config=config_to_dict(TINY),
        files=files,
    )
    write_manifest(folder, manifest)


def test_a_machine_with_a_model_is_fit(tmp_path: Path) -> None:
    _model(tmp_path)
    result = CliRunner().invoke(cli, ["doctor", "--models-dir", str(tmp_path)])
    assert result.exit_code == 0, result.output
    for word in ("torch", "cpu", "main memory", "mine", "GB free"):
        assert word in result.stdout


def test_the_report_as_json_is_complete(tmp_path: Path) -> None:
    _model(tmp_path)
    result = CliRunner().invoke(cli, ["doctor", "--json"], env={"MGIE_MODELS_DIR": str(tmp_path)})
    findings = json.loads(result.stdout)
    sections = {finding["section"] for finding in findings}
    assert sections == {"program", "backend", "panel", "device", "memory", "models", "server", "hosts"}
    assert {"section", "name", "value", "advice", "is_blocking"} == set(findings[0])


def test_the_report_says_whether_words_are_written_ahead(tmp_path: Path) -> None:
    found = {finding.name: finding for finding in examine(tmp_path, {}, tmp_path)}
    assert found["next words"].section == "device"
    assert "painted" in found["next words"].value


def test_a_broken_model_comes_with_advice(tmp_path: Path) -> None:
    (tmp_path / "half").mkdir()
    (tmp_path / "half" / "model.json").write_text("{")
    found = {finding.name: finding for finding in examine(tmp_path, {}, tmp_path)}
    assert "cannot be read" in found["half"].value
    assert "import the model again" in found["half"].advice


def test_a_model_whose_files_were_cut_is_not_called_fit(tmp_path: Path) -> None:
    weights = ModelFile(part="unet", path="unet.safetensors", num_bytes=100, sha256="0" * 64)
    _model(tmp_path, weights)
    (tmp_path / "mine" / "unet.safetensors").write_bytes(bytes(60))
    found = {finding.name: finding for finding in examine(tmp_path, {}, tmp_path)}
    assert "has 60 bytes instead of 100" in found["mine"].value
    assert "import the model again" in found["mine"].advice
    assert found["mgie-7b"].advice == "mgie models pull mgie-7b"


def test_a_models_folder_that_is_not_there_yet_is_no_error(tmp_path: Path) -> None:
    found = {finding.name: finding for finding in examine(tmp_path / "not" / "yet", {}, tmp_path)}
    assert str(tmp_path / "not" / "yet") in found["folder"].value


def test_a_host_without_the_plug_in_comes_with_the_command(tmp_path: Path) -> None:
    (tmp_path / "gimp").mkdir()
    environ = {"GIMP3_DIRECTORY": str(tmp_path / "gimp")}
    found = {finding.name: finding for finding in examine(tmp_path, environ, tmp_path)}
    assert found["GIMP"].advice == "mgie install gimp"
    assert found["Krita"].value == "not found"
    profile = given_profile("gimp", tmp_path / "gimp")
    installed_paths(profile)[0].mkdir(parents=True)
    found = {finding.name: finding for finding in examine(tmp_path, environ, tmp_path)}
    assert "plug-in installed" in found["GIMP"].value
    assert found["GIMP"].advice == ""


def test_a_running_server_is_named_with_what_is_wrong(tmp_path: Path) -> None:
    def server() -> list[str]:
        findings = examine(tmp_path, {}, tmp_path, state_dir=tmp_path)
        return [finding.value for finding in findings if finding.section == "server"]

    assert "not running" in server()[0]
    with running_service(ScriptedService()) as endpoint:
        (tmp_path / "token").write_text(endpoint.token)
        discovery = Discovery(
            address=endpoint.address, pid=os.getpid(), token_path=str(tmp_path / "token"), version="0.1"
        )
        write_discovery(tmp_path, discovery)
        named, notice = server()
    assert named == f"{endpoint.address}, process {os.getpid()}, version 0.1"
    assert notice == "one edit could not be read"
    assert "not running" in server()[0]


def test_remembered_servers_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    remember_server("studio", RemoteServer(address="studio:7860", token_file="/t"))
    found = {finding.name: finding for finding in examine(tmp_path, {}, tmp_path, state_dir=tmp_path)}
    assert found["studio"].value == "remembered, studio:7860"
