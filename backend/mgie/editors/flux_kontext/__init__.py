"""FLUX.1 Kontext (Black Forest Labs, 2025): the picture's tokens stand beside the noise's."""
