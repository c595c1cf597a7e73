"""The networks that metrics look through: where they lie, and what is missing. None is fetched or replaced.

One folder holds them all, each in the format its own library saves:

`clip-vit-base-patch32/`, `clip-vit-large-patch14/`   transformers `CLIPModel` and its tokenizer
`dino-vits16/`                                        transformers `ViTModel` (facebook/dino-vits16)
`lpips/{alex,vgg,squeeze}.pth`                        lpips 0.1's linear layers
`lpips/alexnet-owt-7be5be79.pth` and so on            torchvision's classifiers, as torch.hub caches them
`pt_inception-2015-12-05-6726825d.pth`                pytorch-fid's InceptionV3
"""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor

from mgie.errors import BadCheckpoint, MgieError
from mgie.model.clip_points import FOLDERS

CLIP_FOLDERS = FOLDERS
DINO_FOLDER = "dino-vits16"
LPIPS_FILES = {  # net -> (lpips' file, torchvision's file)
    "alex": ("alex.pth", "alexnet-owt-7be5be79.pth"),
    "vgg": ("vgg.pth", "vgg16-397923af.pth"),
    "squeeze": ("squeeze.pth", "squeezenet1_1-b8a52dc0.pth"),
}
INCEPTION_FILE = "pt_inception-2015-12-05-6726825d.pth"


class BackboneMissing(MgieError):
    """A network that a metric needs and that is not in the backbones' folder."""

    reason = "BACKBONE_MISSING"


def find(folder: Path | None, name: str) -> Path:
    """The file or folder `name` among the backbones. Raises BackboneMissing."""
    if folder is None:
        raise BackboneMissing(f"{name} is needed; say with --backbones which folder holds it")
    path = folder / name
    if not path.exists():
        raise BackboneMissing(f"{name} is not in {folder}")
    return path


def read_state(path: Path) -> dict[str, Tensor]:
    """The tensors of a .pth file, read without running code."""
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:
        raise BadCheckpoint(f"{path} cannot be read as tensors: {error}") from error
    if not isinstance(state, dict) or not all(isinstance(value, Tensor) for value in state.values()):
        raise BadCheckpoint(f"{path} holds anything but a table of tensors")
    return state


def load_strictly(network: torch.nn.Module, state: dict[str, Tensor], path: Path) -> None:
    """Load all of a network's weights; a missing or misshapen one is an error that names it."""
    own = network.state_dict()
    missing = [key for key in own if key not in state]
    if missing:
        raise BadCheckpoint(f"{path} lacks {missing[0]} (and {len(missing) - 1} others)")
    try:
        network.load_state_dict({key: state[key] for key in own})
    except RuntimeError as error:
        raise BadCheckpoint(f"{path} does not fit: {error}") from error
    network.eval().requires_grad_(False)
