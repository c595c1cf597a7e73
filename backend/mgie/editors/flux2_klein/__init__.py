"""FLUX.2 Klein (Black Forest Labs, 2026): small and fast; it takes reference pictures."""
