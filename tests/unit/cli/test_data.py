"""`mgie data` from the outside: check, cache, and making expressive instructions."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner, Result

from mgie.cli.main import cli
from mgie.errors import BadOption
from support.gain_editor import save_tiny_model
from support.tiny import TOKENIZER_FILE
from support.tiny_training import PAIRS, TEXTS, write_t5


def _flags(**changes: str) -> list[str]:
    """The preset `tiny` with the pack's own paths."""
    given = {
        "start.tokenizer": str(TOKENIZER_FILE),
        "data.0.path": str(PAIRS),
        "data.0.expressive": TEXTS,
        **changes,
    }
    return ["--config", "tiny", *(f"--set={key}={value}" for key, value in given.items())]


def _mgie(*arguments: str) -> Result:
    return CliRunner().invoke(cli, arguments)


def test_good_and_bad_pairs_are_counted(tmp_path: Path) -> None:
    texts = json.loads(Path(TEXTS).read_text())
    texts.pop(next(iter(texts)))
    fewer = tmp_path / "texts.json"
    fewer.write_text(json.dumps(texts))
    result = _mgie("data", "check", *_flags(**{"data.0.expressive": str(fewer)}))
    assert "ipr2pr: 4 good, 1 bad" in result.output


def test_a_cache_is_made_ahead_and_used_by_a_run(tmp_path: Path) -> None:
    flags = _flags(**{"cache.folder": str(tmp_path / "cache"), "run.num_steps": "1"})
    made = _mgie("data", "cache", *flags, "--workers", "0")
    assert made.exit_code == 0, made.output
    assert "5 good of 5" in made.output
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "cache").glob("*.npy")}
    trained = _mgie("train", *flags, "--out", str(tmp_path / "run"))
    assert trained.exit_code == 0, trained.output
    assert {path: path.stat().st_mtime_ns for path in before} == before
    nowhere = _mgie("data", "cache", *_flags())
    assert isinstance(nowhere.exception, BadOption)
    assert "--set cache.folder=DIR" in str(nowhere.exception)


def test_expressive_instructions_are_made_and_gone_on_with(tmp_path: Path) -> None:
    model, t5 = save_tiny_model(tmp_path / "model"), write_t5(tmp_path / "t5")
    out = tmp_path / "texts.jsonl"
    arguments = ["--out", str(out), "--summariser", str(t5), "--max-answer-tokens", "4", "--question", "how"]
    command = ["data", "expressive", *_flags(**{"data.0.num_pairs": "2"}), *arguments]
    made = _mgie(*command, "--model", str(model))
    assert made.exit_code == 0, made.output
    assert "2 expressive instructions, 0 pairs unreadable" in made.output
    entries = [json.loads(line) for line in out.read_text().splitlines()]
    assert [set(entry) for entry in entries] == [{"key", "instruction", "full", "short", "summarised"}] * 2
    again = _mgie(*command)  # all is there, so no model is needed
    assert again.exit_code == 0, again.output
    out.unlink()
    out.with_suffix(".answers.jsonl").unlink()
    silent = _mgie(*command)
    assert "say who answers: --model, or --llava and --clip" in str(silent.exception)
