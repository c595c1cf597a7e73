"""The artist's own presets and instruction templates."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from mgie.api.compose_options import ComposeOptions
from mgie.api.options import Options, OptionValue
from mgie.panel.state.settings import OWN_PREFIX, Settings

BLANK = re.compile(r"\[[^\[\]\n]{1,60}\]")  # of a template: "[the sky]", to be written over
MAX_NAME = 60  # characters


@dataclass(frozen=True, kw_only=True)
class OwnPreset:
    """Settings under a name of the artist's own."""

    name: str
    options: Options = field(default_factory=dict[str, OptionValue])  # those set by hand
    compose: ComposeOptions = field(default_factory=ComposeOptions)
    num_variations: int = 1


@dataclass(frozen=True, kw_only=True)
class Template:
    """An instruction with blanks."""

    name: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Library:
    """Both, in the order of their names."""

    presets: tuple[OwnPreset, ...] = ()
    templates: tuple[Template, ...] = ()

    def with_preset(self, preset: OwnPreset) -> Library:
        """Put one in, in the place of one of the same name."""
        others = tuple(p for p in self.presets if p.name != preset.name)
        return replace(self, presets=tuple(sorted((*others, preset), key=lambda p: p.name.casefold())))

    def without_preset(self, name: str) -> Library:
        """Take one out."""
        return replace(self, presets=tuple(p for p in self.presets if p.name != name))

    def with_template(self, template: Template) -> Library:
        """Put one in, in the place of one of the same name."""
        others = tuple(t for t in self.templates if t.name != template.name)
        return replace(self, templates=tuple(sorted((*others, template), key=lambda t: t.name.casefold())))

    def without_template(self, name: str) -> Library:
        """Take one out."""
        return replace(self, templates=tuple(t for t in self.templates if t.name != name))

    def preset(self, name: str) -> OwnPreset | None:
        """One of them."""
        return next((p for p in self.presets if p.name == name), None)


def preset_of(settings: Settings, name: str) -> OwnPreset:
    """The settings as they are, under a name."""
    return OwnPreset(
        name=clean_name(name),
        options=dict(settings.options),
        compose=settings.compose,
        num_variations=settings.num_variations,
    )


def with_own_preset(settings: Settings, preset: OwnPreset) -> Settings:
    """The settings that a preset holds; model, seed and layers stay."""
    return replace(
        settings,
        preset=OWN_PREFIX + preset.name,
        options=preset.options,
        compose=preset.compose,
        num_variations=preset.num_variations,
    )


def clean_name(name: str) -> str:
    """A name on one line, not too long."""
    return " ".join(name.split())[:MAX_NAME]


def first_blank(text: str) -> tuple[int, int] | None:
    """Where the first blank of an instruction begins and ends; None without one."""
    found = BLANK.search(text)
    return found.span() if found else None
