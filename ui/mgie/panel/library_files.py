"""The artist's presets and templates as files: one JSON file each, to be kept, copied and shared."""

from __future__ import annotations

import hashlib
import json
import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any, TypeVar, cast

from PyQt6.QtCore import QObject

from mgie.api.compose_options import ComposeOptions
from mgie.atomic_write import write_atomically
from mgie.errors import BadOption
from mgie.panel.session import Session
from mgie.panel.state.library import Library, OwnPreset, Template, clean_name
from mgie.panel.state.panel import PanelState
from mgie.panel.state.settings import MAX_VARIATIONS
from mgie.panel.worker import Worker

log = logging.getLogger(__name__)

PRESETS, TEMPLATES = "presets", "templates"  # folders beside the drafts
VERSION = 1
MAX_BYTES = 100_000  # of one file
_T = TypeVar("_T")


class Damaged(ValueError):
    """A file that holds no preset or template; the message says why."""


def load(folder: Path) -> tuple[Library, list[str]]:
    """Everything that can be read, and one sentence for each file that cannot."""
    problems: list[str] = []
    presets = _read_all(folder / PRESETS, _preset, problems)
    templates = _read_all(folder / TEMPLATES, _template, problems)
    library = Library()
    for preset in presets:
        library = library.with_preset(preset)
    for template in templates:
        library = library.with_template(template)
    return library, problems


class LibraryWriter(QObject):
    """Writes what the artist keeps, and removes what they take out, on a thread of its own."""

    def __init__(self, session: Session, folder: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._folder = folder
        self._written = session.state.library
        self._worker = Worker("panel-library")
        session.subscribe(self._changed)

    def close(self) -> None:
        """Write what is not written yet."""
        self._worker.close()

    def _changed(self, state: PanelState) -> None:
        if state.library == self._written:
            return
        before, self._written = _files(self._written), state.library
        after = _files(state.library)
        self._worker.submit(lambda: self._write(before, after))

    def _write(self, before: Mapping[str, bytes], after: Mapping[str, bytes]) -> None:
        for name, data in after.items():
            if before.get(name) != data:
                try:
                    write_atomically(self._folder / name, data, mode=0o600)
                except OSError as error:
                    log.warning("%s is not kept: %s", name, error)
        for name in before.keys() - after.keys():
            (self._folder / name).unlink(missing_ok=True)


def _files(library: Library) -> dict[str, bytes]:
    """Every file of a library, by its path."""
    every: list[tuple[str, OwnPreset | Template]] = [(PRESETS, preset) for preset in library.presets]
    every += [(TEMPLATES, template) for template in library.templates]
    return {
        f"{folder}/{_file_name(item.name)}": json.dumps(
            {"version": VERSION, **asdict(item)}, ensure_ascii=False, indent=1
        ).encode()
        for folder, item in every
    }


def _file_name(name: str) -> str:
    """The name as far as it makes a file's, and what tells it from others that look alike."""
    slug = re.sub(r"\W+", "-", name).strip("-")[:40]
    return f"{slug}-{hashlib.sha256(name.encode()).hexdigest()[:8]}.json"


def _read_all(folder: Path, read: Callable[[dict[str, object]], _T], problems: list[str]) -> list[_T]:
    found: list[_T] = []
    for path in sorted(folder.glob("*.json")):
        try:
            found.append(read(_loaded(path)))
        except (OSError, ValueError, BadOption) as error:
            problems.append(f"{folder.name}/{path.name}: {error}")
    return found


def _loaded(path: Path) -> dict[str, object]:
    if path.stat().st_size > MAX_BYTES:
        raise Damaged(f"it is larger than {MAX_BYTES} bytes")
    try:
        loaded = json.loads(path.read_text(encoding="utf-8"))
    except (UnicodeDecodeError, RecursionError, json.JSONDecodeError) as error:
        raise Damaged(f"it is not JSON: {error}") from error
    if not isinstance(loaded, dict) or loaded.get("version") != VERSION:  # pyright: ignore[reportUnknownMemberType]
        raise Damaged(f"it is not of version {VERSION}")
    return cast("dict[str, object]", loaded)


def _preset(saved: dict[str, object]) -> OwnPreset:
    options = saved.get("options", {})
    if not isinstance(options, dict) or not all(type(v) in (bool, int, float, str) for v in options.values()):  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType]
        raise Damaged("its options are no plain values")
    count = saved.get("num_variations", 1)
    if type(count) is not int or not 1 <= count <= MAX_VARIATIONS:
        raise Damaged(f"num_variations is {count!r}; choose 1 to {MAX_VARIATIONS}")
    return OwnPreset(
        name=_name(saved),
        options=cast("dict[str, Any]", options),
        compose=_compose(saved.get("compose", {})),
        num_variations=count,
    )


def _compose(saved: object) -> ComposeOptions:
    known = {field.name: field for field in fields(ComposeOptions)}
    if not isinstance(saved, dict):
        raise Damaged("compose is no table")
    values = {str(name): value for name, value in cast("dict[object, object]", saved).items()}
    values.pop("context_rect", None)  # of one picture alone
    own = ComposeOptions()
    for name, value in values.items():
        if name not in known:
            raise Damaged(f"compose has no {name!r}")
        wanted = type(getattr(own, name))
        if type(value) is not wanted and not (wanted is float and type(value) is int):
            raise Damaged(f"{name} is {value!r}")
    return ComposeOptions(**cast("dict[str, Any]", values))


def _template(saved: dict[str, object]) -> Template:
    text = saved.get("text")
    if not isinstance(text, str) or not text.strip():
        raise Damaged("it has no text")
    return Template(name=_name(saved), text=text)


def _name(saved: dict[str, object]) -> str:
    name = saved.get("name")
    if not isinstance(name, str) or not clean_name(name):
        raise Damaged("it has no name")
    return clean_name(name)
