"""The page of models: what is there and to be had, the work on them, and what the artist is asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from mgie.api.failure import Failure
from mgie.api.models import Model, Operation
from mgie.api.system import Resources


@dataclass(frozen=True, kw_only=True)
class ModelPage:
    """What the page shows beside the installed models, which the connection reports."""

    is_open: bool = False
    available: tuple[Model, ...] = ()  # that can be installed, as last listed
    work: Mapping[str, Operation] = field(default_factory=dict[str, Operation])  # the newest, by model's id
    resources: Resources | None = None  # memory of the backend's machine, as last listed
    needed: Mapping[str, int] = field(default_factory=dict[str, int])  # bytes an edit takes, by model's id
    terms_of: str = ""  # id of the model whose terms are shown to be accepted
    folders: Mapping[str, str] = field(default_factory=dict[str, str])  # being imported, by model's id
    parts: Mapping[str, str] = field(default_factory=dict[str, str])  # whose parts those files take
    failure: Failure | None = None  # a call that did not reach the backend

    def models(self, installed: tuple[Model, ...]) -> tuple[Model, ...]:
        """Those that are here, then those that can be had, then folders that are being imported."""
        ids = {model.id for model in installed}
        wanted = tuple(model for model in self.available if model.id not in ids)
        ids |= {model.id for model in wanted}
        coming = tuple(
            Model(name=f"models/{name}", state="available", source=folder)
            for name, folder in self.folders.items()
            if name not in ids
        )
        return (*installed, *wanted, *coming)

    def running(self, model_id: str) -> Operation | None:
        """The work on a model that goes on."""
        work = self.work.get(model_id)
        return work if work is not None and work.state == "running" else None

    def failure_of(self, model_id: str) -> Failure | None:
        """Why the last work on a model failed."""
        work = self.work.get(model_id)
        return work.error if work is not None and work.state == "failed" else None

    def lacks_parts(self, model_id: str) -> bool:
        """Whether the artist is to say which model gives a single file its other parts."""
        failure = self.failure_of(model_id)
        return failure is not None and failure.reason == "MODEL_PARTS_LACKING" and model_id in self.folders

    def with_work(self, operation: Operation) -> ModelPage:
        """With a report of work on a model."""
        return replace(self, work={**self.work, operation.model.removeprefix("models/"): operation})

    def terms(self) -> str:
        """The terms that are shown."""
        model = next((model for model in self.available if model.id == self.terms_of), None)
        if model is not None:
            return model.terms
        failure = self.failure_of(self.terms_of)
        return failure.message if failure is not None else ""
