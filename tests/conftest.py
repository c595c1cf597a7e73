"""What holds for all tests: no screen unless asked, programs find `support`, nothing depends on pace."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("RAY_worker_niceness", "0")  # else Ray's workers wait for the other tests

_PATHS = [str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")]
os.environ["PYTHONPATH"] = os.pathsep.join(path for path in _PATHS if path)

# A machine that is busy with other work is no fault of what is tested.
settings.register_profile("mgie", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("mgie")

# Whole files of slow tests: servers that are killed, clusters, programs of their own, training, model files
# written and read again, windows drawn in every language.
_SLOW_FILES = {
    *("parity/test_train.py",),
    *("ui/test_access.py", "ui/test_catalogues.py", "ui/test_models_for_real.py", "ui/test_program.py"),
    *("ui/test_real_backend.py", "ui/test_same_edit.py"),
    *("service/test_acknowledgements.py", "service/test_cli_edit.py", "service/test_damage.py"),
    *("service/test_fuzz.py", "service/test_lifecycle.py", "service/test_memory.py"),
    *("service/test_models_and_system.py", "service/test_painters.py", "service/test_ray_lane.py"),
    *("service/test_recovery.py", "service/test_security.py", "service/test_soak.py"),
    *("service/test_supervision.py",),
    *("unit/cli/test_sentences.py", "unit/cli/test_train.py", "unit/editors/test_qwen_image_edit.py"),
    *("unit/evaluate/test_evaluate.py", "unit/evaluate/test_figures.py", "unit/evaluate/test_golden.py"),
    *("unit/evaluate/test_judging.py", "unit/evaluate/test_runs.py", "unit/evaluate/test_study.py"),
    *("unit/evaluate/test_suite.py", "unit/model/test_mini.py", "unit/model/test_offload.py"),
    *("unit/train/test_mini_by_clock.py", "unit/train/test_resume.py", "unit/weights/test_convert.py"),
    *("unit/editors/test_quantize.py",),
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what `make test-fast` leaves out."""
    folder = Path(__file__).parent
    gone = [name for name in _SLOW_FILES if not (folder / name).is_file()]
    assert not gone, f"tests/conftest.py names files that are gone: {gone}"
    for item in items:
        if item.path.relative_to(folder).as_posix() in _SLOW_FILES:
            item.add_marker("slow")


@pytest.fixture(autouse=True)
def fresh_accelerate() -> Iterator[None]:
    """Every test chooses its own precision: accelerate keeps one for the life of a process."""
    yield
    if "accelerate.state" in sys.modules:
        from support.accelerate_state import forget_accelerate

        forget_accelerate()
