"""Memory stays bounded: by the claims of a file while it is decoded, and by a budget of unread previews."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import psutil
import pytest

from mgie.api.failure import ServiceError
from mgie.api.picture import Picture
from mgie.api.pixel_blobs import EncodedSpec, PictureBlob
from mgie.files.document import Document
from mgie.files.save import save_document
from mgie.server.landing import DECODED_COPIES
from mgie.server.streams import PREVIEW_BUDGET_BYTES
from mgie.v1 import edit_service_pb2 as edits
from support.killable import Killable
from support.raw_calls import RawCalls
from support.service_calls import make_spec, steps

MB = 1_000_000
SIDE_PX = 3000
NUM_WATCHERS = 50
_PEAK = """
import resource, sys
from pathlib import Path
from mgie.files.formats import claimed_size, open_document
small, large = map(Path, sys.argv[1:])
open_document(small)  # what the decoders themselves take
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
open_document(large)
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print((after - before) * 1024, claimed_size(large).num_bytes)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="other systems count a process's peak in other units")
@pytest.mark.parametrize(
    ("ending", "dtype", "channels"),
    [("png", "u1", 3), ("png", "u2", 4), ("tif", "u2", 3), ("jpg", "u1", 3), ("webp", "u1", 4)],
)
def test_decoding_takes_no_more_than_is_reckoned_with(
    tmp_path: Path, ending: str, dtype: str, channels: int
) -> None:
    alpha = "straight" if channels == 4 else "none"
    for name, side in (("small", 64), ("large", SIDE_PX)):
        pixels = np.zeros((side, side, channels), dtype)
        pixels[::7] = 200  # a small file of a large picture
        save_document(tmp_path / f"{name}.{ending}", Document(picture=Picture(pixels=pixels, alpha=alpha)))
    files = [tmp_path / f"{name}.{ending}" for name in ("small", "large")]
    program = [sys.executable, "-c", _PEAK, *map(str, files)]
    answer = subprocess.run(program, capture_output=True, text=True, check=True)
    peak, claimed = map(int, answer.stdout.split())
    assert files[1].stat().st_size < claimed / 5
    assert peak <= DECODED_COPIES * claimed + 8 * MB


def test_a_file_that_would_take_more_than_allowed_is_refused_before_it_is_decoded(
    start, tmp_path: Path
) -> None:
    pixels = np.zeros((2000, 2000, 3), np.uint8)
    save_document(tmp_path / "a.png", Document(picture=Picture(pixels=pixels)))
    client = start(max_decode_bytes=40 * MB).connect()
    (digest,) = client.upload((tmp_path / "a.png").read_bytes())
    picture = PictureBlob(blob_digest=digest, encoded=EncodedSpec())
    with pytest.raises(
        ServiceError, match="decoding a file of 2000x2000 px may take 45 MiB; 38 MiB"
    ) as caught:
        client.create_edit(make_spec(client, picture=picture))
    assert caught.value.reason == "IMAGE_TOO_LARGE"


@pytest.fixture
def killable(state_dir: Path) -> Iterator[Killable]:
    server = Killable(state_dir, step_s=0.02)
    yield server
    server.close()


def test_watchers_that_never_read_cost_no_more_than_the_budget(killable: Killable) -> None:
    killable.start()
    client = killable.connect()
    server = psutil.Process(killable.pid)
    edit = client.create_edit(make_spec(client, options=steps(200)))
    wanted = edits.PreviewOptions(
        format=edits.PREVIEW_FORMAT_RGB8, max_side_px=1024, max_rate_hz=60, every_num_steps=1
    )
    request = edits.WatchEditRequest(name=edit.name, previews=wanted)
    before = server.memory_info().rss
    with RawCalls(killable.discovery()) as raw:
        watches = [raw.edits.WatchEdit(request, metadata=raw.metadata) for _ in range(NUM_WATCHERS)]
        most = 0
        while not client.get_edit(edit.name).state.has_ended:
            most = max(most, server.memory_info().rss - before)
            time.sleep(0.05)
        for watch in watches:
            watch.cancel()
    # A preview is here as an array, encoded, and in gRPC's hands: some copies of each, not one per watcher.
    assert most < 4 * PREVIEW_BUDGET_BYTES + 64 * MB
    assert killable.is_alive
