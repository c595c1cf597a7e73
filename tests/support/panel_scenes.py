"""States of the panel worth looking at, made of a real photograph: for screenshots and for layout tests."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from mgie.api.events import Declined, Reading
from mgie.api.models import Model, Operation
from mgie.api.system import Estimate, Resources
from mgie.client.connection import ConnectionStatus, Link
from mgie.panel import pixels
from mgie.panel.state.draft import Draft
from mgie.panel.state.history import History
from mgie.panel.state.job import FinishedResult, Outcome
from mgie.panel.state.model_page import ModelPage
from mgie.panel.state.panel import PanelState
from mgie.panel.state.past import PastEdit
from mgie.panel.state.progress import Phase, Progress
from mgie.panel.state.queue import Waiting
from mgie.panel.state.references import Reference
from mgie.panel.state.regions import Region
from support.scene_parts import (
    BACKEND,
    BEFORE,
    HOST,
    MINI_MODEL,
    SELECTION,
    SETTINGS,
    TARGET,
    TEXT,
    WORDS,
    failure,
    frame,
    job,
    result_picture,
)

IDLE = PanelState(host=HOST, backend=BACKEND, settings=SETTINGS, history=History(entries=("add snow",)))
MINI = replace(  # as the shipped model describes itself: nothing to set, no variations
    IDLE,
    backend=replace(
        BACKEND,
        models=(
            replace(
                MINI_MODEL,
                options=tuple(replace(schema, is_hidden=True) for schema in MINI_MODEL.options),
                presets=(),
                varies_with_seed=False,
            ),
        ),
    ),
)
_ABOUT = Estimate(fits=True, seconds=7.6)  # as on a CPU
TYPED = replace(IDLE, draft=Draft(instruction=WORDS), forecast=_ABOUT)
WRITING = replace(
    TYPED,
    forecast=None,
    job=job(),
    before=BEFORE,
    edit=Progress(job="j", edit="e", phase=Phase.WRITING, text=TEXT[:71]),
)
SAMPLING = replace(
    WRITING,
    edit=Progress(
        job="j",
        edit="e",
        phase=Phase.SAMPLING,
        text=TEXT,
        step=12,
        num_steps=30,
        eta_s=7.4,
        previews={0: frame(1.15, 0.95, 0.7)},
    ),
)
HELD = replace(
    WRITING,
    draft=Draft(instruction=WORDS, text=TEXT.replace("left", "right"), is_corrected=True),
    settings=replace(SETTINGS, holds_before_sampling=True),
    edit=Progress(job="j", edit="e", phase=Phase.HELD, text=TEXT),
)
DONE = replace(
    SAMPLING,
    forecast=_ABOUT,
    edit=Progress(job="j", phase=Phase.DONE, text=TEXT, results=(result_picture(0, frame(1.2, 0.95, 0.65)),)),
    finished=(
        FinishedResult(
            job=job(),
            result=result_picture(0, frame(1.2, 0.95, 0.65)),
            outcome=Outcome.PLACED,
            layer="7",
            opacity=0.8,
            edit="e",
        ),
    ),
)
_Y, _X = np.ogrid[: DONE.edit.results[0].frame.height, : DONE.edit.results[0].frame.width]
_CHANGES = np.clip(64 - np.hypot(_X - 110, _Y - 70), 0, 64).astype(np.uint8).tobytes()
_MAPPED = replace(DONE.edit.results[0], changes=_CHANGES)
CHANGED = replace(DONE, edit=replace(DONE.edit, results=(_MAPPED,)))
UNDONE = replace(DONE, finished=(replace(DONE.finished[0], outcome=Outcome.UNDONE),))
_TINTS = ((1.2, 0.95, 0.65), (1.1, 1.0, 0.8), (1.3, 0.9, 0.6), (1.0, 0.9, 0.75))
_FOUR = job(settings=replace(SETTINGS, num_variations=4))
_RESULTS = tuple(result_picture(i, frame(*tint)) for i, tint in enumerate(_TINTS))
VARIATIONS = replace(
    TYPED,
    forecast=None,
    settings=_FOUR.settings,
    job=_FOUR,
    before=BEFORE,
    chosen=2,
    edit=Progress(job="j", phase=Phase.DONE, text=TEXT, results=_RESULTS),
    finished=tuple(FinishedResult(job=_FOUR, result=r, edit="e") for r in _RESULTS),  # all of them wait
)
ONE_PLACED = replace(  # and an edit that the backend does not know any more
    VARIATIONS,
    finished=tuple(
        FinishedResult(job=_FOUR, result=r, outcome=Outcome.PLACED if r.index == 0 else Outcome.WAITING)
        for r in _RESULTS
    ),
)
QUEUE = replace(
    SAMPLING,
    draft=Draft(instruction="darken the corners a little"),
    queue=tuple(
        Waiting(job=job(key=f"w{number}", instruction=words))
        for number, words in enumerate(
            ("warm it up", "more contrast, as in an old slide film", "add a vignette")
        )
    ),
)
QUEUE_HELD = replace(DONE, queue=QUEUE.queue, is_queue_held=True)
DECLINED = replace(
    WRITING,
    edit=Progress(
        job="j",
        phase=Phase.DECLINED,
        declined=Declined(
            message="mgie-mini changes light and colour; it cannot add a cup.",
            suggestions=("make the cup brighter", "make the wood darker"),
        ),
    ),
)
READINGS = replace(
    WRITING,
    edit=Progress(
        job="j",
        edit="e",
        phase=Phase.HELD,
        text=TEXT,
        readings=(
            Reading(text=TEXT, probability=0.6),
            Reading(text="The cup would stand in cool afternoon shade.", probability=0.4),
        ),
    ),
)
ERROR = replace(
    WRITING,
    edit=Progress(job="j", phase=Phase.FAILED, text=TEXT, failure=failure("GPU_OUT_OF_MEMORY")),
)
UNPLACED = replace(
    DONE,
    host=replace(HOST, target=replace(TARGET, document="other", document_name="garden.kra", selection=None)),
    finished=(
        FinishedResult(
            job=job(),
            result=result_picture(0, BEFORE),
            outcome=Outcome.UNPLACED,
            failure=failure("DOCUMENT_CLOSED"),
        ),
    ),
)
NO_BACKEND = replace(
    TYPED,
    forecast=None,
    backend=ConnectionStatus(link=Link.FAILED, failure=failure("BACKEND_NOT_STARTED")),
)
EMPTY = PanelState(
    host=replace(HOST, target=None, thumbnail=None), backend=ConnectionStatus(link=Link.STARTING)
)


def _region(key: str, name: str, instruction: str, progress: Progress | None) -> Region:
    return Region(
        key=key,
        document="d",
        name=name,
        bounds=SELECTION,
        instruction=instruction,
        progress=progress,
        source=key,
        job=job(key=key, instruction=instruction) if progress else None,
    )


BATCH = replace(
    TYPED,
    forecast=None,
    shows_regions=True,
    finished=(
        FinishedResult(
            job=job(key="a", instruction="paint the cup deep blue"),
            result=result_picture(0, frame(0.7, 0.9, 1.2)),
            outcome=Outcome.PLACED,
            layer="8",
        ),
    ),
    regions=(
        _region(
            "a",
            "Cup",
            "paint the cup deep blue",
            Progress(job="a", phase=Phase.DONE, text="The cup would be a deep blue."),
        ),
        _region(
            "b",
            "Table",
            "make the wood darker",
            Progress(job="b", phase=Phase.SAMPLING, step=12, num_steps=30, eta_s=7.4),
        ),
        _region(
            "c",
            "Spoon",
            "turn the spoon to gold",
            Progress(job="c", phase=Phase.FAILED, failure=failure("MASK_EMPTY")),
        ),
        _region("d", "Saucer with a very long name", "", None),
    ),
)

_PAST = tuple(
    PastEdit(
        key=f"p{number}/0",
        instruction=words,
        text=TEXT,
        settings=replace(SETTINGS, model="mgie-mini"),
        seed=7 + number,
        time_s=1_790_000_000.0 - 3600 * number,
        picture=pixels.small_frame(frame(*_TINTS[number % 4]), 72),
        is_starred=number == 1,
    )
    for number, words in enumerate(
        ("warm it up", "more contrast, as in an old slide film", "darken the corners")
    )
)
HISTORY = replace(DONE, past={"d": _PAST})
_KONTEXT = Model(
    name="models/flux-kontext-dev",
    kind="flux-kontext",
    state="available",
    license="FLUX.1-dev-Non-Commercial",
    source="FLUX.1 Kontext [dev]",
    num_bytes=33_800_000_000,
    abilities=("adds, replaces and removes things", "changes text in the picture"),
    writes_instruction=False,
    terms="For non-commercial purposes only.\nWhat you make with it may be used as the licence says.",
    needed_bytes=34_900_000_000,
)
_PAINTER = replace(_KONTEXT, name="models/my-painter", state="installed", num_bytes=4_300_000_000, terms="")
_WRITER = Model(
    name="models/qwen2.5-vl-7b",
    state="loaded",
    license="Apache-2.0",
    num_bytes=16_600_000_000,
    abilities=("sees the picture and writes what to change, for a painter",),
    paints=False,
)
_BROKEN = Model(
    name="models/old", state="broken", license="CC0-1.0", num_bytes=9, problem="unet.safetensors is missing"
)
_MODELS = replace(BACKEND, models=(*BACKEND.models, _PAINTER, _WRITER, _BROKEN))
_PAGE = ModelPage(
    is_open=True,
    available=(_KONTEXT, replace(_KONTEXT, name="models/instruct-pix2pix", received_bytes=1_234_567_890)),
    resources=Resources(ram_total_bytes=24 << 30, ram_free_bytes=18 << 30, ram_ours_bytes=1 << 30),
)
MODELS = replace(TYPED, backend=_MODELS, model_page=_PAGE)
MODEL_TERMS = replace(MODELS, model_page=replace(_PAGE, terms_of="flux-kontext-dev"))
MODEL_PULL = replace(
    MODELS,
    model_page=replace(
        _PAGE,
        work={
            "flux-kontext-dev": Operation(
                name="operations/1",
                kind="import",
                model="models/flux-kontext-dev",
                message="receiving model.safetensors",
                done_bytes=3_100_000_000,
                total_bytes=9_950_000_000,
            ),
            "instruct-pix2pix": Operation(
                name="operations/2",
                kind="import",
                model="models/instruct-pix2pix",
                state="failed",
                error=failure("DOWNLOAD_FAILED"),
            ),
            "mgie-7b": Operation(
                name="operations/3", kind="verify", model="models/mgie-7b", state="succeeded"
            ),
            "my-painter": Operation(name="operations/4", kind="load", model="models/my-painter"),
        },
    ),
)

_LOOKING = replace(MINI_MODEL, name="models/klein", max_references=4)
_LAYERS = tuple(
    Reference(document=TARGET.document, layer=layer, name=name)
    for layer, name in (("7", "Cup sketch"), ("8", "Table with a very long name of a layer in it"))
)
REFERENCES = replace(TYPED, backend=replace(BACKEND, models=(_LOOKING,)), references=_LAYERS)
NO_REFERENCES = replace(TYPED, references=_LAYERS)

SCENES = {
    "references": REFERENCES,
    "no-references": NO_REFERENCES,
    "idle": IDLE,
    "mini": MINI,
    "typed": TYPED,
    "writing": WRITING,
    "sampling": SAMPLING,
    "held": HELD,
    "done": DONE,
    "undone": UNDONE,
    "variations": VARIATIONS,
    "one-placed": ONE_PLACED,
    "queue": QUEUE,
    "queue-held": QUEUE_HELD,
    "declined": DECLINED,
    "readings": READINGS,
    "error": ERROR,
    "unplaced": UNPLACED,
    "no-backend": NO_BACKEND,
    "too-large": replace(  # for this graphics card
        TYPED,
        backend=replace(BACKEND, device="NVIDIA GeForce RTX 4070"),
        forecast=Estimate(fits=False, needed_bytes=14_300_000_000, free_bytes=11_300_000_000),
    ),
    "empty": EMPTY,
    "history": HISTORY,
    "batch": BATCH,
    "no-regions": replace(TYPED, shows_regions=True),
    "models": MODELS,
    "model-terms": MODEL_TERMS,
    "model-pull": MODEL_PULL,
}
