"""Grab the panel in every scene: `PYTHONPATH=tests python -m support.panel_pictures FOLDER [scene ...]`."""

from __future__ import annotations

import os
import sys
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PyQt6.QtWidgets import QApplication

from mgie.panel import theme
from mgie.panel.session import Session
from mgie.panel.views.window import PanelWindow
from support.fake_ports import NotedBackend, NotedHost
from support.panel_scenes import SCENES


def main(folder: Path, wanted: list[str]) -> None:
    """Write one PNG for each scene, look and width."""
    app = QApplication.instance() or QApplication([])
    assert isinstance(app, QApplication)
    folder.mkdir(parents=True, exist_ok=True)
    for look in ("light", "dark"):
        theme.apply(app, theme.chosen(look))
        for name in wanted or list(SCENES):
            for width, height in ((320, 760), (480, 860)):
                window = PanelWindow(Session(NotedBackend(), NotedHost(), SCENES[name]))
                window.ideas.more.setChecked(name == "typed")
                window.resize(width, height)
                window.show()
                for _ in range(4):
                    app.processEvents()
                window.grab().save(str(folder / f"{name}-{look}-{width}.png"))
                window.deleteLater()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
