"""Before the click: where the result will go, about how long it takes, and what stands in its way."""

from __future__ import annotations

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QLabel, QVBoxLayout, QWidget

from mgie.panel import result_texts
from mgie.panel.state.panel import PanelState
from mgie.panel.texts import tr
from mgie.panel.views.elided_label import ElidedLabel
from mgie.panel.views.folding_row import FoldingRow
from mgie.panel.views.naming import dress, named, paragraph


class ForecastLine(QWidget):
    """One quiet line; amber with a sentence where the result would not be seen as it is."""

    def __init__(self) -> None:
        super().__init__()
        named(self, "forecast_part", tr("What the next edit does"))
        self.place = named(ElidedLabel(), "forecast_place", tr("Where the result will go"))
        self.time = named(QLabel(), "forecast_time", tr("How long it takes"))
        self.place.setMinimumHeight(self.place.fontMetrics().height())  # so that nothing jumps
        self.caution = named(paragraph(), "forecast_caution", tr("What stands in its way"))
        dress(self.time, role="muted")
        dress(self.caution, tone="caution")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(FoldingRow("forecast_row", self.place, self.time))
        column.addWidget(self.caution)

    def show_state(self, state: PanelState) -> None:
        """Say what a press on the button would lead to."""
        place, caution = result_texts.destination(state), result_texts.destination_caution(state)
        self.place.set_text(place)
        dress(self.place, role="" if caution else "muted", tone="caution" if caution else "")
        self.caution.setText(caution)
        self.caution.setVisible(bool(caution))
        time = (
            result_texts.forecast(state.forecast) if place else ""
        )  # a press that edits nothing takes no time
        self.time.setText(time)
        self.time.setVisible(bool(time))
        self.time.setToolTip(state.forecast.explanation if state.forecast else "")  # also how it is loaded
        fits = state.forecast is None or state.forecast.fits
        dress(self.time, role="muted" if fits else "", tone="" if fits else "caution")
        side = (
            Qt.AlignmentFlag.AlignRight if fits else Qt.AlignmentFlag.AlignLeft
        )  # a sentence, on its own line
        self.time.setAlignment(side | Qt.AlignmentFlag.AlignVCenter)
        self.time.setWordWrap(not fits)
