"""Files of a Hugging Face repository as `RemoteFile`s: address, size and digest from the hub's own answer."""

from __future__ import annotations

import re

import httpx2
from huggingface_hub import get_hf_file_metadata, hf_hub_url
from huggingface_hub.errors import HfHubHTTPError

from mgie.errors import DownloadFailed
from mgie.weights.download import RemoteFile

_SHA256 = re.compile(r"[0-9a-f]{64}")


def hub_file(repo: str, path: str, *, revision: str = "main", endpoint: str | None = None) -> RemoteFile:
    """Look a file up, pinned to the commit the revision names now.

    Large files carry their SHA-256; small ones (JSON, vocabularies) only a size and the commit.
    endpoint: another hub than huggingface.co, for instance a mirror.
    """
    url = hf_hub_url(repo, path, revision=revision, endpoint=endpoint)
    try:
        metadata = get_hf_file_metadata(url, token=False, endpoint=endpoint)  # public files; no secret leaves
    except (HfHubHTTPError, httpx2.HTTPError, OSError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise DownloadFailed(f"{url} cannot be looked up: {reason}") from error
    pinned = hf_hub_url(repo, path, revision=metadata.commit_hash or revision, endpoint=endpoint)
    etag = metadata.etag or ""
    return RemoteFile(
        url=pinned,
        num_bytes=metadata.size,
        sha256=etag if _SHA256.fullmatch(etag) else None,
    )
