"""A key/value cache that is allocated once, instead of growing by a copy in every layer and step."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from transformers.cache_utils import Cache, CacheLayerMixin


class _PreallocatedLayer(CacheLayerMixin):
    """Keys and values (B, heads, capacity, head_size) of one layer; only the first `length` are valid."""

    def __init__(self, capacity: int) -> None:
        super().__init__()
        self.capacity = capacity
        self.length = 0

    def lazy_initialization(self, key_states: Tensor, value_states: Tensor) -> None:
        """Allocate for the shape, dtype and device of the first keys."""
        batch, heads, _, head_size = key_states.shape
        self.keys = key_states.new_empty((batch, heads, self.capacity, head_size))
        self.values = torch.empty_like(self.keys)
        self.is_initialized = True

    def update(
        self, key_states: Tensor, value_states: Tensor, *args: Any, **kwargs: Any
    ) -> tuple[Tensor, Tensor]:
        """Write behind what is there; return views of everything so far."""
        if not self.is_initialized:
            self.lazy_initialization(key_states, value_states)
        assert self.keys is not None
        assert self.values is not None
        start, self.length = self.length, self.length + key_states.shape[2]
        self.keys[:, :, start : self.length] = key_states
        self.values[:, :, start : self.length] = value_states
        return self.keys[:, :, : self.length], self.values[:, :, : self.length]

    def get_mask_sizes(self, query_length: int) -> tuple[int, int]:
        """Length and offset of what a query sees."""
        return self.length + query_length, 0

    def get_seq_length(self) -> int:
        """How many positions are filled."""
        return self.length

    def get_max_length(self) -> int:
        """How many positions there are."""
        return self.capacity


class PreallocatedCache(Cache):
    """One preallocated layer per decoder layer, for `past_key_values`."""

    def __init__(self, num_layers: int, capacity: int) -> None:
        """capacity: longest sequence, tokens."""
        super().__init__(layers=[_PreallocatedLayer(capacity) for _ in range(num_layers)])
