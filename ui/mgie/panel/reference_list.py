"""What the artist does with reference pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mgie.panel.state import references as reference_list
from mgie.panel.state.references import Reference

if TYPE_CHECKING:
    from mgie.panel.session import Session


class ReferenceList:
    """The reference pictures of a session."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add_layer(self) -> None:
        """Let the active layer be a reference picture of the edits of its document."""
        state = self._session.state
        target = state.host.target
        if target is not None and target.layer:
            fresh = Reference(document=target.document, layer=target.layer, name=target.layer_name)
            self._session.update(references=reference_list.added(state.references, fresh), failure=None)

    def remove(self, key: str) -> None:
        """It is no reference any more; the layer stays."""
        self._session.update(references=reference_list.removed(self._session.state.references, key))
