"""The small JSON files beside published weights."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, cast

from mgie.errors import BadCheckpoint


def read_json(path: Path) -> dict[str, Any]:
    """The object of a file; {} where there is none. Raises BadCheckpoint for a damaged one."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, RecursionError) as error:
        raise BadCheckpoint(f"{path.name} cannot be read: {error}") from error
    return cast("dict[str, Any]", found) if isinstance(found, dict) else {}
