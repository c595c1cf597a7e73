"""Every data set in its own layout: good pairs come out, bad ones are counted and skipped."""

from __future__ import annotations

import logging
import pickle
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from mgie.errors import BadData, BadOption
from mgie.train.config import DataConfig
from mgie.train.data.open import open_source, open_sources
from mgie.train.data.pairs import EditPair, PairSource, good_pairs
from support import fake_datasets

Writer = Callable[[Path], None]

LAYOUTS: dict[str, tuple[Writer, str, list[str], int]] = {
    # layout -> writer, split, instructions of the good pairs, number of bad ones
    "ipr2pr": (
        fake_datasets.write_ipr2pr,
        "train",
        [f"edit {i}" for i in range(18) for _ in range(2)],
        2 + 1 + 1 + 1,  # prompt 3 twice, a cut JPEG, a missing goal, the odd row
    ),
    "mgie-tsv": (fake_datasets.write_mgie_tsv, "task", ["edit 0", "edit 1"], 4),
    "magicbrush": (fake_datasets.write_magicbrush, "train", ["turn 1", "turn 2"], 2),
    "evr": (fake_datasets.write_evr, "train", ["brighten it", "one", "two", "three"], 4),
    "gier": (fake_datasets.write_gier, "train", ["e1", "e2", "a1"], 2),
    "ma5k": (fake_datasets.write_ma5k, "train", ["as A", "as B"], 2),
}


def _open(layout: str, folder: Path) -> PairSource:
    writer, split, _, _ = LAYOUTS[layout]
    writer(folder)
    return open_source(DataConfig(layout=layout, path=str(folder), split=split))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_good_pairs_come_out_and_bad_ones_are_counted(
    layout: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    _, _, instructions, num_bad = LAYOUTS[layout]
    if layout == "ipr2pr":  # what the broken items of the miniature take away
        instructions = [text for text in instructions if text not in ("edit 3", "edit 6")]
        instructions.remove("edit 4")
        instructions.remove("edit 5")
    counts: Counter[str] = Counter()
    with caplog.at_level(logging.WARNING):
        read = list(good_pairs(_open(layout, tmp_path), counts))
    assert [pair.instruction for pair in read] == instructions
    assert counts == {"good": len(instructions), "bad": num_bad}
    assert sum("pair skipped" in record.message for record in caplog.records) == num_bad
    assert len({pair.key for pair in read}) == len(read)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_source_travels_to_another_process(layout: str, tmp_path: Path) -> None:
    source = _open(layout, tmp_path)
    first = source[0]
    copy = pickle.loads(pickle.dumps(source))
    assert len(copy) == len(source)
    assert copy[0].key == first.key
    assert np.array_equal(copy[0].goal, first.goal)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_folder_without_the_data_set_is_refused(layout: str, tmp_path: Path) -> None:
    _, split, _, _ = LAYOUTS[layout]
    with pytest.raises(BadData, match=str(tmp_path)):
        open_source(DataConfig(layout=layout, path=str(tmp_path), split=split))


def test_ipr2pr_is_split_by_the_order_of_its_list(tmp_path: Path) -> None:
    fake_datasets.write_ipr2pr(tmp_path)
    opened = {split: open_source(_ipr2pr(tmp_path, split)) for split in ("train", "val", "test")}
    assert [len(source) for source in opened.values()] == [2 * 17 + 1, 2, 2]
    assert opened["test"][1].key == "0000019_12"
    with pytest.raises(BadOption, match="no split"):
        open_source(_ipr2pr(tmp_path, "dev"))


def test_pictures_arrive_as_they_were_written(tmp_path: Path) -> None:
    pair = _open("ma5k", tmp_path)[0]
    expected = np.asarray(fake_datasets.picture(0), dtype=np.int16)
    assert pair.image.shape == (32, 40, 3)
    assert np.abs(pair.image - expected).mean() < 4  # JPEG


def test_expressive_instructions_join_by_key(tmp_path: Path) -> None:
    fake_datasets.write_mgie_tsv(tmp_path)
    texts = str(tmp_path / "ipr2pr_expressive.json")
    source = open_source(DataConfig(layout="mgie-tsv", path=str(tmp_path), split="task", expressive=texts))
    assert source[1].expressive_instruction == "Text 1."


def test_several_data_sets_become_one(tmp_path: Path) -> None:
    for layout in ("evr", "ma5k"):
        LAYOUTS[layout][0](tmp_path / layout)
    joined = open_sources(
        [
            DataConfig(layout="evr", path=str(tmp_path / "evr"), num_pairs=2),
            DataConfig(layout="ma5k", path=str(tmp_path / "ma5k")),
        ]
    )
    assert joined.name == "evr-train+ma5k-train"
    assert [joined[i].instruction for i in range(4)] == ["brighten it", "one", "as A", "as B"]
    assert len(joined) == 6


def test_a_pickle_with_code_is_not_run(tmp_path: Path) -> None:
    fake_datasets.write_mgie_tsv(tmp_path)
    (tmp_path / "ipr2pr.pkl").write_bytes(pickle.dumps({"task": [[Path("x")]]}))
    with pytest.raises(BadData, match="only plain data"):
        open_source(DataConfig(layout="mgie-tsv", path=str(tmp_path), split="task"))


def test_a_turned_photograph_is_set_upright(tmp_path: Path) -> None:
    fake_datasets.write_ma5k(tmp_path)
    image = fake_datasets.picture(0)
    exif = image.getexif()
    exif[0x0112] = 6  # the camera was held upright
    image.save(tmp_path / "images" / "1_O.jpg", exif=exif)
    pair: EditPair = open_source(DataConfig(layout="ma5k", path=str(tmp_path)))[0]
    assert pair.image.shape == (40, 32, 3)


def _ipr2pr(folder: Path, split: str) -> DataConfig:
    return DataConfig(layout="ipr2pr", path=str(folder), split=split)
