"""One `PairSource` from the `data` section of a configuration."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from mgie.train.config import DataConfig
from mgie.train.data.expressive_texts import TextKind, WithExpressive, load_texts
from mgie.train.data.ipr2pr import Ipr2prFolder
from mgie.train.data.listed import open_evr, open_gier, open_ma5k
from mgie.train.data.mgie_tsv import MgieTsv
from mgie.train.data.pairs import Concatenated, EditPair, PairSource


def open_sources(configs: Sequence[DataConfig], expressive_text: TextKind = "summarised") -> PairSource:
    """All data sets of a run as one source."""
    sources = [open_source(config, expressive_text) for config in configs]
    return sources[0] if len(sources) == 1 else Concatenated(sources)


def open_source(config: DataConfig, expressive_text: TextKind = "summarised") -> PairSource:
    """One data set, with its expressive instructions where the configuration names them."""
    source = _open_layout(config)
    if config.num_pairs is not None and config.layout != "synthetic":
        source = First(source, config.num_pairs)
    if config.expressive is not None:
        source = WithExpressive(source, load_texts(Path(config.expressive), expressive_text))
    return source


class First:
    """The first pairs of a source."""

    def __init__(self, source: PairSource, num_pairs: int) -> None:
        self._source, self._length = source, min(num_pairs, len(source))

    @property
    def name(self) -> str:
        """As the source is called."""
        return self._source.name

    def __len__(self) -> int:
        """At most `num_pairs`."""
        return self._length

    def __getitem__(self, index: int) -> EditPair:
        """Pair `index`."""
        return self._source[index]


def _open_layout(config: DataConfig) -> PairSource:
    path = Path(config.path)
    match config.layout:
        case "ipr2pr":
            return Ipr2prFolder(path, config.split)
        case "mgie-tsv":
            return MgieTsv(path, config.split)
        case "evr":
            return open_evr(path, config.split)
        case "gier":
            return open_gier(path, config.split)
        case "ma5k":
            return open_ma5k(path, config.split)
        case "magicbrush":
            from mgie.train.data.magicbrush import MagicBrush  # pyarrow comes with the extra `train`

            return MagicBrush(path, config.split)
        case "synthetic":
            from mgie.train.data.synthetic import open_synthetic

            return open_synthetic(path, split=config.split, seed=config.seed, num_pairs=config.num_pairs)
