"""What the artist does with presets and templates of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mgie.panel.state.library import Library, Template, clean_name, preset_of, with_own_preset
from mgie.panel.state.settings import CUSTOM, OWN_PREFIX

if TYPE_CHECKING:
    from mgie.panel.session import Session


class OwnLibrary:
    """Kept, used, taken out."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def keep_preset(self, name: str) -> None:
        """Keep the settings as they are under a name."""
        if clean_name(name):
            settings = self._session.state.settings
            preset = preset_of(settings, name)
            self._session.update(
                library=self._library.with_preset(preset), settings=with_own_preset(settings, preset)
            )

    def use_preset(self, name: str) -> None:
        """Take the settings of one."""
        preset = self._library.preset(name)
        if preset is not None:
            self._session.choose_settings(with_own_preset(self._session.state.settings, preset))

    def delete_preset(self, name: str) -> None:
        """The settings stay as they are; only their name is gone."""
        settings = self._session.state.settings
        model = self._session.state.model
        if settings.preset == OWN_PREFIX + name and model is not None:
            settings = settings.with_preset(CUSTOM, model)
        self._session.update(library=self._library.without_preset(name), settings=settings)

    def keep_template(self) -> None:
        """Keep the instruction as a template; its first words are its name."""
        text = self._session.state.draft.instruction.strip()
        if text:
            template = Template(name=clean_name(text), text=text)
            self._session.update(library=self._library.with_template(template))

    def delete_template(self, name: str) -> None:
        """Take one out."""
        self._session.update(library=self._library.without_template(name))

    @property
    def _library(self) -> Library:
        return self._session.state.library
