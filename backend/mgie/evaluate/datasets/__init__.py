"""Data sets to measure on: the published ones in their own layouts, a plain list, and the synthetic cases."""
