"""A failed region tried again: as the artist means it now, and sent only as far as it has changed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mgie.api.rect import Rect
from mgie.host.types import HostMask, Placement
from mgie.panel.state.primary_action import Action, primary_action
from mgie.panel.state.progress import Phase
from support.fake_host import flat_picture

WORDS = "burn it"


@pytest.fixture
def failed(bench):
    """A panel whose only region has just failed."""
    sky = HostMask(rect=Rect(x=0, y=0, width=4, height=4), coverage=bytes([255]) * 16)
    bench.host.saved_regions = {"sky": sky}
    bench.backend.script = replace(bench.backend.script, fails_for=WORDS)
    bench.start()
    bench.panel.session.regions.add_saved_selections()
    bench.wait(lambda: len(bench.state.regions) == 1)
    bench.panel.session.regions.instruct(bench.state.regions[0].key, WORDS)
    bench.panel.session.act()
    bench.wait(lambda: primary_action(bench.state).action is Action.RETRY_REGIONS)
    bench.backend.script = replace(bench.backend.script, fails_for="")
    return bench


def retry(bench) -> None:
    bench.panel.session.regions.retry(bench.state.regions[0].key)
    bench.wait(lambda: bench.state.regions[0].progress.phase is Phase.DONE)


def test_an_unchanged_picture_is_not_sent_again(failed) -> None:
    before = failed.backend.num_uploads
    assert before > 0
    retry(failed)
    assert failed.backend.num_uploads == before


def test_a_canvas_that_changed_since_is_read_and_sent_anew(failed) -> None:
    before = failed.backend.num_uploads
    painted = Placement(picture=flat_picture(40, 30, 120), name="painted", mask=None)
    failed.host.place_results(failed.document, (painted,), canvas=Rect(x=0, y=0, width=40, height=30))
    retry(failed)
    assert failed.backend.num_uploads == before + 1  # the picture; the selection is what it was
    spec = list(failed.backend.edits.values())[-1].spec
    assert failed.backend.blobs[spec.picture.blob_digest] == flat_picture(40, 30, 120).pixels


def test_a_retry_has_the_words_of_now(failed) -> None:
    failed.panel.session.regions.instruct(failed.state.regions[0].key, "cool it")
    retry(failed)
    assert list(failed.backend.edits.values())[-1].spec.instruction == "cool it"
