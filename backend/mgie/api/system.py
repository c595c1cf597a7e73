"""The server itself: what it is, what it allows, how it is doing, how long an edit would take."""

from __future__ import annotations

from dataclasses import dataclass, field

from mgie.api.options import Options, OptionValue
from mgie.errors import BadOption

MIB = 1 << 20


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What clients may ask for."""

    max_message_bytes: int = 4 * MIB  # one message, either way
    max_blob_bytes: int = 4096 * MIB  # one uploaded picture
    blob_quota_bytes: int = 20480 * MIB  # all blobs on disk; at least max_blob_bytes
    max_pixels: int = 200_000_000  # of a picture
    max_side_px: int = 65_536  # of a picture
    max_queue_length: int = 256  # waiting edits
    max_batch_size: int = 64  # edits of one batch
    max_seeds: int = 16  # of one edit
    max_instruction_chars: int = 2000
    max_expressive_chars: int = 4000
    max_piece_bytes: int = MIB  # of an upload or download
    max_decode_bytes: int = 4096 * MIB  # memory for decoding an image file

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if value < 1:
                raise BadOption(f"limit {name} is {value}; choose 1 or more")
        if self.blob_quota_bytes < self.max_blob_bytes:
            raise BadOption(
                f"blob_quota_bytes {self.blob_quota_bytes} is below max_blob_bytes {self.max_blob_bytes}"
            )


@dataclass(frozen=True, kw_only=True)
class ServerInfo:
    """What the server is."""

    version: str
    api_revision: int
    capabilities: tuple[str, ...]
    limits: Limits
    session_id: str  # unique for every start of the server
    start_time: float  # seconds since the epoch
    pid: int
    default_model: str
    notices: tuple[str, ...] = ()  # what the server found wrong with its state, each one sentence for people


@dataclass(frozen=True, kw_only=True)
class DeviceResources:
    """Memory of one device."""

    name: str  # for people, e.g. "NVIDIA H200" or "CPU"
    device: str  # torch's name
    total_bytes: int = 0
    free_bytes: int = 0
    ours_bytes: int = 0  # that this server holds


@dataclass(frozen=True, kw_only=True)
class Resources:
    """Memory and queue at one moment."""

    ram_total_bytes: int
    ram_free_bytes: int
    ram_ours_bytes: int
    devices: tuple[DeviceResources, ...] = ()  # empty until the first model is loaded
    num_queued: int = 0
    num_running: int = 0
    num_held: int = 0
    loaded_models: tuple[str, ...] = ()  # "models/{id}"
    blob_bytes: int = 0


@dataclass(frozen=True, kw_only=True)
class EstimateRequest:
    """An edit that is thought of."""

    model: str = ""  # "" for the server's default
    width: int  # of the picture, px
    height: int
    options: Options = field(default_factory=dict[str, OptionValue])
    num_seeds: int = 1


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """How it would go."""

    fits: bool  # whether memory suffices
    seconds: float | None = None  # None: this machine has measured nothing yet
    wait_s: float | None = None  # until its turn
    needed_bytes: int = 0  # of the device; 0 while unknown
    free_bytes: int = 0
    explanation: str = ""  # one sentence
    num_measured: int = 0  # edits the numbers come from
