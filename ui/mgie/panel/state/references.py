"""Reference pictures: layers that the words speak of, for models that look at further pictures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, kw_only=True)
class Reference:
    """One layer, read as it is when the edit begins."""

    document: str
    layer: str  # the host's id
    name: str

    @property
    def key(self) -> str:
        """Unique among all references."""
        return f"{self.document}/{self.layer}"


References: TypeAlias = tuple[Reference, ...]


def added(references: References, reference: Reference) -> References:
    """With one more, unless it is there."""
    return references if reference in references else (*references, reference)


def removed(references: References, key: str) -> References:
    """Without one."""
    return tuple(reference for reference in references if reference.key != key)


def of_document(references: References, document: str) -> References:
    """Those of one document: another one's layers are not read for it."""
    return tuple(reference for reference in references if reference.document == document)
