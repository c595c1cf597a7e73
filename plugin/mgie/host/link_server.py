"""All links of one host: who is connected, whose preview is whose, and what changed since the last look."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from mgie.api.rect import Rect
from mgie.host.adapter import Adapter, AdapterPreview, Peer
from mgie.host.errors import HostError
from mgie.host.session import Session
from mgie.host.types import (
    HostEvent,
    HostInfo,
    HostMask,
    HostPicture,
    HostState,
    Invoked,
    PreviewLost,
    PreviewSaved,
    StateChanged,
    refuse,
)

MAX_PANELS = 8  # links that showed the token
MAX_STRANGERS = 64  # links that have not yet; the oldest makes room for a new one
log = logging.getLogger(__name__)


@dataclass
class OwnedPreview:
    """A preview layer and the panel that draws on it; without owner when a lost panel had it kept."""

    preview: AdapterPreview
    owner: Session | None
    keep: bool


class LinkServer:
    """Shares one adapter among the panels of a host. Everything runs on the host's main thread."""

    def __init__(self, adapter: Adapter, token: str, clock: Callable[[], float] = time.monotonic) -> None:
        self.adapter = adapter
        self.token = token
        self._clock = clock
        self._sessions: list[Session] = []
        self._previews: dict[str, OwnedPreview] = {}
        self._num_previews = 0
        self._last_state: HostState | None = None
        self._uninvoked: Invoked | None = None  # chosen in the menu before a panel listened

    @property
    def has_panel(self) -> bool:
        """Whether a panel listens."""
        return any(session.role == "panel" for session in self._sessions)

    def open_session(self, peer: Peer) -> Session:
        """A session for a new connection."""
        strangers = [session for session in self._sessions if not session.role]
        if len(strangers) >= MAX_STRANGERS:
            strangers[0].end()
        session = Session(self, peer, self._clock)
        self._sessions.append(session)
        return session

    def admit(self) -> None:
        """A link showed the token. HOST_BUSY when as many as are allowed did before."""
        if sum(bool(session.role) for session in self._sessions) >= MAX_PANELS:
            raise HostError("HOST_BUSY", f"{MAX_PANELS} panels are connected already")

    def forget(self, session: Session) -> None:
        """A link ended: remove its previews, except those it asked to keep."""
        if session in self._sessions:
            self._sessions.remove(session)
        for name, owned in list(self._previews.items()):
            if owned.owner is session and owned.keep:
                owned.owner = None
            elif owned.owner is session:
                try:
                    self.drop_preview(name)
                except Exception:  # the host's own API raises what it likes; the others still go
                    log.exception("a preview could not be removed")

    def info(self) -> HostInfo:
        """The adapter's, with the previews that wait for a panel."""
        kept = tuple(name for name, owned in self._previews.items() if owned.owner is None)
        return replace(self.adapter.info(), kept_previews=kept)

    def invoke(self, event: Invoked) -> bool:
        """Pass on what the artist chose in the menu; False when a panel must be started to hear it."""
        if self.has_panel:
            self.broadcast(event)
            return True
        self._uninvoked = event
        return False

    def greeted(self, session: Session) -> None:
        """A link showed the token: tell it where the artist stands."""
        session.notify(StateChanged(state=self.adapter.state()))
        if session.role == "panel" and self._uninvoked is not None:
            event, self._uninvoked = self._uninvoked, None
            session.notify(event)

    def broadcast(self, event: HostEvent) -> None:
        """Tell every panel."""
        for session in list(self._sessions):
            session.notify(event)

    def end(self) -> None:
        """The host is about to close: previews go, links end."""
        for session in list(self._sessions):
            session.end(HostError("LINK_LOST", "the program is closing"))
        for name in list(self._previews):
            self.drop_preview(name)

    def poll(self) -> None:
        """Report what changed; adapters call this a few times a second, because hosts have few events."""
        for session in list(self._sessions):
            session.check()
        if not any(session.role for session in self._sessions):
            return
        state = self.adapter.state()
        if state != self._last_state:
            self._last_state = state
            self.broadcast(StateChanged(state=state))
        for name in list(self._previews):
            if self._check_alive(name):
                self._check_saved(name)

    def begin_preview(
        self,
        session: Session,
        *,
        document: str,
        rect: Rect,
        mask: HostMask | None,
        name: str,
        keep: bool,
        above: str,
    ) -> str:
        """Make a preview layer that belongs to `session`."""
        if mask is not None and not rect.contains(mask.rect):
            raise refuse("the mask of a preview reaches outside its rectangle")
        return self._own(self.adapter.begin_preview(document, rect, mask, name, above), session, keep)

    def begin_overlay(self, session: Session, *, document: str, rect: Rect, above: str) -> str:
        """Show a picture on the canvas that belongs to `session`; it goes by the same calls as a preview."""
        return self._own(self.adapter.begin_overlay(document, rect, above), session, False)

    def _own(self, preview: AdapterPreview, session: Session, keep: bool) -> str:
        self._num_previews += 1
        key = f"preview-{self._num_previews}"
        self._previews[key] = OwnedPreview(preview, session, keep)
        return key

    def push_preview(self, name: str, picture: HostPicture) -> None:
        """Show pixels on a preview layer that is still there."""
        if name not in self._previews or not self._check_alive(name):
            raise HostError("PREVIEW_GONE", "the preview layer is no longer in the document")
        owned = self._previews[name]
        if not owned.preview.rect.contains(picture.rect):
            raise refuse("a preview picture reaches outside its layer")
        owned.preview.push(picture)

    def drop_preview(self, name: str) -> None:
        """Remove a preview layer; fine when it is gone."""
        if name in self._previews and self._previews[name].preview.is_alive():
            self._check_saved(name)
            self._previews[name].preview.drop()
        self._previews.pop(name, None)

    def _check_alive(self, name: str) -> bool:
        """Whether a preview layer is still there; a `PreviewLost` goes to its owner once when it is not."""
        owned = self._previews[name]
        if owned.preview.is_alive():
            return True
        del self._previews[name]
        if owned.owner is not None:
            owned.owner.notify(PreviewLost(preview=name, reason="PREVIEW_GONE"))
        return False

    def _check_saved(self, name: str) -> None:
        """Tell a preview's owner where a file was written with it."""
        owned = self._previews[name]
        if owned.preview.was_saved() and owned.owner is not None:
            owned.owner.notify(PreviewSaved(preview=name))
