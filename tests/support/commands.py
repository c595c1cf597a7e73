"""The command line from inside a test, and picture files for it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from mgie.api.picture import Picture
from mgie.cli.main import cli
from mgie.files.document import Document
from mgie.files.save import save_document
from support.service_calls import pixels


def mgie(*arguments: object, answer: str = "") -> Result:
    """Run a command. answer: what it reads from its input."""
    return CliRunner().invoke(cli, [str(argument) for argument in arguments], input=answer)


def save(path: Path, values: Any = None) -> Path:
    """A small photograph, or the given pixels, as a file."""
    save_document(path, Document(picture=Picture(pixels=pixels() if values is None else values)))
    return path
