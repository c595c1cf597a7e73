"""Autoencoders that code pictures tile by tile: less memory, and seams where blending does not hide them."""

from __future__ import annotations

from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from diffusers.models.autoencoders.autoencoder_kl_flux2 import AutoencoderKLFlux2


def use_square_tiles(vae: AutoencoderKL | AutoencoderKLFlux2, side_px: int) -> None:
    """From now on code larger pictures in tiles of a side that overlap by a quarter of it."""
    vae.tile_sample_min_size = side_px
    vae.tile_latent_min_size = side_px // 2 ** (len(vae.config["block_out_channels"]) - 1)
    vae.enable_tiling()
