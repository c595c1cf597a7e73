"""Tiny networks are fastest on one thread, and then several test runs do not disturb each other."""

from __future__ import annotations

import torch

torch.set_num_threads(1)
