"""Gather every text of the panel into the catalogues and compile them: `make translations`.

Python's own parser finds the texts, Qt's lupdate carries over what is translated, Qt's lrelease compiles.
A translator edits the .ts files, with Qt Linguist or by hand; both .ts and .qm are committed.
"""

from __future__ import annotations

import ast
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
PANEL = ROOT / "ui/mgie/panel"
CATALOGUES = PANEL / "translations"
LANGUAGES = ("de", "ja")
CONTEXT = "mgie"  # one for all: see mgie.panel.languages
# What describes a model to people is written where the model is, and shown through `texts.model_text`.
_OF_MODELS = (
    "backend/mgie/editors",
    "backend/mgie/model",
    "backend/mgie/server/streams.py",
    "backend/mgie/api/compose_schemas.py",
)
_MODEL_KEYWORDS = {"label", "low_label", "high_label", "description", "unit", "message"}
_OF_HOSTS = ("plugin/mgie_gimp/adapter.py", "plugin/mgie_krita/pixels.py")


class Text(NamedTuple):
    """One text to translate; wherever it is shown, it is the same."""

    source: str
    has_count: bool = False  # has a plural form for each number


def texts() -> list[Text]:
    """All texts, in alphabetical order."""
    return sorted({*_of_panel(), *_of_models(), *_of_hosts()})


def _of_panel() -> Iterator[Text]:
    """`tr(text, count)` of mgie.panel.texts, and Qt's `self.tr(text, comment, count)`."""
    for path in sorted(PANEL.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(func=ast.Name(id="tr"), args=[ast.Constant(value=str(source)), *rest]):
                    yield Text(source, has_count=len(rest) > 0)
                case ast.Call(func=ast.Attribute(attr="tr"), args=[ast.Constant(value=str(source)), *rest]):
                    yield Text(source, has_count=len(rest) > 1)
                case ast.Call(func=ast.Name(id="tr") | ast.Attribute(attr="tr")):
                    raise SystemExit(f"{path}:{node.lineno}: tr() needs a literal text: {ast.unparse(node)}")
                case _:
                    pass


def _of_models() -> Iterator[Text]:
    for place in _OF_MODELS:
        found = ROOT / place
        for path in sorted(found.rglob("*.py")) if found.is_dir() else [found]:
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                for name, value in _named_values(node):
                    if name in ("abilities", "_ABILITIES"):
                        yield from _abilities(value)
                    elif name in _MODEL_KEYWORDS and isinstance(value, ast.Constant) and value.value:
                        yield Text(str(value.value))
    for manifest in sorted((ROOT / "backend/mgie/models").glob("*/model.json")):
        for ability in json.loads(manifest.read_text(encoding="utf-8"))["abilities"]:
            yield Text(ability)


def _named_values(node: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    """What a call, a dictionary or an assignment gives a name to."""
    match node:
        case ast.keyword(arg=str(name), value=value):
            yield name, value
        case ast.Dict(keys=keys, values=values):
            for key, value in zip(keys, values, strict=True):
                if isinstance(key, ast.Constant):
                    yield str(key.value), value
        case ast.Assign(targets=[ast.Name(id=name)], value=value):
            yield name, value
        case _:
            pass


def _abilities(value: ast.expr) -> Iterator[Text]:
    parts = {id(part) for node in ast.walk(value) if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in ast.walk(value):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in parts:
            yield Text(node.value)


def _of_hosts() -> Iterator[Text]:
    """Why a document cannot be edited: the constants of the adapters named UNEDITABLE."""
    for place in _OF_HOSTS:
        for node in ast.parse((ROOT / place).read_text(encoding="utf-8")).body:
            match node:
                case ast.Assign(
                    targets=[ast.Name(id="UNEDITABLE" | "FLOATING")], value=ast.Constant(value=str(source))
                ):
                    yield Text(source)
                case _:
                    pass


def rebuild(folder: Path) -> None:
    """Bring the .ts files in a folder up to date and compile them."""
    with tempfile.TemporaryDirectory() as made:
        listing = Path(made) / "texts.cpp"
        listing.write_text("\n".join(_as_cpp(text) for text in texts()) + "\n", encoding="utf-8")
        for language in LANGUAGES:
            catalogue = folder / f"mgie_{language}.ts"
            _run(
                *(
                    "lupdate",
                    "-silent",
                    "-locations",
                    "none",
                    "-no-obsolete",
                    "-disable-heuristic",
                    "similartext",
                ),
                *(
                    "-source-language",
                    "en",
                    "-target-language",
                    language,
                    str(listing),
                    "-ts",
                    str(catalogue),
                ),
            )
            _run("lrelease", "-silent", str(catalogue), "-qm", str(catalogue.with_suffix(".qm")))


def _as_cpp(text: Text) -> str:
    """A line that lupdate reads as it reads C++."""
    source, count = json.dumps(text.source, ensure_ascii=False), ', "", n' if text.has_count else ""
    return f'QCoreApplication::translate("{CONTEXT}", {source}{count});'


def tool(name: str) -> str | None:
    """One of Qt's translation tools; None where they are not installed."""
    return shutil.which(name, path="/usr/lib/qt6/bin") or shutil.which(f"{name}6")


def _run(name: str, *arguments: str) -> None:
    found = tool(name)
    if found is None:
        sys.exit(f"Qt's {name} is missing; on Debian: apt install qt6-l10n-tools")
    subprocess.run([found, *arguments], check=True)


if __name__ == "__main__":
    rebuild(CATALOGUES)
