"""A hub on this machine that serves a tiny published MGIE, and the sources file that points to it."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from support.flaky_server import FlakyServer, serve
from support.published_files import write_published

COMMIT = "0" * 40
_SOURCES = """
[[model]]
name = "tiny"
title = "A tiny MGIE"
kind = "mgie"
preset = "TINY"
license = "CC0-1.0"
terms = "Use it for tests only."
installed_bytes = 1_000_000

[[model.part]]
name = "mgie"
files = ["mllm.pt", "unet.pt"]
unpacked_bytes = 1_000_000
[[model.part.mirror]]
archive = "{url}/mgie_7b.tar.gz"
[[model.part.mirror]]
hub = "us/mgie"
folder = "mgie_7b"

[[model.part]]
name = "llava"
files = [
  "config.json",
  "added_tokens.json",
  "tokenizer.model",
  "pytorch_model.bin.index.json",
  "pytorch_model-00001-of-00002.bin",
  "pytorch_model-00002-of-00002.bin",
]
unpacked_bytes = 1_000_000
[[model.part.mirror]]
hub = "us/mgie"
folder = "LLaVA-7B-v1"

[[model.part]]
name = "diffusion"
files = ["diffusion_pytorch_model.bin"]
unpacked_bytes = 1_000_000
[[model.part.mirror]]
hub = "us/mgie"
folder = "instruct-pix2pix/vae"

[[model.part]]
name = "clip"
files = ["pytorch_model.bin"]
unpacked_bytes = 1_000_000
[[model.part.mirror]]
hub = "us/mgie"
folder = "clip-vit-large-patch14"
"""


@contextmanager
def tiny_hub(folder: Path) -> Generator[tuple[FlakyServer, Path]]:
    """Serve a tiny MGIE from `folder`; yields the server and a sources file with one model, "tiny"."""
    published = folder / "published"
    write_published(published)
    files = {"/mgie_7b.tar.gz": _archive(published / "mgie_7b")}
    for path in published.rglob("*.*"):
        for revision in ("main", COMMIT):
            files[f"/us/mgie/resolve/{revision}/{path.relative_to(published)}"] = path.read_bytes()
    with serve(files=files, is_hub=True) as server:
        sources = folder / "sources.toml"
        sources.write_text(_SOURCES.replace("{url}", server.url))
        yield server, sources


def _archive(folder: Path) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        tar.add(folder, arcname=folder.name)
    return buffer.getvalue()
