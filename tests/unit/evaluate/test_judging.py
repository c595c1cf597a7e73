"""A judge on loopback: what it is asked, what its words become, that nothing is asked twice."""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from mgie.cli.evaluate import evaluate
from mgie.editors.vlm.config import VlmConfig
from mgie.errors import BadData, BadOption
from mgie.evaluate.datasets.catalogue import DatasetSpec
from mgie.evaluate.judging.endpoint import EndpointJudge
from mgie.evaluate.judging.model_judge import ModelJudge
from mgie.evaluate.judging.questions import combine, load_questions, read_scores
from mgie.evaluate.runs.config import RunConfig
from mgie.evaluate.runs.perform import perform
from mgie.evaluate.scoring.score_files import read_scored
from support.eval_datasets import write_dataset
from support.tiny_vlm import FAMILIES, install_vlm, library_words


class JudgeServer(HTTPServer):
    """Gives 8 and 6 to pairs, 9 and 4 to single pictures, and no numbers to one instruction."""

    requests: list[dict[str, Any]]


class Answers(BaseHTTPRequestHandler):
    """One chat completion after the other."""

    server: JudgeServer

    def do_POST(self) -> None:  # http.server's name
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.requests.append(body)
        content = body["messages"][0]["content"]
        pictures = [part for part in content if part["type"] == "image_url"]
        words = 'Surely. {"scores": [8, 6], "reason": "warm"}' if len(pictures) == 2 else '{"scores": [9, 4]}'
        words = "I would rather not say." if "cool it down" in content[-1]["text"] else words
        answer = json.dumps({"choices": [{"message": {"content": words}}]}).encode()
        self.send_response(200)
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *args: object) -> None:  # http.server's name
        pass


@pytest.fixture(name="server")
def _server() -> Iterator[JudgeServer]:
    server = JudgeServer(("127.0.0.1", 0), Answers)
    server.requests = []
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_run_is_judged_once(server: JudgeServer, tmp_path: Path) -> None:
    data = write_dataset("plain", tmp_path / "data")
    config = RunConfig(
        label="copy", dataset=DatasetSpec(name="plain", path=str(data), split="all"), editor="copy"
    )
    out = tmp_path / "run"
    deque(perform(config, out), maxlen=0)
    options = ["judge", str(out), "--url", f"http://127.0.0.1:{server.server_port}/v1", "--model", "vlm"]
    result = CliRunner().invoke(evaluate, options, catch_exceptions=False)
    assert "3 judged, 1 without usable numbers" in result.output
    asked = len(server.requests)
    # Two questions for the first, one for the second, whose answer has no numbers; of the third only the one
    # with its instruction, since its picture is the first one's.
    assert asked == 4
    assert all(request["temperature"] == 0 and request["seed"] == 0 for request in server.requests)
    numbers = list(read_scored(out).numbers.values())
    assert numbers[0] == {"judge-sc": 6, "judge-pq": 4, "judge-o": pytest.approx(24**0.5)}
    assert numbers[1] == {}
    CliRunner().invoke(evaluate, options, catch_exceptions=False)
    assert len(server.requests) == asked
    table = CliRunner().invoke(evaluate, ["table", str(out), "--metrics", "judge-sc,judge-o"])
    assert "| copy | 6.00" in table.output


def test_only_this_machine_is_asked() -> None:
    for url in ("http://example.com/v1", "http://10.0.0.1/v1", "https://127.0.0.1.example.com/v1"):
        with pytest.raises(BadOption, match="not on this machine"):
            EndpointJudge(url, "vlm")


def test_numbers_out_of_range_or_too_few_are_no_answer() -> None:
    questions = load_questions("viescore")
    for text in ("", "8 and 9", '{"scores": [8]}', '{"scores": [8, 11]}', '{"scores": "8, 9"}'):
        with pytest.raises(BadData, match="no 2 numbers"):
            read_scores(text, questions.questions[0], questions.scale)


def test_scores_combine_as_the_benchmarks_do() -> None:
    assert combine([[4, 9], [8, 6]], "viescore", load_questions("viescore"))["judge-o"] == pytest.approx(
        24**0.5
    )
    assert combine([[5, 3, 4]], "imgedit", load_questions("imgedit")) == {"judge-imgedit": 4}


@pytest.mark.parametrize("family", FAMILIES)
def test_a_model_in_this_process_judges_with_the_librarys_words(family: str, tmp_path: Path) -> None:
    folder = install_vlm(tmp_path, family, VlmConfig())
    rng = np.random.default_rng(0)
    first, second = (rng.integers(0, 256, (32, 48, 3), dtype=np.uint8) for _ in range(2))
    images = [Image.fromarray(each) for each in (first, second)]
    expected = library_words(folder, "what will this image be like", images, 300)
    assert ModelJudge(str(folder)).ask("what will this image be like", [first, second]) == expected


def test_only_a_chat_model_judges(tiny_model: Path) -> None:
    with pytest.raises(BadOption, match="a judge is of kind vlm"):
        ModelJudge(str(tiny_model))
