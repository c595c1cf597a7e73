"""A file that holds only a painter's denoiser, and where the other parts of the model come from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mgie.editors.kind import Kind, SingleFiles
from mgie.editors.source_folder import SourceFolder, kinds
from mgie.editors.table import kind_named
from mgie.errors import BadCheckpoint, BadParts
from mgie.weights.installed import installed_models
from mgie.weights.manifest import MANIFEST_NAME, TOKENIZER_PART, Manifest, read_manifest
from mgie.weights.sources import published_models

if TYPE_CHECKING:  # loads torch
    from mgie.weights.convert import SourceFiles
    from mgie.weights.tensor_files import LazyTensor

_DENOISER = "transformer."


@dataclass(frozen=True, kw_only=True)
class SingleFile:
    """One file of weights that was looked into, not yet loaded."""

    path: Path
    kind_name: str
    tensors: Mapping[str, LazyTensor]  # of the denoiser, by diffusers' keys
    has_marker: bool = False  # see `SingleFiles.marker`

    @classmethod
    def read(cls, path: Path) -> SingleFile:
        """Find out whose denoiser it is. Raises BadCheckpoint where no kind takes such a file."""
        from mgie.weights.single_file import open_single_file

        tensors = open_single_file(path)
        for kind in kinds():
            layout = kind.single_files
            if layout is None:
                continue
            name = _name_of(kind)
            if all(mark in tensors for mark in layout.library_marks):
                has_marker = tensors.pop(layout.marker, None) is not None
                return cls(path=path, kind_name=name, tensors=tensors, has_marker=has_marker)
            if all(mark in tensors for mark in layout.marks):
                return cls(path=path, kind_name=name, tensors=_converted(layout, tensors))
        titles = ", ".join(kind.single_files.title for kind in kinds() if kind.single_files)
        raise BadCheckpoint(
            f"{path.name} holds no denoiser that this version knows; it can be that of {titles}"
        )

    @property
    def kind(self) -> Kind[Any]:
        """The kind of editor."""
        return kind_named(self.kind_name)

    @property
    def layout(self) -> SingleFiles[Any]:
        """What is known of such files."""
        layout = self.kind.single_files
        assert layout is not None, "a single file was read for a kind that takes some"
        return layout


@dataclass(frozen=True, kw_only=True)
class OtherParts:
    """Autoencoder, text encoders and tokenizers for a denoiser."""

    folder: Path  # of an installed model, or as a repository has it
    config: Any
    license: str
    manifest: Manifest | None  # of an installed model

    @classmethod
    def find(
        cls, file: SingleFile, chosen: str, models_dir: Path | None = None, *, takes_folders: bool = True
    ) -> OtherParts:
        """Those of the chosen model or folder; chosen "": those that all installed models of the kind share.

        takes_folders: what is chosen may also be a folder.
        Raises BadParts saying what is lacking and where it can be had.
        """
        found = cls._find(file, chosen, models_dir, takes_folders)
        if not file.has_marker or file.layout.fit_to_marker is None:
            return found
        return replace(found, config=file.layout.fit_to_marker(found.config))

    @classmethod
    def _find(cls, file: SingleFile, chosen: str, models_dir: Path | None, takes_folders: bool) -> OtherParts:
        same = [
            model
            for model in installed_models(models_dir)
            if model.manifest is not None and model.manifest.kind == file.kind_name
        ]
        if not chosen and len({_other_files(model.manifest) for model in same}) == 1:
            return cls._installed(same[0].folder)
        if not chosen:
            raise BadParts(_lacking(file, [model.name for model in same]))
        for model in same:
            if model.name == chosen:
                return cls._installed(model.folder)
        names = ", ".join(model.name for model in same) or "none"
        if not takes_folders:
            raise BadParts(f"{chosen!r} is no installed {file.layout.title} (installed: {names})")
        folder = Path(chosen).expanduser()
        if (folder / MANIFEST_NAME).is_file():
            found = cls._installed(folder)
        elif folder.is_dir():
            source = SourceFolder.read(folder)
            found = cls(folder=folder, config=source.config, license=source.license, manifest=None)
        else:
            raise BadParts(
                f"{chosen!r} is neither a folder nor an installed {file.layout.title} (installed: {names})"
            )
        if found.config.kind != file.kind_name:
            raise BadParts(f"{chosen} is of kind {found.config.kind}, {file.path.name} of {file.kind_name}")
        return found

    @classmethod
    def _installed(cls, folder: Path) -> OtherParts:
        manifest = read_manifest(folder)
        config = kind_named(manifest.kind).read_config(manifest.config)
        return cls(folder=folder, config=config, license=manifest.license, manifest=manifest)


def files_of(file: SingleFile, parts: OtherParts) -> SourceFiles[Any]:
    """The file with the other parts as one source to import; their config is the model's."""
    if parts.manifest is None:
        files: Any = file.kind.source_files(parts.folder, parts.config)
        return replace(files, transformer=file.tensors)
    return _WithInstalled(file=file, folder=parts.folder, manifest=parts.manifest)


