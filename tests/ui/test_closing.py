"""Closing the window: nothing that is nowhere else is lost without a question."""


def test_closing_asks_about_results_that_are_nowhere_else(bench) -> None:
    window = bench.panel.window
    bench.start()
    bench.host.fails_with = "CANVAS_CHANGED"
    bench.edit("add snow")
    bench.wait(lambda: len(bench.state.unplaced) == 1)
    assert not window.close()
    assert window.isVisible()
    window.close_question.stay.click()
    bench.wait(lambda: not window.close_question.isVisible())
    assert len(bench.state.unplaced) == 1
    window.close()
    window.close_question.keep.click()
    bench.wait(lambda: not window.isVisible())
    assert len(list((bench.folder / "recovered").iterdir())) == 1


def test_results_that_are_discarded_at_closing_leave_no_file(bench) -> None:
    window = bench.panel.window
    bench.start()
    bench.host.fails_with = "CANVAS_CHANGED"
    bench.edit("add snow")
    bench.wait(lambda: len(bench.state.unplaced) == 1)
    window.close()
    window.close_question.discard.click()
    bench.wait(lambda: not window.isVisible())
    assert not (bench.folder / "recovered").exists()
