"""What a server is started with: where it keeps things, where it listens, what it allows."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from mgie.api.system import Limits
from mgie.errors import BadOption
from mgie.model.company import OVERLAPS, Overlap
from mgie.model.load_options import LoadOptions, PlacementMode, Precision
from mgie.weights.installed import DEFAULT_MODEL
from mgie.weights.sources import SOURCES_PATH


@dataclass(frozen=True, kw_only=True)
class ServerSettings:
    """One server. Checked once, never changed."""

    state_dir: Path  # jobs, blobs, token, discovery, log; created with mode 0700
    listen: str = ""  # "" for a Unix socket (loopback TCP where there are none), else "HOST:PORT"
    tls_certificate: Path | None = None  # PEM; with tls_key. None: generated where TLS is needed
    tls_key: Path | None = None  # PEM
    model: str = DEFAULT_MODEL  # used where a request names none
    models_dir: Path | None = None  # None: this user's
    sources: Path = SOURCES_PATH  # which models can be pulled, and from where
    hub: str = ""  # another Hugging Face hub than huggingface.co
    device: str = "auto"  # "auto", "cpu", "cuda", "cuda:1", "mps"
    precision: Precision | Literal["auto"] = "auto"  # in which numbers models compute
    placement: PlacementMode | Literal["auto"] = "auto"  # how much of a model stays on the device
    preload: bool = True  # load the model at once, in the background
    limits: Limits = field(default_factory=Limits)
    max_samples: int = 4  # pictures denoised together, 1..64
    overlap: Overlap = "auto"  # write the next edit's words while this one is painted
    num_encodings: int = 64  # encodings kept in memory for reuse, 0..4096
    idle_unload_s: float = 900.0  # free the device after so long without an edit; 0: never
    idle_exit_s: float = 0.0  # end after so long without a call or an edit; 0: never
    drain_s: float = 30.0  # time for running edits when asked to end
    max_kept_edits: int = 5000  # ended edits; the oldest are forgotten beyond
    ray_address: str = ""  # "" for a lane in this process, else Ray's address or "local"
    num_lanes: int = 1  # workers, with Ray

    @property
    def load_options(self) -> LoadOptions:
        """How models are loaded."""
        return LoadOptions(device=self.device, precision=self.precision, placement=self.placement)

    def __post_init__(self) -> None:
        if (self.tls_certificate is None) != (self.tls_key is None):
            raise BadOption("a TLS certificate and its key go together; give both or neither")
        if self.num_lanes != 1 and not self.ray_address:
            raise BadOption(f"{self.num_lanes} lanes need Ray; add --ray local, or a cluster's address")
        if self.overlap not in OVERLAPS:
            raise BadOption(f"overlap is {self.overlap!r}; choose {', '.join(OVERLAPS)}")
        _ = self.load_options  # raises for a precision or placement that there is not
        for name, low, high in (
            ("max_samples", 1, 64),
            ("num_encodings", 0, 4096),
            ("idle_unload_s", 0, 1e9),
            ("idle_exit_s", 0, 1e9),
            ("drain_s", 0, 3600),
            ("max_kept_edits", 1, 1_000_000),
            ("num_lanes", 1, 64),
        ):
            value = getattr(self, name)
            if not low <= value <= high:  # also refuses NaN
                raise BadOption(f"{name} is {value}; choose {low} to {high}")
