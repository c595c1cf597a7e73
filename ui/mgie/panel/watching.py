"""Watching a session for as long as a widget lives."""

from __future__ import annotations

import weakref
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PyQt6.QtCore import QObject

    from mgie.panel.session import Observer, Session


def watch(session: Session, observer: Observer, owner: QObject) -> None:
    """Call `observer` with every state, from the present one on, until `owner` is destroyed.

    Either may go first: the session may outlive its window, as what the links have sent is delivered after
    it is gone, and both may be collected together.
    """
    session.subscribe(observer)
    owner.destroyed.connect(partial(_leave, weakref.ref(session), observer))


def _leave(session: weakref.ref[Session], observer: Observer) -> None:
    if (found := session()) is not None:
        found.unsubscribe(observer)