@dataclass(frozen=True, kw_only=True)
class _WithInstalled:
    """A denoiser from a file, everything else from an installed model."""

    file: SingleFile
    folder: Path
    manifest: Manifest

    @property
    def kind(self) -> str:
        """What these files make."""
        return self.file.kind_name

    def tensors(self, config: Any) -> list[LazyTensor]:
        """Every tensor of the model under our key."""
        from mgie.weights.checkpoint import check_keys, open_model_tensors, stored_names
        from mgie.weights.key_matching import match_keys
        from mgie.weights.source_keys import Rule

        networks = self.file.layout.empty_networks(config)
        shapes = {key: tuple(tensor.shape) for key, tensor in networks.state_dict().items()}
        wanted = {key for key in stored_names(networks).values() if not key.startswith(_DENOISER)}
        others = {
            key: tensor
            for key, tensor in open_model_tensors(self.folder, self.manifest).items()
            if not key.startswith(_DENOISER)
        }
        check_keys(self.folder, {key: shapes[key] for key in sorted(wanted)}, others)
        for name in [name for name, _ in networks.named_children() if f"{name}." != _DENOISER]:
            delattr(networks, name)
        rules = (Rule(_DENOISER, "transformer", ""),)
        return [*match_keys({"transformer": dict(self.file.tensors)}, networks, rules), *others.values()]

    def tokenizer_files(self, config: Any) -> Sequence[Path]:
        """Those of the installed model."""
        return [self.folder / file.path for file in self.manifest.files if file.part == TOKENIZER_PART]


def _other_files(manifest: Manifest | None) -> frozenset[object]:
    """What a model has beside its denoiser, and its shape, to be compared."""
    assert manifest is not None, "models without a manifest are left out"
    files = {(file.part, file.sha256) for file in manifest.files if f"{file.part}." != _DENOISER}
    return frozenset(files | {("config", repr(manifest.config))})


def _converted(layout: SingleFiles[Any], tensors: dict[str, LazyTensor]) -> dict[str, LazyTensor]:
    """The makers' keys as diffusers', by its own converter."""
    from diffusers.loaders.single_file_model import SINGLE_FILE_LOADABLE_CLASSES

    from mgie.weights.row_tracing import convert_rows

    convert: Any = SINGLE_FILE_LOADABLE_CLASSES[layout.library_class]["checkpoint_mapping_fn"]
    repeats = 1
    if layout.converter_width is not None:
        key, num_rows = layout.converter_width
        found = tensors[key].shape[0] if key in tensors and tensors[key].shape else 0
        if not found or num_rows % found:
            raise BadCheckpoint(f"{key} has {found} rows; a {layout.title} has {num_rows}")
        repeats = num_rows // found
    return convert_rows(tensors, lambda rows: convert(rows), repeats=repeats)


def _lacking(file: SingleFile, installed: Sequence[str]) -> str:
    """What such a file does not hold, with sizes, and what to do."""
    config = next(iter(file.kind.presets.values()))
    parts = file.layout.empty_networks(config).named_children()
    sizes = [
        f"{name} ({2 * sum(value.numel() for value in part.parameters()) / 1e9:.1f} GB)"
        for name, part in parts
        if f"{name}." != _DENOISER
    ]
    choice = f"name one of {', '.join(installed)}" if installed else "name an installed model of this kind"
    published = next((model for model in published_models() if model.kind == file.kind_name), None)
    hub = published.parts[0].mirrors[0].hub if published else None
    folder = f"the folder of its repository{f' ({hub})' if hub else ''}, which may lack the transformer"
    return (
        f"{file.path.name} holds only the transformer of a {file.layout.title}; it lacks {', '.join(sizes)} "
        f"and the tokenizers: {choice}, or {folder}, with `mgie models import FILE --parts ...`"
    )


def _name_of(kind: Kind[Any]) -> str:
    return next(iter(kind.presets.values())).kind
