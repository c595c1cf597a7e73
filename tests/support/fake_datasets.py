"""Miniatures of the published data sets in their own layouts, broken and odd items among them."""

from __future__ import annotations

import base64
import io
import json
import pickle
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

from mgie.train.data.pairs import EditPair


class ListSource:
    """Pairs held in memory."""

    def __init__(self, pairs: Sequence[EditPair], *, name: str = "list") -> None:
        self._pairs = tuple(pairs)
        self._name = name

    @property
    def name(self) -> str:
        """For logs and tables."""
        return self._name

    def __len__(self) -> int:
        """Number of pairs."""
        return len(self._pairs)

    def __getitem__(self, index: int) -> EditPair:
        """Pair `index`."""
        return self._pairs[index]


def picture(seed: int, width: int = 40, height: int = 32) -> Image.Image:
    """A small picture with structure, different for every seed."""
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 256, (4, 5, 3), dtype=np.uint8)
    return Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC)


def jpeg(seed: int) -> bytes:
    """`picture` as a JPEG file."""
    buffer = io.BytesIO()
    picture(seed).save(buffer, "JPEG", quality=95)
    return buffer.getvalue()


def pairs(count: int, *, size_px: int = 32) -> ListSource:
    """Pairs in memory: the goal is the input brightened or darkened, the texts say which.

    The expressive instructions repeat no three tokens of the question, which decoding would not allow.
    """
    made: list[EditPair] = []
    for i in range(count):
        image = np.asarray(picture(i, size_px, size_px))
        brighter = i % 2 == 0
        goal = np.clip(image.astype(np.int16) + (60 if brighter else -60), 0, 255).astype(np.uint8)
        word = "brighter" if brighter else "darker"
        expressive = f"The sky would be {'light' if brighter else 'dark'} and the colors "
        expressive += "warm." if brighter else "cold."
        texts = {"instruction": f"make it {word} {i}", "expressive_instruction": expressive}
        made.append(EditPair(key=f"pair-{i}", image=image, goal=goal, **texts))
    return ListSource(made)


def write_ipr2pr(folder: Path) -> None:
    """20 prompts, the last two outside `train`; 3 has no JSON, 4 a cut JPEG, 5 no goal."""
    rows: list[object] = [[f"{i:07d}", ["11", "12"]] for i in range(20)]
    rows[6] = 17  # an odd row
    for i in range(20):
        prompt = folder / f"{i:07d}"
        prompt.mkdir(parents=True)
        (prompt / "prompt.json").write_text(json.dumps({"input": "a", "edit": f"edit {i}", "output": "b"}))
        for seed in (11, 12):
            (prompt / f"{seed}_0.jpg").write_bytes(jpeg(2 * i))
            (prompt / f"{seed}_1.jpg").write_bytes(jpeg(2 * i + 1))
    (folder / "0000003" / "prompt.json").unlink()
    (folder / "0000004" / "11_0.jpg").write_bytes(jpeg(8)[:300])
    (folder / "0000005" / "12_1.jpg").unlink()
    (folder / "seeds.json").write_text(json.dumps(rows))


def write_mgie_tsv(folder: Path) -> None:
    """Six packed pairs; 2 is no base64, 3 has one column, 4 points outside, 5 has no instruction."""
    folder.mkdir(parents=True, exist_ok=True)
    rows: list[list[dict[str, object]]] = []
    with (folder / "ipr2pr.tsv").open("wb") as file:
        for i in range(6):
            item: dict[str, object] = {"input": f"{i}_0", "answer": f"{i}_1", "instruction": f"edit {i}"}
            rows.append([{**item, "lineidx": file.tell()}])
            columns = [base64.b64encode(jpeg(2 * i)), base64.b64encode(jpeg(2 * i + 1))]
            line = {2: b"%%%\t%%%", 3: columns[0]}.get(i, b"\t".join(columns))
            file.write(line + b"\n")
    rows[4][0]["lineidx"] = 10**9
    del rows[5][0]["instruction"]
    (folder / "ipr2pr.pkl").write_bytes(pickle.dumps({"task": rows}))
    texts = {f"{i}_0": {"instruction": f"edit {i}", "expressive": f"Text {i}."} for i in range(6)}
    (folder / "ipr2pr_expressive.json").write_text(json.dumps(texts))


