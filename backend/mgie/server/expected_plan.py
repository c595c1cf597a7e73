"""What a model would be loaded as, said before it is loaded."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mgie.editors.table import kind_named
from mgie.errors import MgieError
from mgie.model.load_options import WORKSPACE_BYTES, LoadOptions
from mgie.server.model_registry import LOADING, ModelRegistry, parts_of
from mgie.weights.manifest import Manifest, read_manifest

if TYPE_CHECKING:
    from mgie.model.memory_plan import MemoryPlan


@dataclass(frozen=True, kw_only=True)
class ExpectedPlan:
    """By the sizes in the manifests' configs and the memory that is free now."""

    text: str  # of a writer and a painter, both plans
    needed_bytes: int  # of the device, about


def expected_plan(
    registry: ModelRegistry, name: str, options: LoadOptions, *, spare_bytes: int = 0
) -> ExpectedPlan | None:
    """Of a model, or of a writer and a painter. Imports torch where a plan can be said.

    spare_bytes: of the device that would be freed before the model is loaded. None for a kind without plans,
    for a model that cannot be loaded, and while one is being loaded.
    """
    if not LOADING.acquire(blocking=False):
        return None
    try:
        return _expected(
            [read_manifest(registry.folder(part)) for part in parts_of(name)], options, spare_bytes
        )
    except MgieError:
        return None  # loading will say what is wrong
    finally:
        LOADING.release()


def _expected(manifests: list[Manifest], options: LoadOptions, spare_bytes: int) -> ExpectedPlan | None:
    kinds = [kind_named(manifest.kind) for manifest in manifests]
    if any(kind.memory_plan is None for kind in kinds):
        return None
    from mgie.editors.devices import best_device

    if options.device == "auto":
        options = replace(options, device=best_device())
    plans: list[MemoryPlan] = []
    weights_bytes = 0  # of those before: the writer is there when the painter is loaded
    for manifest, kind in zip(manifests, kinds, strict=True):
        assert kind.memory_plan is not None
        config = kind.read_config(manifest.config)
        plans.append(kind.memory_plan(manifest.name, config, options, spare_bytes - weights_bytes))
        weights_bytes += max(0, plans[-1].num_bytes - WORKSPACE_BYTES)
    return ExpectedPlan(text="; ".join(map(str, plans)), needed_bytes=weights_bytes + WORKSPACE_BYTES)
