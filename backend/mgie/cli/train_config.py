"""What `mgie train` and `mgie data` share: a configuration by file or preset name, single fields changed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mgie.errors import BadOption

if TYPE_CHECKING:  # loads yaml and numpy
    from mgie.train.config import TrainConfig

changes_option = click.option(
    "--set",
    "changes",
    multiple=True,
    metavar="KEY=VALUE",
    help="Change one field, e.g. data.0.path=/data/evr.",
)


def presets_dir() -> Path:
    """Where the shipped configurations live."""
    return Path(__file__).resolve().parent.parent / "train" / "presets"


def find_config(name_or_path: str) -> Path:
    """The shipped preset of this name, or the file. Raises BadOption when there is neither."""
    shipped = presets_dir() / f"{name_or_path}.yaml"
    path = shipped if shipped.is_file() else Path(name_or_path)
    if not path.is_file():
        raise BadOption(
            f"{name_or_path} is neither a file nor a shipped preset; `mgie train --presets` lists them"
        )
    return path


def changed_config(path: Path, changes: tuple[str, ...]) -> TrainConfig:
    """The configuration of a file with single fields changed, e.g. "data.0.path=/data/evr"."""
    import yaml

    from mgie.dataclass_reader import dataclass_from
    from mgie.train.config import TrainConfig, read_yaml

    values = read_yaml(path)
    for change in changes:
        key, equals, text = change.partition("=")
        if not equals:
            raise BadOption(f"--set {change} lacks '='; write KEY=VALUE")
        try:
            value = yaml.safe_load(text)
        except yaml.YAMLError as error:
            raise BadOption(f"--set {change}: {text!r} is no YAML value") from error
        *path_to, last = key.split(".")
        table = values
        for name in path_to:
            table = _entered(table, name, key)
        table[_place(table, last, key)] = value
    return dataclass_from(TrainConfig, values, path.stem)


def _entered(table: Any, name: str, where: str) -> Any:
    """The table or list below `name`; a section that is null, like `cache`, becomes an empty table."""
    place = _place(table, name, where)
    if isinstance(table, dict) and table.get(place) is None:  # pyright: ignore[reportUnknownMemberType]  # any YAML
        table[place] = {}
    return table[place]


def _place(table: Any, name: str, where: str) -> str | int:
    """The key of a table, or the place in a list, that `name` stands for."""
    if isinstance(table, dict):
        return name
    if isinstance(table, list) and name.isdecimal() and int(name) < len(table):  # pyright: ignore[reportUnknownArgumentType]  # any YAML
        return int(name)
    raise BadOption(f"--set {where}: there is no {name!r}")
