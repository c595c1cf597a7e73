"""No n-gram twice: which tokens would repeat one, found by tensors alone, so that no device waits for it."""

from __future__ import annotations

import torch
from torch import Tensor


def ban_repeats(scores: Tensor, ids: Tensor, lengths: Tensor, size: int) -> Tensor:
    """Scores (T, V) with -inf where a token would repeat an n-gram of the ids before it.

    ids: (N,), whatever stands behind a row's length is not looked at. lengths: (T,) how many ids come before
    each row's token. size: n; 0 bans nothing.
    """
    if size == 0 or len(ids) < size:
        return scores
    num_tokens = scores.shape[1]
    followers = ids[size - 1 :]
    ends = torch.arange(size - 1, len(ids), device=ids.device)
    repeats = (ends < lengths[:, None]) & (lengths[:, None] >= size - 1)
    for back in range(1, size):  # the `back`th token before the follower, and before what comes next
        last = ids[(lengths - back).clamp(min=0)]
        repeats = repeats & (ids[size - 1 - back : len(ids) - back] == last[:, None])
    # one column more, for what is not banned
    targets = torch.where(repeats, followers, num_tokens)
    room = torch.cat([scores, scores.new_zeros(len(scores), 1)], dim=1)
    return room.scatter(1, targets, -torch.inf)[:, :num_tokens]
