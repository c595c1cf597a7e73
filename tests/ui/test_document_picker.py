"""Which of several open documents is edited: the host's word, or the artist's choice in the panel."""

from __future__ import annotations

from support.fake_host import flat_picture


def test_the_artist_picks_a_document_and_the_host_takes_over_again(bench) -> None:
    other = bench.host.open_picture("other.png", flat_picture(40, 30, 20))
    bench.start()
    picker = bench.panel.window.target.picker
    bench.wait(lambda: picker.isVisibleTo(bench.panel.window))
    assert bench.state.document == other
    index = picker.findData(bench.document)
    assert picker.itemText(index) == "garden.png"
    picker.activated.emit(index)
    bench.wait(lambda: bench.state.document == bench.document)
    bench.edit("add snow")
    bench.wait(lambda: bool(bench.host.placed))
    assert bench.host.placed[0][0] == bench.document
    bench.host.activate(bench.document)
    bench.host.activate(other)
    bench.wait(lambda: bench.state.document == other)
    assert picker.currentData() == other
