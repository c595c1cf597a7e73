"""What survives a crash."""

import json
import zlib
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mgie.api.rect import Rect
from mgie.host.types import HostMask
from mgie.panel.mask_files import keep_masks, read_mask
from mgie.panel.state.draft import Draft
from mgie.panel.state.history import History
from mgie.panel.state.job import Job
from mgie.panel.state.panel import PanelState
from mgie.panel.state.progress import Phase, Progress
from mgie.panel.state.regions import Region
from mgie.panel.state.saved import MAX_REGIONS, from_json, to_json
from mgie.panel.state.settings import Settings
from support.fake_ports import TARGET

STATE = PanelState(
    draft=Draft(instruction="add snow", text="Snow lies.", is_corrected=True),
    settings=Settings(seed=12, is_seed_locked=True, num_variations=4),
    history=History(entries=("add snow", "größer")),
)


def test_words_and_settings_come_back() -> None:
    assert from_json(to_json(STATE)) == STATE


def test_the_edit_under_way_comes_back_with_its_own_target() -> None:
    target = TARGET.__class__(**{**vars(TARGET), "selection": Rect(x=1, y=2, width=3, height=4)})
    job = Job(key="abc", target=target, instruction="add snow", settings=Settings(seed=3))
    edit = Progress(job="abc", edit="edits/9", phase=Phase.SAMPLING, sequence=14, text="Snow")
    back = from_json(to_json(PanelState(job=job, edit=edit)))
    assert back.job == job
    assert back.edit == Progress(job="abc", edit="edits/9", phase=Phase.QUEUED)


def test_a_batch_under_way_comes_back_region_by_region() -> None:
    bounds = Rect(x=1, y=2, width=3, height=4)
    job = Job(key="r1", target=TARGET, instruction="paint it", settings=Settings(), batch="b", region="sky")
    sky = Region(
        key="sky",
        document="doc",
        name="Selection",
        bounds=bounds,
        mask=HostMask(rect=bounds, coverage=bytes(12)),
        instruction="paint it",
        progress=Progress(job="r1", edit="edits/1", phase=Phase.SAMPLING, sequence=9),
        job=job,
    )
    again = replace(sky, progress=None, job=None)
    wall = replace(again, key="w", source="channel 2", instruction="crack it", mask=None)
    lost = replace(again, key="x", instruction="words")
    back = from_json(to_json(PanelState(regions=(sky, wall, lost))))
    assert [r.key for r in back.regions] == ["sky", "w"]
    assert back.regions[0].job == job
    assert back.regions[0].progress == Progress(job="r1", edit="edits/1", phase=Phase.QUEUED)
    assert back.regions[1] == wall
    assert back.history.entries == ("words",)


def test_a_captured_region_comes_back_with_its_mask(tmp_path: Path) -> None:
    """The mask lies in a file of its own, which goes with the region; one that does not fit is not used."""
    bounds = Rect(x=1, y=2, width=3, height=4)
    mask = HostMask(rect=bounds, coverage=bytes(range(12)))
    sky = Region(key="5e1ec7", document="doc", name="Selection", bounds=bounds, mask=mask, instruction="pink")
    text, read = to_json(PanelState(regions=(sky,))), partial(read_mask, tmp_path)
    keep_masks(tmp_path, {sky.key: mask})
    assert from_json(text, read).regions == (sky,)
    moved = json.loads(text)
    moved["regions"][0]["bounds"][2] = 4
    assert from_json(json.dumps(moved), read).regions == ()
    keep_masks(tmp_path, {})
    assert from_json(text, read).regions == ()
    assert from_json(text, read).history.entries == ("pink",)


@pytest.mark.parametrize("damage", [b"", b"no mask", zlib.compress(bytes(11)), zlib.compress(bytes(10**6))])
def test_a_damaged_mask_is_not_used(tmp_path: Path, damage: bytes) -> None:
    (tmp_path / "5e1ec7.mask").write_bytes(damage)
    assert read_mask(tmp_path, "5e1ec7", Rect(x=0, y=0, width=3, height=4)) is None
    assert read_mask(tmp_path, "../5e1ec7", Rect(x=0, y=0, width=3, height=4)) is None


def test_only_so_many_regions_are_remembered() -> None:
    bounds = Rect(x=0, y=0, width=1, height=1)
    many = tuple(
        Region(key=str(i), document="doc", name="s", bounds=bounds, source="c")
        for i in range(MAX_REGIONS + 7)
    )
    assert from_json(to_json(PanelState(regions=many))).regions == many[7:]


def test_an_ended_edit_is_not_taken_up_again() -> None:
    job = Job(key="abc", target=TARGET, instruction="x", settings=Settings())
    done = Progress(job="abc", edit="edits/9", phase=Phase.DONE)
    assert from_json(to_json(PanelState(job=job, edit=done))).edit is None


def test_a_damaged_field_costs_only_itself() -> None:
    saved = json.loads(to_json(STATE))
    saved["settings"]["seed"] = "twelve"
    saved["settings"]["num_variations"] = 10**9
    saved["history"] = ["ok", 7, None]
    back = from_json(json.dumps(saved))
    assert back.settings.seed == 0
    assert back.settings.num_variations == 8
    assert back.history.entries == ("ok",)
    assert back.draft == STATE.draft


_PLAIN = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
_JSON = _PLAIN | st.lists(_PLAIN, max_size=3)
_NAMES = "draft settings history under_way regions bounds width job target selection seed"
_KEYS = st.sampled_from(_NAMES.split())
_OBJECTS = st.dictionaries(_KEYS, _JSON | st.dictionaries(_KEYS, _JSON, max_size=3), max_size=3)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(_KEYS, _JSON | _OBJECTS, max_size=5))
def test_any_json_gives_a_usable_state(saved: object) -> None:
    settings = from_json(json.dumps(saved)).settings
    assert 1 <= settings.num_variations <= 8


@given(st.text())
def test_any_text_gives_a_usable_state(text: str) -> None:
    assert isinstance(from_json(text), PanelState)
