"""Miniature test splits of every data set, in their own layouts, one item of each unusable."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

from support.fake_datasets import jpeg, picture
from support.synthetic_photos import write_photos

NUM_GOOD = {  # items of the split that is measured on, without the unusable one
    "evr": 4,
    "gier": 4,
    "ma5k": 3,
    "magicbrush": 3,
    "ipr2pr": 3,
    "emu-edit": 3,
    "gedit": 3,
    "imgedit": 3,
    "plain": 3,
}


def write_dataset(name: str, folder: Path) -> Path:
    """The miniature of a data set; returns its folder."""
    folder.mkdir(parents=True, exist_ok=True)
    {
        "evr": write_evr_test,
        "gier": write_gier_test,
        "ma5k": write_ma5k_test,
        "magicbrush": write_magicbrush_test,
        "ipr2pr": write_ipr2pr_test,
        "emu-edit": write_emu_edit,
        "gedit": write_gedit,
        "imgedit": write_imgedit,
        "plain": write_plain,
        "synthetic": lambda path: write_photos(path, 4, 64),
    }[name](folder)
    return folder


def write_evr_test(folder: Path) -> None:
    """One pair with three sentences, one with one, one whose goal is gone."""
    _write_pictures(folder / "images", ["a.jpg", "b.jpg", "c.jpg"])
    entries = [
        {"img0": "a.jpg", "img1": "b.jpg", "sents": ["one", "two", "three"]},
        {"img0": "c.jpg", "img1": "b.jpg", "sents": ["four"]},
        {"img0": "a.jpg", "img1": "gone.jpg", "sents": ["lost"]},
    ]
    (folder / "test.json").write_text(json.dumps(entries))


def write_gier_test(folder: Path) -> None:
    """Expert and amateur sentences; a pair without any."""
    _write_pictures(folder / "images", ["1_0.jpg", "1_1.jpg"])
    both = {"input": "1_0.jpg", "output": "1_1.jpg"}
    entries = [
        {**both, "expert_summary": ["e1", "e2"], "amateur_summary": ["a1", "a2"]},
        {**both, "expert_summary": [], "amateur_summary": []},
    ]
    (folder / "splits").mkdir()
    (folder / "splits" / "test_sess_3.json").write_text(json.dumps(entries))
    (folder / "splits" / "test_global_sess_3.json").write_text("[0]")
    (folder / "splits" / "test_Ids_L1Thr_0.06_sess_3.json").write_text("[1]")


def write_ma5k_test(folder: Path) -> None:
    """Three good requests, one with a cut picture."""
    _write_pictures(folder / "images", ["1_O.jpg", "1_A.jpg", "1_B.jpg", "1_C.jpg"])
    (folder / "images" / "1_D.jpg").write_bytes(jpeg(9)[:200])
    entries = [{"input": "1_O.jpg", "output": f"1_{expert}.jpg", "request": expert} for expert in "ABCD"]
    (folder / "annotations").mkdir()
    (folder / "annotations" / "test_sess_1.json").write_text(json.dumps(entries))


def write_magicbrush_test(folder: Path) -> None:
    """Sessions of two turns and one, and one whose output is missing; masks, both sets of captions."""
    sessions: dict[str, list[dict[str, str]]] = {}
    captions: dict[str, dict[str, str]] = {}
    for number, turns in ((11, 2), (12, 1), (13, 1)):
        key = str(number)
        images = folder / "test" / "images" / key
        images.mkdir(parents=True)
        picture(number).save(images / f"{key}-input.png")
        captions[key] = {f"{key}-input.png": f"picture {key}"}
        sessions[key] = []
        for turn in range(1, turns + 1):
            output, mask = f"{key}-output{turn}.png", f"{key}-mask{turn}.png"
            before = f"{key}-output{turn - 1}.png" if turn > 1 else f"{key}-input.png"
            if number != 13:
                picture(number + turn).save(images / output)
            white = np.zeros((32, 40, 3), np.uint8)
            white[8:20, 10:30] = 255
            Image.fromarray(white).save(images / mask)
            row = {"input": before, "output": output, "mask": mask, "instruction": f"turn {turn}"}
            sessions[key].append(row)
            captions[key][output] = f"picture {key} after {turn}"
    (folder / "test" / "edit_sessions.json").write_text(json.dumps(sessions))
    (folder / "test" / "local_descriptions.json").write_text(json.dumps(captions))
    changed = {key: {name: f"{text}, all of it" for name, text in t.items()} for key, t in captions.items()}
    (folder / "test" / "global_descriptions.json").write_text(json.dumps(changed))


def write_ipr2pr_test(folder: Path) -> None:
    """40 prompts, of which the last two are the test split with two seeds each; one goal is gone."""
    for i in range(40):
        prompt = folder / f"{i:07d}"
        prompt.mkdir()
        texts = {"input": f"a field {i}", "edit": f"make it snow {i}", "output": f"a field {i} in snow"}
        (prompt / "prompt.json").write_text(json.dumps(texts))
        for seed in (11, 12):
            (prompt / f"{seed}_0.jpg").write_bytes(jpeg(2 * i))
            (prompt / f"{seed}_1.jpg").write_bytes(jpeg(2 * i + 1))
    (folder / "0000039" / "12_1.jpg").unlink()
    (folder / "seeds.json").write_text(json.dumps([[f"{i:07d}", ["11", "12"]] for i in range(40)]))


def write_emu_edit(folder: Path) -> None:
    """Four rows without goals: one has equal captions, one no picture."""
    rows: list[dict[str, object]] = []
    for i in range(4):
        buffer = io.BytesIO()
        picture(i).save(buffer, "PNG")
        rows.append(
            {
                "instruction": f"edit {i}",
                "image": {"bytes": None if i == 3 else buffer.getvalue(), "path": f"{i}.png"},
                "task": "color" if i % 2 else "style",
                "split": "test",
                "idx": i,
                "hash": str(i),
                "input_caption": "a field",
                "output_caption": "a field" if i == 1 else f"a field of colour {i}",
            }
        )
    (folder / "data").mkdir()
    pq.write_table(
        pa.Table.from_pylist(rows), folder / "data" / "test-00000-of-00001.parquet", row_group_size=2
    )


def write_gedit(folder: Path) -> None:
    """Four English rows of two tasks, one without a picture, and a Chinese one between them."""
    rows: list[dict[str, object]] = []
    for i, language in enumerate(("en", "cn", "en", "en", "en")):
        buffer = io.BytesIO()
        picture(i).save(buffer, "PNG")
        rows.append(
            {
                "key": f"key{i}",
                "task_type": "tone_transfer" if i == 2 else "color_alter",
                "instruction": f"edit {i}",
                "instruction_language": language,
                "input_image_raw": {"bytes": None if i == 4 else buffer.getvalue(), "path": f"{i}.png"},
                "Intersection_exist": i == 0,
            }
        )
    (folder / "data").mkdir()
    pq.write_table(
        pa.Table.from_pylist(rows), folder / "data" / "train-00000-of-00001.parquet", row_group_size=2
    )


def write_imgedit(folder: Path) -> None:
    """Three good edits and one without a task."""
    _write_pictures(folder / "images" / "animal", ["1.jpg", "2.jpg"])
    edits = {
        str(number): {"id": f"animal/{1 + number % 2}.jpg", "prompt": f"edit {number}", "edit_type": task}
        for number, task in enumerate(("adjust", "style", "adjust"))
    }
    edits["lost"] = {"id": "animal/1.jpg", "prompt": "edit"}
    (folder / "basic_edit.json").write_text(json.dumps(edits))


def write_plain(folder: Path) -> None:
    """Three good lines, one without goal among them, and one whose picture is gone."""
    _write_pictures(folder, ["a.jpg", "b.jpg"])
    rows = [
        ["first", "a.jpg", "b.jpg", "warm it up", "tone", "a field", "a warm field"],
        ["second", "b.jpg", "a.jpg", "cool it down", "tone cold", "", ""],
        ["third", "a.jpg", "", "add snow", "", "", ""],
        ["fourth", "gone.jpg", "b.jpg", "lost", "", "", ""],
    ]
    with (folder / "items.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["key", "input", "goal", "instruction", "tags", "source_caption", "goal_caption"])
        writer.writerows(rows)


def _write_pictures(folder: Path, names: list[str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for seed, name in enumerate(names):
        (folder / name).write_bytes(jpeg(seed))
