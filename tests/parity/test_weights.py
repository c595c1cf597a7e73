"""The recipe of the pack's weights, the TINY preset and the published keys."""

from __future__ import annotations

import numpy as np
import torch

from mgie.model.networks import build_networks
from mgie.model.presets import MGIE_7B, TINY
from support import parity_pack
from support.parity_weights import make_weight, published_key


def test_the_tiny_preset_is_the_pack() -> None:
    assert parity_pack.config() == TINY


def test_every_weight_of_the_pack_has_a_place_and_its_checksum() -> None:
    manifest = parity_pack.read_json("manifest.json")
    networks = build_networks(parity_pack.config(), device="meta")
    shapes = {published_key(key): list(weight.shape) for key, weight in networks.named_parameters()}
    assert shapes == {key: entry["shape"] for key, entry in manifest.items()}
    for key, entry in manifest.items():
        weight = make_weight(key, entry["shape"]).double()
        found = (weight.sum(), weight.abs().sum(), weight.flatten()[0], weight.flatten()[-1])
        np.testing.assert_allclose(torch.stack(found), entry["check"], rtol=1e-5, atol=1e-5, err_msg=key)


def test_mgie_7b_has_exactly_the_published_keys_and_shapes() -> None:
    published = parity_pack.read_json("full_size_keys.json")
    networks = build_networks(MGIE_7B, device="meta")
    weights = {published_key(key): list(weight.shape) for key, weight in networks.state_dict().items()}
    unet = {key.removeprefix("unet."): shape for key, shape in weights.items() if key.startswith("unet.")}
    assert unet == published["unet.pt"]
    frozen = ("model.layers.", "model.norm.", "model.mm_projector.", "vision_tower.", "unet.", "vae.", "emb")
    trained = {key: shape for key, shape in weights.items() if not key.startswith(frozen)}
    assert trained == published["mllm.pt"]


def test_building_without_memory_leaves_no_weight_behind() -> None:
    networks = build_networks(MGIE_7B, device="meta")
    assert all(weight.is_meta for weight in networks.parameters())
    rotary = networks.language_model.model.rotary_emb
    assert not rotary.inv_freq.is_meta
