"""A judge behind an OpenAI-compatible endpoint (llama.cpp, vLLM and others) on this machine."""

from __future__ import annotations

import base64
import io
import ipaddress
from collections.abc import Sequence
from urllib.parse import urlsplit

import httpx2
from PIL import Image

from mgie.errors import BadOption, MgieError
from mgie.synth.light import Pixels


class JudgeFailed(MgieError):
    """The judge did not answer."""

    reason = "JUDGE_FAILED"


class EndpointJudge:
    """Pictures never leave the machine: any address but loopback is refused."""

    def __init__(self, url: str, model: str, *, seed: int = 0, timeout_s: float = 600.0) -> None:
        """url: up to and with /v1, e.g. http://127.0.0.1:8080/v1."""
        if not _is_loopback(urlsplit(url).hostname or ""):
            raise BadOption(f"{url} is not on this machine; a judge must listen on 127.0.0.1 or [::1]")
        self.name = model
        self.seed = seed
        self._url = url.rstrip("/") + "/chat/completions"
        self._client = httpx2.Client(timeout=timeout_s, trust_env=False)

    def ask(self, text: str, pictures: Sequence[Pixels]) -> str:
        """What the judge writes; greedy, with a fixed seed. Raises JudgeFailed."""
        parts: list[dict[str, object]] = [
            {"type": "image_url", "image_url": {"url": _data_url(picture)}} for picture in pictures
        ]
        body = {
            "model": self.name,
            "messages": [{"role": "user", "content": [*parts, {"type": "text", "text": text}]}],
            "temperature": 0,
            "seed": self.seed,
            "max_tokens": 300,
        }
        try:
            response = self._client.post(self._url, json=body)
            response.raise_for_status()
            return str(response.json()["choices"][0]["message"]["content"])
        except (httpx2.HTTPError, ValueError, LookupError, TypeError) as error:
            raise JudgeFailed(f"{self._url} gave no answer: {type(error).__name__} {error}") from error


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _data_url(picture: Pixels) -> str:
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "PNG")
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()
