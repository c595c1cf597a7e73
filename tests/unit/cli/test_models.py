"""`mgie models` from the outside."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from safetensors.torch import save_file

from mgie.cli.main import cli
from mgie.errors import BadOption, DiskFull, LicenseNotAccepted, MgieError
from support.published_files import write_insp2p, write_published
from support.tiny_flux import flux_networks, makers_state, write_flux_model
from support.tiny_hub import tiny_hub
from support.tiny_vlm import write_published_vlm


def _run(models_dir: Path, *arguments: str, input: str | None = None) -> Result:
    return CliRunner().invoke(cli, ["models", "--models-dir", str(models_dir), *arguments], input=input)


def _import_tiny(root: Path) -> Result:
    files = write_published(root / "published")
    options = [f"--{part}={getattr(files, part)}" for part in ("llava", "mllm", "unet", "diffusion", "clip")]
    return _run(root / "models", "import", "--name=tiny", "--preset=TINY", *options)


def _insp2p(folder: Path) -> list[str]:
    return ["--kind=insp2p", "--preset=TINY_INSPIX2PIX", f"--folder={folder}"]


def test_an_imported_model_is_listed_and_verified(tmp_path: Path) -> None:
    result = _import_tiny(tmp_path)
    assert result.exit_code == 0, result.output
    assert "wrote unet.safetensors" in result.stderr
    assert "tiny: " in result.stdout

    listed = _run(tmp_path / "models", "list")
    assert any(line.startswith("tiny ") and "CC-BY-NC-4.0" in line for line in listed.stdout.splitlines())
    assert "mgie models pull mgie-7b" in listed.stdout

    verified = _run(tmp_path / "models", "verify", "tiny")
    assert verified.exit_code == 0
    assert "unet.safetensors: good" in verified.stdout


def test_an_altered_model_does_not_verify(tmp_path: Path) -> None:
    _import_tiny(tmp_path)
    path = tmp_path / "models" / "tiny" / "unet.safetensors"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    result = _run(tmp_path / "models", "verify", "tiny")
    assert result.exit_code == 1
    assert "tiny: MODEL_DIGEST_MISMATCH" in result.stderr


def test_one_bad_model_does_not_keep_the_others_from_being_verified(tmp_path: Path) -> None:
    for name in ("first", "second"):
        (tmp_path / "models" / name).mkdir(parents=True)
        (tmp_path / "models" / name / "model.json").write_text("{")
    result = _run(tmp_path / "models", "verify")
    assert result.exit_code == 1
    assert "not as their manifests say: first, second" in str(result.exception) + result.stderr
    assert "mgie-mini: " in result.stdout  # the shipped model comes last
    assert all(f"{name}: " in result.stderr for name in ("first", "second"))


def test_the_list_as_json_says_everything(tmp_path: Path) -> None:
    _import_tiny(tmp_path)
    broken = tmp_path / "models" / "broken"
    broken.mkdir()
    (broken / "model.json").write_text("{")
    models = {
        model["name"]: model for model in json.loads(_run(tmp_path / "models", "list", "--json").stdout)
    }
    assert models["tiny"]["kind"] == "mgie"
    assert len(models["tiny"]["digest"]) == 64
    assert [option["name"] for option in models["tiny"]["options"]][:1] == ["num_inference_steps"]
    assert models["mgie-mini"]["abilities"] == [
        "recolours only: light, contrast, colours and looks, of the whole picture or of a part"
    ]
    assert "cannot be read" in models["broken"]["problem"]
    assert "broken: " in _run(tmp_path / "models", "list").stdout


def test_inspix2pix_is_imported_alone(tmp_path: Path) -> None:
    folder = write_insp2p(tmp_path)
    arguments = ["import", "--name=baseline", *_insp2p(folder)]
    assert _run(tmp_path / "models", *arguments).exit_code == 0
    assert "CreativeML-OpenRAIL-M" in _run(tmp_path / "models", "list").stdout
    mixed = _run(tmp_path / "models", *arguments, f"--clip={folder}")
    assert mixed.exit_code == 2
    assert "--folder stands alone, without --clip" in mixed.stderr


def test_a_name_that_is_no_folder_name_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    folder = write_insp2p(tmp_path)
    result = _run(tmp_path / "models", "import", "--name=../up", *_insp2p(folder))
    assert isinstance(result.exception, BadOption)
    assert [path.name for path in tmp_path.iterdir()] == [folder.name]


def test_a_missing_part_of_an_import_is_named(tmp_path: Path) -> None:
    result = _run(tmp_path, "import", "--name=x", f"--llava={tmp_path}", f"--clip={tmp_path}")
    assert result.exit_code == 2
    assert "missing --mllm, --unet, --diffusion" in result.stderr


def test_a_kind_without_parts_is_imported_from_its_folder(tmp_path: Path) -> None:
    result = _run(tmp_path, "import", "--name=x", "--kind=flux-kontext")
    assert result.exit_code == 2
    assert "a model of kind flux-kontext is imported from its --folder" in result.stderr


def test_a_kind_that_is_not_listed_needs_its_licence_named(tmp_path: Path) -> None:
    arguments = ["import", "--name=writer", "--kind=vlm", f"--folder={tmp_path / 'repository'}"]
    write_published_vlm(tmp_path / "repository", "llava-onevision")
    refused = _run(tmp_path / "models", *arguments)
    assert refused.exit_code == 2
    assert "name the --license of this vlm" in refused.stderr
    assert _run(tmp_path / "models", *arguments, "--license=Apache-2.0").exit_code == 0
    listed = _run(tmp_path / "models", "list").stdout
    assert "sees the picture and writes what to change, for a painter" in listed


def test_a_model_is_pulled_once_its_licence_is_accepted(tmp_path: Path) -> None:
    with tiny_hub(tmp_path) as (server, sources):
        arguments = ["pull", "tiny", f"--sources={sources}", f"--hub={server.url}"]
        refused = _run(tmp_path / "models", *arguments)
        assert isinstance(refused.exception, LicenseNotAccepted)
        assert "Use it for tests only." in refused.stderr
        result = _run(tmp_path / "models", *arguments, "--accept-license")
        assert result.exit_code == 0, result.output
        again = _run(tmp_path / "models", *arguments, "--replace")
    assert "no digest was published" in result.stderr
    assert "tiny: installed in" in result.stdout
    assert "Use it for tests only." not in again.stderr


@pytest.mark.parametrize("arguments", [["verify", "nothing"], ["pull", "nothing"]])
def test_an_unknown_model_is_one_clear_error(tmp_path: Path, arguments: list[str]) -> None:
    result = _run(tmp_path, *arguments)
    assert isinstance(result.exception, MgieError)
    assert result.exception.reason == "MODEL_NOT_INSTALLED"


@pytest.fixture
def flux_file(tmp_path: Path) -> Path:
    """A single file, and a models folder with what it lacks."""
    write_flux_model(tmp_path / "models" / "tiny-flux")
    state = makers_state(flux_networks(seed=7).transformer.state_dict())
    path = tmp_path / "Kontext-Mine.safetensors"
    save_file({key: value.contiguous() for key, value in state.items()}, path)
    return path


def test_a_single_file_is_imported_under_its_own_name(tmp_path: Path, flux_file: Path) -> None:
    result = _run(tmp_path / "models", "import", str(flux_file))
    assert result.exit_code == 0, result.output
    assert "Kontext-Mine.safetensors holds the transformer of a FLUX.1 Kontext; the rest" in result.stderr
    assert "needs 0.0 GB of disk and, while it works, 0.1 GB of memory; free in" in result.stderr
    assert "kontext-mine: " in result.stdout
    again = _run(tmp_path / "models", "import", str(flux_file), "--name=tiny-flux", "--parts=kontext-mine")
    assert isinstance(again.exception, MgieError)
    more = _run(
        tmp_path / "models", "import", str(flux_file), "--name=third", "--parts=kontext-mine", "--yes"
    )
    assert more.exit_code == 0, more.output
    shared = _run(tmp_path / "models", "import", str(flux_file), "--name=fourth")  # all have the same parts
    assert shared.exit_code == 0, shared.output
    vae = tmp_path / "models" / "third" / "model.json"
    vae.write_text(vae.read_text().replace('"num_inference_steps": 4', '"num_inference_steps": 5'))
    unclear = _run(tmp_path / "models", "import", str(flux_file), "--name=fifth")
    assert isinstance(unclear.exception, BadOption)
    assert "name one of fourth, kontext-mine, third, tiny-flux" in str(unclear.exception)


def test_a_model_larger_than_the_disk_is_refused_before_it_begins(
    tmp_path: Path, flux_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: whole._replace(free=1000))
    result = _run(tmp_path / "models", "import", str(flux_file))
    assert isinstance(result.exception, DiskFull)
    assert not (tmp_path / "models" / "kontext-mine").exists()


def test_files_of_this_machine_are_not_imported_on_another(tmp_path: Path, flux_file: Path) -> None:
    result = _run(tmp_path / "models", "import", str(flux_file), "--server=studio:7860")
    assert result.exit_code == 2
    assert "run this command there, or put the folder or file into `imports`" in " ".join(
        result.stderr.split()
    )


def test_a_file_and_other_sources_exclude_each_other(tmp_path: Path, flux_file: Path) -> None:
    result = _run(tmp_path / "models", "import", str(flux_file), f"--folder={tmp_path}")
    assert result.exit_code == 2
    assert "FILE stands alone" in result.stderr
    assert "missing --name" in _run(tmp_path / "models", "import").stderr
