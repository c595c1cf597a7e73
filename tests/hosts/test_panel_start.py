"""How a panel begins: dressed like its host, with what an earlier one left, blind to earlier images."""

from __future__ import annotations

import os
import signal

import pytest

from hosts.artists import Artist, wait_for_documents
from hosts.backend_process import backend
from hosts.edits import green_placement, read_mask
from hosts.panels import add_region, end_panel, fresh_panel, panel_commands, reopen
from hosts.program import HostProgram, wait_until
from mgie.host.errors import HostError

pytestmark = [pytest.mark.hosts, pytest.mark.timeout(600)]


def test_a_panel_matches_its_host_and_takes_up_the_regions_of_one_that_crashed(
    program: HostProgram, artist: Artist
) -> None:
    """Both hosts are dark unless told otherwise. The captured masks outlive the panel that captured them."""
    artist.new_document(*artist.formats[0][1:])
    wait_for_documents(program, 1)
    layers = artist.layer_names()
    panel = fresh_panel(program)
    with backend(program.home, step_s=0.1):
        panel.open()
        if program.name == "krita":
            wait_until(lambda: panel.is_in_docker, 10, "the panel's place in its docker")
        [(pid, command)] = panel_commands(program.home).items()
        assert command[command.index("--look") + 1] == "dark"
        add_region(artist, panel, "make it pink", (20, 30, 60, 60))
        add_region(artist, panel, "make it brown", (180, 90, 70, 60))
        os.kill(pid, signal.SIGKILL)
        wait_until(lambda: not panel_commands(program.home), 20, "the end of the panel")
        reopen(panel)
        if program.name == "krita":
            wait_until(lambda: panel.is_in_docker, 10, "the panel's place in its docker")
        panel.press("ctrl+Return")
        wait_until(lambda: len(artist.provenance()) == 2, 120, "the results' layers")
        end_panel(program.home)  # else it would start a backend of its own
    assert artist.layer_names() == ["make it pink + 1 more", *layers]


def test_a_result_for_an_earlier_run_of_the_host_is_refused(program: HostProgram, artist: Artist) -> None:
    """GIMP counts its images from 1 at every start: the number alone would name the wrong one."""
    numbers: list[str] = []
    for _ in range(2):
        artist.new_document(*artist.formats[0][1:])
        wait_for_documents(program, 1)
        host = program.connect()
        numbers.append(host.state().active)
        if len(numbers) == 1:
            host.close()
            program.kill()
            program.start()
            artist = type(artist)(program)
    artist.select_ellipse()
    before, mask, layers = host.read_pixels(numbers[1]), read_mask(host, numbers[1]), artist.layer_names()
    with pytest.raises(HostError) as caught:
        host.place_results(numbers[0], [green_placement(before, mask)], canvas=before.rect)
    assert caught.value.reason == "DOCUMENT_CLOSED"
    assert artist.layer_names() == layers
    host.close()
