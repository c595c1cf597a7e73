"""Every data set in its own layout: counts by sentence, masks, captions, sessions; what is wrong is said."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from mgie.cli.data import data
from mgie.errors import BadData, BadOption
from mgie.evaluate.datasets.catalogue import DatasetSpec, catalogue, open_dataset
from mgie.evaluate.datasets.item import EvalItem, EvalSource
from mgie.evaluate.datasets.verify import verify
from mgie.train.data.pairs import BadPair
from support.eval_datasets import NUM_GOOD, write_dataset
from support.fake_datasets import write_magicbrush


def opened(name: str, folder: Path, **options: object) -> EvalSource:
    """The miniature of a data set."""
    return open_dataset(DatasetSpec(name=name, path=str(write_dataset(name, folder)), **options))


def good_items(source: EvalSource) -> list[EvalItem]:
    """Every item that can be read."""
    items: list[EvalItem] = []
    for index in range(len(source)):
        try:
            items.append(source[index])
        except BadPair:
            continue
    return items


@pytest.mark.parametrize("name", list(NUM_GOOD))
def test_every_layout_gives_its_sentences_and_one_unusable_item(name: str, tmp_path: Path) -> None:
    source = opened(name, tmp_path)
    items = good_items(source)
    assert (len(items), len(source)) == (NUM_GOOD[name], NUM_GOOD[name] + 1)
    assert len({item.key for item in items}) == len(items)
    assert all(item.instruction and item.group for item in items)


def test_published_counts_are_those_of_the_paper() -> None:
    """Sentences in all: 5.7K, 29.9K, 24.8K and 10.5K."""
    totals = {name: sum(info.items.values()) for name, info in catalogue().items()}
    assert (totals["evr"], totals["gier"], totals["ma5k"]) == (5695, 29871, 24750)
    assert totals["magicbrush"] == 10388


def test_magicbrush_has_masks_both_captions_and_sessions(tmp_path: Path) -> None:
    source = opened("magicbrush", tmp_path)
    item = source[1]
    assert item.key == "11-2"
    assert item.captions == {
        "source": "picture 11 after 1",
        "local": "picture 11 after 2",
        "global": "picture 11 after 2, all of it",
    }
    assert item.mask is not None
    assert item.mask.sum() == 12 * 20
    assert [list(turns) for turns in source.sessions()] == [[0, 1], [2], [3]]


def test_magicbrush_on_the_hub_has_masks_and_sessions(tmp_path: Path) -> None:
    write_magicbrush(tmp_path)
    source = open_dataset(DatasetSpec(name="magicbrush", path=str(tmp_path), split="train"))
    assert source[0].mask is not None
    assert [list(turns) for turns in source.sessions()] == [[0, 1], [2, 3]]


def test_ipr2pr_has_the_captions_of_the_trade_off_curve(tmp_path: Path) -> None:
    item = opened("ipr2pr", tmp_path)[0]
    assert item.captions == {"source": "a field 38", "global": "a field 38 in snow"}


def test_emu_edit_has_no_goal_and_marks_equal_captions(tmp_path: Path) -> None:
    source = opened("emu-edit", tmp_path)
    assert source[0].goal is None
    assert "equal-captions" not in source[0].tags
    assert source[1].tags == ("color", "equal-captions")


def test_the_subsets_of_gier_are_tags(tmp_path: Path) -> None:
    source = opened("gier", tmp_path)
    assert source[0].tags == (
        "global",
    )  # the list that names its pair; the one of another pair does not count
    (tmp_path / "splits" / "test_shapeAlign_sess_3.json").write_text('{"0": 1}')
    with pytest.raises(BadData, match="shapeAlign"):
        open_dataset(DatasetSpec(name="gier", path=str(tmp_path)))


def test_gedit_is_read_by_language_with_its_tasks(tmp_path: Path) -> None:
    source = opened("gedit", tmp_path)
    assert [item.key for item in good_items(source)] == ["key0", "key2", "key3"]
    assert source[0].tags == ("color_alter", "intersection")
    assert source[1].tags == ("tone_transfer",)
    chinese = open_dataset(DatasetSpec(name="gedit", path=str(tmp_path), split="cn"))
    assert [item.key for item in good_items(chinese)] == ["key1"]


def test_imgedit_has_its_tasks(tmp_path: Path) -> None:
    assert [item.tags for item in good_items(opened("imgedit", tmp_path))] == [
        ("adjust",),
        ("style",),
        ("adjust",),
    ]


def test_the_synthetic_cases_are_a_data_set_among_the_others(tmp_path: Path) -> None:
    source = opened("synthetic", tmp_path, split="all", per_operation=1)
    tags = {tag for index in range(len(source)) for tag in source[index].tags}
    assert {"brighten", "global", "ambiguous", "in-ability", "beyond"} <= tags
    for item in (source[index] for index in range(len(source))):
        assert (item.mask is not None) == ("local" in item.tags)
        if item.mask is not None:
            assert item.goal is not None
            assert np.array_equal(item.goal[~item.mask], item.image[~item.mask])


def test_the_first_items_hold_whole_sessions_only(tmp_path: Path) -> None:
    source = opened("magicbrush", tmp_path, num_items=1)
    assert (len(source), list(source.sessions())) == (1, [])


def test_a_table_without_its_columns_is_refused(tmp_path: Path) -> None:
    (tmp_path / "items.csv").write_text("input,wish\na.jpg,warm\n")
    with pytest.raises(BadData, match="instruction"):
        open_dataset(DatasetSpec(name="plain", path=str(tmp_path)))


def test_unknown_names_and_splits_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadOption, match="evr"):
        open_dataset(DatasetSpec(name="coco", path=str(tmp_path)))
    with pytest.raises(BadOption, match="valid"):
        open_dataset(DatasetSpec(name="evr", path=str(tmp_path), split="dev"))


def test_verify_compares_with_the_published_counts_and_names_a_bad_picture(tmp_path: Path) -> None:
    findings = {
        finding.what: finding for finding in verify("magicbrush", write_dataset("magicbrush", tmp_path))
    }
    assert not findings["train"].is_good
    assert findings["test turns"].text == "4, published are 1053"
    assert findings["test sessions"].text == "3, published are 535"
    assert "13-output1.png" in findings["test pictures"].text


def test_the_commands_print_what_is_known_and_what_is_wrong(tmp_path: Path) -> None:
    shown = CliRunner().invoke(data, ["info", "gier"])
    assert "29871 in all" in shown.output
    folder = write_dataset("plain", tmp_path)
    checked = CliRunner().invoke(data, ["verify", "plain", str(folder)])
    assert checked.exit_code == 1
    assert "BAD all pictures: 3 of 4 read well; first problem: gone.jpg" in checked.output
    (folder / "items.csv").write_text("input,instruction\na.jpg,warm\n")
    assert CliRunner().invoke(data, ["verify", "plain", str(folder), "--all"]).exit_code == 0
