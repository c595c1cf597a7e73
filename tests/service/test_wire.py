"""The committed code and pages follow from the .proto files, and the table of reasons is whole."""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
from google.rpc import error_details_pb2

from mgie.api.proto_fields import status_from_failure
from mgie.errors import MgieError
from mgie.server.errors import REASONS, RequestError, failure_of

ROOT = Path(__file__).parent.parent.parent
PROTO = ROOT / "proto"


def load_script(name: str) -> ModuleType:
    """One of the scripts beside the .proto files."""
    spec = importlib.util.spec_from_file_location(name, PROTO / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def test_the_generated_code_is_what_the_protos_say(tmp_path: Path) -> None:
    generate = load_script("generate")
    generate.generate(PROTO, tmp_path)
    made = {path.name: path.read_text() for path in (tmp_path / "mgie/v1").iterdir()}
    committed = {path.name: path.read_text() for path in (PROTO / "mgie/v1").glob("*_pb2*")}
    assert committed == made, "run `make proto`"


def test_the_api_page_is_what_the_protos_say() -> None:
    load_script("generate")
    assert load_script("api_docs").page() == (ROOT / "docs" / "api.md").read_text(), "run `make proto`"


def buf(command: str, *arguments: Path | str) -> subprocess.CompletedProcess[str]:
    """Run buf with the project's rules."""
    program = Path(sys.executable).parent / "buf"
    rules = ["--config", ROOT / "buf.yaml"]
    return subprocess.run([program, command, *arguments, *rules], capture_output=True, text=True, check=False)


def against_released(protos: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    """Whether .proto files break clients of the released API."""
    generate, image = load_script("generate"), folder / "api.binpb"
    generate.build_image(protos, image)
    return buf("breaking", image, "--against", generate.RELEASED)


def test_the_protos_follow_the_rules_of_buf(tmp_path: Path) -> None:
    image = tmp_path / "api.binpb"
    load_script("generate").build_image(PROTO, image)
    checked = buf("lint", image)
    assert checked.returncode == 0, checked.stdout


def test_clients_of_the_released_api_are_not_broken(tmp_path: Path) -> None:
    checked = against_released(PROTO, tmp_path)
    assert checked.returncode == 0, checked.stdout


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("  string digest = 1;", "  string sha256 = 1;"),
        ("  uint64 num_bytes = 2;", "  uint32 num_bytes = 2;"),
        ("  EDIT_STATE_HELD = 3;", "  EDIT_STATE_HELD = 9;"),
        ("  rpc DeleteEdit(DeleteEditRequest)", "  rpc ForgetEdit(DeleteEditRequest)"),
    ],
)
def test_a_change_that_breaks_released_clients_is_refused(tmp_path: Path, old: str, new: str) -> None:
    protos = tmp_path / "protos"
    shutil.copytree(PROTO / "mgie", protos / "mgie")
    file = protos / "mgie/v1/edit_service.proto"
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))
    checked = against_released(protos, tmp_path)
    assert checked.returncode == 100, checked.stderr  # buf's status for findings
    assert "edit_service.proto" in checked.stdout


def every_reason() -> set[str]:
    """Reasons of our exceptions, and those named in the server's code."""
    classes = [MgieError, *MgieError.__subclasses__()]
    for cls in classes:
        classes += [sub for sub in cls.__subclasses__() if sub not in classes]
    # Only what the server is built on: other tests may have loaded training, the installer or the panel.
    ours = ("mgie.errors", "mgie.model", "mgie.compose", "mgie.pipeline", "mgie.server")
    named = {cls.reason for cls in classes if cls.__module__.startswith(ours)}
    for path in (ROOT / "backend/mgie/server").glob("*.py"):
        named |= set(re.findall(r'RequestError\(\s*"([A-Z_]+)"', path.read_text()))
    return named


def test_every_reason_has_a_code_and_advice() -> None:
    # What concerns training and downloads of the command line never crosses the wire.
    assert every_reason() - set(REASONS) <= {"DATA_INVALID", "SERVER_RUNNING"}
    for name, reason in REASONS.items():
        assert re.fullmatch(r"[A-Z][A-Z_]+", name)
        assert reason.advice.endswith(".")


@pytest.mark.parametrize("reason", sorted(REASONS))
def test_every_status_has_one_error_info_and_help(reason: str) -> None:
    error = RequestError(reason, "what happened", metadata={"key": "value"}, retry_s=1.5)
    status = status_from_failure(failure_of(error))
    kinds = [detail.type_url.rpartition(".")[2] for detail in status.details]
    assert kinds == ["ErrorInfo", "Help", "RetryInfo"]
    info, retry = error_details_pb2.ErrorInfo(), error_details_pb2.RetryInfo()
    status.details[0].Unpack(info)
    status.details[2].Unpack(retry)
    assert (info.reason, info.domain, dict(info.metadata)) == (reason, "mgie", {"key": "value"})
    assert retry.retry_delay.ToMilliseconds() == 1500
    assert status.code == REASONS[reason].code.value[0]
