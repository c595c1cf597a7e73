"""What a models folder remembers between commands: licences, first-seen digests, unfinished downloads."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from mgie.atomic_write import write_atomically
from mgie.errors import BadData, LicenseNotAccepted
from mgie.weights.sources import PublishedModel

_FILE_NAME = "remembered.json"


class Remembered:
    """A small JSON file in the models folder, written at once after every change."""

    def __init__(self, models_dir: Path) -> None:
        self._path = models_dir / _FILE_NAME

    def digest_of(self, url: str) -> str | None:
        """SHA-256 that an address delivered the first time; None when it was never fetched."""
        return self._read()["digests"].get(url)

    def remember_digest(self, url: str, sha256: str) -> None:
        """From now on this address must deliver these bytes."""
        self._add("digests", url, sha256)

    def accept_license(self, model: PublishedModel) -> None:
        """Note that the user accepted these terms."""
        self._add("licenses", model.name, _digest(model.terms))

    def has_accepted(self, model: PublishedModel) -> bool:
        """Whether exactly these terms were accepted."""
        return self._read()["licenses"].get(model.name) == _digest(model.terms)

    def require_license(self, model: PublishedModel) -> None:
        """Raise LicenseNotAccepted, with the terms, unless they were accepted."""
        if not self.has_accepted(model):
            raise LicenseNotAccepted(
                f"{model.name} comes under terms that nobody accepted yet:\n{model.terms}"
            )

    def _read(self) -> dict[str, dict[str, str]]:
        try:
            content = json.loads(self._path.read_text(encoding="utf-8"))
            return {"digests": dict(content["digests"]), "licenses": dict(content["licenses"])}
        except FileNotFoundError:
            return {"digests": {}, "licenses": {}}
        except (ValueError, KeyError, TypeError) as error:
            raise BadData(f"{self._path} is damaged ({error}); delete it to start over") from error

    def _add(self, table: str, key: str, value: str) -> None:
        content = self._read()
        content[table][key] = value
        write_atomically(self._path, (json.dumps(content, indent=2) + "\n").encode())


def downloads_folder(models_dir: Path, name: str) -> Path:
    """Where what is fetched of a model stays until all of it is here."""
    return models_dir / ".downloads" / name


def received_bytes(models_dir: Path, name: str) -> int:
    """How much an earlier try has fetched of a model."""
    folder = downloads_folder(models_dir, name)
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _digest(terms: str) -> str:
    return hashlib.sha256(terms.encode("utf-8")).hexdigest()
