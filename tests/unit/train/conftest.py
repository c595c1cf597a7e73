"""Tiny networks are fastest on one thread, and a killed run must add up in the same order as a whole one."""

from __future__ import annotations

import torch

torch.set_num_threads(1)
