"""Where a picture came from: a record of every edit as data, as JSON, and as the XMP packet a file carries.

The packet also holds IPTC's DigitalSourceType, so that other programs can tell that a model took part.
"""

from __future__ import annotations

import base64
import hashlib
import importlib.metadata
import json
import platform
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, get_type_hints

import imagecodecs
import numpy as np

from mgie.api.picture import Coverage, Picture
from mgie.api.rect import Rect
from mgie.api.text import clean_text
from mgie.errors import BadData

FORMAT = 1
PACKAGES = ("mgie", "torch", "diffusers", "transformers", "numpy", "scipy", "pillow")


@dataclass(frozen=True, kw_only=True)
class EditRecord:
    """One edit of one region: everything needed to do it again."""

    instruction: str  # the artist's words
    expressive_instruction: str  # what the language model wrote, "" when it was not asked
    corrected_instruction: str | None  # what the artist made of it, None when left as it was
    seed: int
    model: str
    model_digest: str  # SHA-256, hex
    sampling: dict[str, Any]  # fields of SamplingOptions
    compose: dict[str, Any]  # fields of ComposeOptions
    rect: tuple[int, int, int, int]  # canvas coordinates: x, y, width, height
    group: int = 0  # which of the regions of the picture, in the order in which they landed
    mask_png: str = ""  # base64 of an 8-bit gray PNG, "" when the whole rectangle was selected
    report: dict[str, Any]  # drift, seam, changed pixels

    @property
    def text_used(self) -> str:
        """What the edit was made from."""
        return (
            self.expressive_instruction if self.corrected_instruction is None else self.corrected_instruction
        )


@dataclass(frozen=True, kw_only=True)
class Provenance:
    """All edits between an input and an output picture."""

    input_name: str  # file name without folder
    input_digest: str  # SHA-256 over the pixels, see `pixel_digest`
    output_digest: str
    file_digest: str = ""  # of the pixels as the file holds them, "" where that is `output_digest`
    versions: dict[str, str]  # of the packages that took part, the device, the memory plan
    edits: tuple[EditRecord, ...]
    earlier: tuple[Provenance, ...] = ()  # of the edits that had led to the input, oldest first

    def to_json(self) -> str:
        """One line of JSON, valid Unicode whatever the texts hold."""
        values = {"format": FORMAT, **asdict(self)}
        if not self.earlier:
            del values["earlier"]
        text = json.dumps(values, ensure_ascii=False, sort_keys=True)
        return text if clean_text(text) == text else json.dumps(values, sort_keys=True)


def make_edit_record(
    *,
    instruction: str,
    written: str,
    corrected: str | None,
    seed: int,
    model: str,
    model_digest: str,
    sampling: dict[str, Any],
    compose: dict[str, Any],
    rect: Rect,
    mask: Coverage | None,
    report: dict[str, Any],
    group: int = 0,
) -> EditRecord:
    """The record of an edit; the one place where it is made.

    written: what the language model wrote, "" when the artist's text came before it; corrected: the text the
    artist put in its place, None where there is none. mask: (rect.height, rect.width) or None.
    """
    return EditRecord(
        instruction=clean_text(instruction),
        expressive_instruction=clean_text(written),
        corrected_instruction=None if corrected is None else clean_text(corrected),
        seed=seed,
        model=model,
        model_digest=model_digest,
        sampling=sampling,
        compose=compose,
        rect=(rect.x, rect.y, rect.width, rect.height),
        group=group,
        mask_png=encode_mask(mask),
        report=report,
    )


def make_provenance(
    *,
    input_name: str,
    source: Picture,
    result: Picture,
    edits: tuple[EditRecord, ...],
    device: str,
    memory_plan: str = "",
) -> Provenance:
    """The record of everything between two pictures; the one place where it is made.

    memory_plan: how the model was loaded, for people; "" where the editor does not say.
    """
    computed = {"device": device} | ({"memory_plan": memory_plan} if memory_plan else {})
    return Provenance(
        input_name=clean_text(input_name),
        input_digest=pixel_digest(source),
        output_digest=pixel_digest(result),
        versions={**versions(), **computed},
        edits=edits,
    )


def versions() -> dict[str, str]:
    """Of everything that can change a pixel."""
    found = {"python": platform.python_version(), "machine": platform.machine()}
    for package in PACKAGES:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            found[package] = "unknown"
    return found


def from_json(text: str) -> Provenance:
    """Read a record; `BadData` for anything else."""
    try:
        values = json.loads(text)
        if not isinstance(values, dict) or values.pop("format", None) != FORMAT:
            raise BadData(f"the edit record is not of format {FORMAT}; a newer version may read it")
        earlier = tuple(_provenance_from(record) for record in values.pop("earlier", ()))
        return replace(_provenance_from(values), earlier=earlier)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise BadData(f"the edit record is damaged ({error}); the picture cannot be reproduced") from error


def after(before: Provenance | None, provenance: Provenance) -> Provenance:
    """The record of an edit of a picture that carries a record itself."""
    if before is None:
        return provenance
    return replace(provenance, earlier=(*before.earlier, replace(before, earlier=()), *provenance.earlier))


def _provenance_from(values: dict[str, Any]) -> Provenance:
    edits = tuple(_edit_from(edit) for edit in values.pop("edits"))
    values.pop("earlier", None)
    return _checked(Provenance(**values, edits=edits))


def _edit_from(values: dict[str, Any]) -> EditRecord:
    x, y, width, height = (int(number) for number in values.pop("rect"))
    return _checked(EditRecord(**values, rect=(x, y, width, height)))


def _checked(record: Any) -> Any:
    """The record, when its plain fields have their types."""
    hints = get_type_hints(type(record))
    for field in fields(record):
        kind, value = hints[field.name], getattr(record, field.name)
        plain = {str: str, int: int, str | None: (str, type(None))}.get(kind)
        plain = plain or (dict if field.name in ("sampling", "compose", "report", "versions") else object)
        if not isinstance(value, plain):
            raise TypeError(f"{field.name} is {type(value).__name__}")
    return record


def pixel_digest(picture: Picture) -> str:
    """SHA-256 over type, shape and values of the pixels; metadata and compression do not matter."""
    digest = hashlib.sha256(f"{picture.pixels.dtype.name} {picture.pixels.shape}".encode())
    digest.update(np.ascontiguousarray(picture.pixels).data)
    return digest.hexdigest()


def encode_mask(mask: Coverage | None) -> str:
    """A mask as base64 PNG, "" for a plain rectangle."""
    if mask is None or mask.min() == 255:
        return ""
    room = mask.nbytes + mask.nbytes // 64 + 64 * mask.shape[0] + 4096  # of a thin, noisy one too
    png = imagecodecs.png_encode(np.ascontiguousarray(mask), level=9, out=room)
    return base64.b64encode(bytes(png)).decode()


def decode_mask(record: EditRecord) -> Coverage | None:
    """The mask of an edit, (height, width) of its rectangle; None when all of that was selected."""
    if not record.mask_png:
        return None
    try:
        mask = np.asarray(imagecodecs.png_decode(base64.b64decode(record.mask_png)))
    except (ValueError, RuntimeError) as error:
        raise BadData(f"the mask in the edit record is damaged ({error})") from error
    if mask.dtype != np.uint8 or mask.shape != (record.rect[3], record.rect[2]):
        raise BadData(f"the mask in the edit record is {mask.dtype} {mask.shape}, for {record.rect}")
    return mask


def record_values(value: Any) -> dict[str, Any]:
    """A flat frozen dataclass as JSON values."""
    return {field.name: getattr(value, field.name) for field in fields(value)}