def write_magicbrush(folder: Path) -> None:
    """Two files of two turns each; one turn has no target, one a broken source."""
    (folder / "data").mkdir(parents=True)
    for part in range(2):
        rows = [_turn(part, turn) for turn in (1, 2)]
        if part == 1:
            rows[0]["target_img"] = None
            rows[1]["source_img"] = {"bytes": b"no picture", "path": "x.png"}
        table = pa.Table.from_pylist(rows)
        pq.write_table(table, folder / "data" / f"train-0000{part}-of-00002-abc.parquet", row_group_size=1)


def _turn(part: int, turn: int) -> dict[str, object]:
    seed = 10 * part + turn
    encoded = {
        name: {"bytes": jpeg(seed + k), "path": f"{name}.jpg"} for k, name in enumerate(("s", "m", "t"))
    }
    return {
        "img_id": str(1000 + part),
        "turn_index": turn,
        "source_img": encoded["s"],
        "mask_img": encoded["m"],
        "instruction": f"turn {turn}",
        "target_img": encoded["t"],
    }


def _write_pictures(folder: Path, names: list[str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for seed, name in enumerate(names):
        (folder / name).write_bytes(jpeg(seed))


def write_evr(folder: Path) -> None:
    """Entries with one and three sentences, a missing picture, an odd entry, a GIF and a gray PNG."""
    _write_pictures(folder / "images", ["a.jpg", "b.JPG"])
    picture(5).convert("P").save(folder / "images" / "c.gif")
    picture(6).convert("L").save(folder / "images" / "d.png")
    entries: list[object] = [
        {"img0": "a.jpg", "img1": "b.JPG", "sents": ["brighten it"], "uid": "1"},
        {"img0": "c.gif", "img1": "d.png", "sents": ["one", "two", "three"], "uid": "2"},
        {"img0": "a.jpg", "img1": "gone.jpg", "sents": ["lost"], "uid": "3"},
        {"img0": "a.jpg", "sents": ["no goal"], "uid": "4"},
        {"img0": "a.jpg", "img1": "b.JPG", "sents": "not a list", "uid": "5"},
        {"img0": "a.jpg", "img1": "b.JPG", "sents": [" "], "uid": "6"},
    ]
    (folder / "train.json").write_text(json.dumps(entries))


def write_gier(folder: Path) -> None:
    """One pair with expert and amateur sentences, one without any, one 16-bit picture."""
    _write_pictures(folder / "images", ["1_0.jpg", "1_1.jpg"])
    deep = np.arange(64, dtype=np.uint16).reshape(8, 8) * 1000
    Image.fromarray(deep).save(folder / "images" / "2_0.png")
    entries = [
        {"input": "1_0.jpg", "output": "1_1.jpg", "expert_summary": ["e1", "e2"], "amateur_summary": ["a1"]},
        {"input": "1_0.jpg", "output": "1_1.jpg", "expert_summary": [], "amateur_summary": []},
        {"input": "2_0.png", "output": "1_1.jpg", "expert_summary": ["deep"]},
    ]
    (folder / "splits").mkdir()
    (folder / "splits" / "train_sess_3.json").write_text(json.dumps(entries))


def write_ma5k(folder: Path) -> None:
    """Two good requests, one whose output is an empty file, one that is no object at all."""
    _write_pictures(folder / "images", ["1_O.jpg", "1_A.jpg", "1_B.jpg"])
    (folder / "images" / "1_C.jpg").write_bytes(b"")
    entries: list[object] = [
        {"input": "1_O.jpg", "output": f"1_{expert}.jpg", "request": f"as {expert}"} for expert in "ABC"
    ]
    entries.append(None)
    (folder / "annotations").mkdir()
    (folder / "annotations" / "train_sess_1.json").write_text(json.dumps(entries))
