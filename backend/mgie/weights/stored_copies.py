"""`StoredCopies`: what `mgie models quantize` made of a model, for the day its memory plan needs it.

A copy lies beside the model it was made from and names its digest. Its layers are mapped, not read, so taking
them costs neither time nor memory before they are used.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path

from torch import Tensor

from mgie.errors import MgieError
from mgie.model.quantized import QuantizedPrecision
from mgie.weights.checkpoint import open_model_tensors
from mgie.weights.manifest import MANIFEST_NAME, check_sizes, read_manifest
from mgie.weights.tensor_files import LazyTensor

log = logging.getLogger(__name__)

_PARTS = ("weight", "scale", "offset")  # of a quantised layer; its bias is that of the model


class StoredCopies:
    """The quantised copies of one model folder, looked for when they are first asked for."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._found: dict[QuantizedPrecision, Mapping[str, LazyTensor]] = {}

    def __call__(self, layer: str, precision: QuantizedPrecision) -> Mapping[str, Tensor] | None:
        """See `StoredLayers`."""
        if precision not in self._found:
            self._found[precision] = self._open(precision)
        tensors = self._found[precision]
        state = {part: tensors[f"{layer}.{part}"].load() for part in _PARTS if f"{layer}.{part}" in tensors}
        return state or None

    def _open(self, precision: QuantizedPrecision) -> Mapping[str, LazyTensor]:
        """The tensors of the copy in a precision; nothing where there is none."""
        digest = read_manifest(self._folder).digest
        for path in sorted(self._folder.parent.glob(f"*/{MANIFEST_NAME}")):
            try:
                manifest = read_manifest(path.parent)
                if manifest.made_from != digest or manifest.config.get("quantized") != precision:
                    continue
                check_sizes(path.parent, manifest)
                tensors = open_model_tensors(path.parent, manifest)
            except MgieError as error:  # a broken neighbour is not this model's trouble
                log.warning("stored copy left aside: %s", error)
                continue
            log.info("stored copy model=%s precision=%s", manifest.name, precision)
            return tensors
        return {}
