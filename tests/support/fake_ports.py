"""Ports that only write down what the session asked of them, and small values to feed it with."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from mgie.api.edit import EditResult
from mgie.api.models import Model
from mgie.api.options import OptionSchema, Preset
from mgie.api.pixel_blobs import PictureBlob, PictureSpec
from mgie.api.rect import Rect
from mgie.api.system import EstimateRequest
from mgie.client.connection import ConnectionStatus, Link
from mgie.host.types import HostMask, HostPicture, LayerInfo, PixelFormat
from mgie.panel.ports import ModelWork, Order, Read
from mgie.panel.state.job import FinishedResult, Job
from mgie.panel.state.pictures import Frame, ResultPicture
from mgie.panel.state.regions import Region
from mgie.panel.state.target import HostStatus, Target

RGB = PixelFormat(sample="u8", channels="rgb")
PLACE = Rect(x=2, y=3, width=4, height=2)
FRAME = Frame(width=4, height=2, rgb=bytes(24), place=PLACE)
PICTURE = HostPicture(rect=PLACE, format=RGB, pixels=bytes(24))
READ = Read(picture=PICTURE, mask=HostMask(rect=PLACE, coverage=bytes([255]) * 8), before=FRAME)
TARGET = Target(
    document="doc", document_name="garden.xcf", width=40, height=30, layer="1", layer_name="photo"
)
CONNECTED = HostStatus(name="GIMP", version="3.0.4", is_connected=True, target=TARGET)
STEPS = OptionSchema(
    name="num_inference_steps", type="integer", default_value=3, minimum=1, maximum=1000, label="Steps"
)
GUIDANCE = OptionSchema(
    name="guidance_scale",
    type="number",
    default_value=7.5,
    minimum=1,
    maximum=50,
    label="Guidance",
    low_label="gentle",
    high_label="literal",
)
MODEL = Model(
    name="models/scripted",
    kind="scripted",
    is_default=True,
    options=(STEPS, GUIDANCE),
    presets=(Preset(name="quick", label="Quick", options={"num_inference_steps": 1}),),
)
READY = ConnectionStatus(link=Link.READY, models=(MODEL,))


def result(index: int = 0) -> ResultPicture:
    """A finished picture."""
    raw = PictureSpec(rect=PLACE, sample_type="u8", channels="rgb")
    described = EditResult(index=index, seed=7 + index, picture=PictureBlob(blob_digest="0" * 64, raw=raw))
    return ResultPicture(edit_result=described, picture=PICTURE, frame=FRAME)


def layers(*ids: str, opacity: float = 1.0) -> list[LayerInfo]:
    """What a document holds."""
    return [LayerInfo(id=n, name=n, kind="paint", rect=PLACE, opacity=opacity) for n in ids]


class NotedBackend:
    """A backend that never answers by itself."""

    def __init__(self) -> None:
        self.created: list[tuple[str, tuple[Order, ...]]] = []
        self.revised: list[tuple[str, str]] = []
        self.kept: list[str] = []
        self.stopped: list[str] = []
        self.resumed: list[tuple[str, str, int]] = []
        self.sampled: list[Job] = []
        self.questions: list[EstimateRequest] = []
        self.num_starts = 0
        self.num_lists = 0
        self.looked_at: list[str] = []
        self.servers_used: list[tuple[str, str, str]] = []
        self.model_work: list[ModelWork] = []
        self.stopped_work: list[str] = []

    def create(self, key: str, orders: Sequence[Order]) -> None:
        self.created.append((key, tuple(orders)))

    def estimate(self, question: EstimateRequest) -> None:
        self.questions.append(question)

    def sample(self, job: Job) -> None:
        self.sampled.append(job)

    def resume(self, job: Job, edit: str, sequence: int) -> None:
        self.resumed.append((job.key, edit, sequence))

    def revise(self, job: str, text: str) -> None:
        self.revised.append((job, text))

    def keep(self, job: str) -> None:
        self.kept.append(job)

    def stop(self, job: str) -> None:
        self.stopped.append(job)

    def start_backend(self) -> None:
        self.num_starts += 1

    def look_at_server(self, address: str) -> None:
        self.looked_at.append(address)

    def use_server(self, address: str, token: str, fingerprint: str) -> None:
        self.servers_used.append((address, token, fingerprint))

    def list_models(self) -> None:
        self.num_lists += 1

    def work_on_model(self, work: ModelWork) -> None:
        self.model_work.append(work)

    def stop_model_work(self, operation: str) -> None:
        self.stopped_work.append(operation)


class NotedHost:
    """A host that never answers by itself."""

    def __init__(self) -> None:
        self.reads: list[tuple[str, tuple[Job, ...], tuple[Region, ...]]] = []
        self.pushed: list[tuple[str, Frame]] = []
        self.dropped: list[str] = []
        self.placed: list[tuple[tuple[FinishedResult, ...], Target]] = []
        self.saved: list[tuple[str, Path]] = []
        self.captures: list[str] = []
        self.notes: list[tuple[str, str]] = []
        self.selections: list[str] = []  # keys of jobs whose selection was asked for
        self.records: list[tuple[str, Path]] = []
        self.change_maps: list[str] = []
        self.selected_maps: list[str] = []
        self.chosen_document = ""
        self.watched: tuple[str, ...] = ()
        self.taken_back: list[tuple[str, ...]] = []
        self.brought_back: list[tuple[str, ...]] = []
        self.scaled: list[tuple[str, HostPicture, float]] = []
        self.opacities: list[tuple[str, float, float | None]] = []

    def read(self, key: str, jobs: Sequence[Job], regions: Sequence[Region]) -> None:
        self.reads.append((key, tuple(jobs), tuple(regions)))

    def scale(self, result: FinishedResult, before: HostPicture, amount: float) -> None:
        self.scaled.append((result.key, before, amount))

    def push_preview(self, job: Job, frame: Frame) -> None:
        self.pushed.append((job.key, frame))

    def drop_previews(self, jobs: Sequence[str]) -> None:
        self.dropped.extend(jobs)

    def place(self, results: Sequence[FinishedResult], target: Target) -> None:
        self.placed.append((tuple(results), target))

    def choose_document(self, document: str) -> None:
        self.chosen_document = document

    def take_back(self, results: Sequence[FinishedResult]) -> None:
        self.taken_back.append(tuple(k.key for k in results))

    def bring_back(self, results: Sequence[FinishedResult]) -> None:
        self.brought_back.append(tuple(k.key for k in results))

    def set_opacity(self, result: FinishedResult, opacity: float, since: float | None) -> None:
        self.opacities.append((result.layer, opacity, since))

    def watch_layers(self, documents: Sequence[str]) -> None:
        self.watched = tuple(documents)

    def save(self, result: FinishedResult, path: Path) -> None:
        self.saved.append((result.key, path))

    def capture_selection(self, key: str, target: Target) -> None:
        self.selections.append(key)

    def read_note(self, document: str, layer: str) -> None:
        self.notes.append((document, layer))

    def place_change_map(self, result: FinishedResult) -> None:
        self.change_maps.append(result.key)

    def select_change_map(self, result: FinishedResult) -> None:
        self.selected_maps.append(result.key)

    def save_record(self, result: FinishedResult, path: Path) -> None:
        self.records.append((result.key, path))

    def capture_region(self, target: Target) -> None:
        self.captures.append(target.document)

    def list_regions(self, target: Target, *, layers: bool) -> None:
        self.captures.append(f"{target.document} {'layers' if layers else 'selections'}")
