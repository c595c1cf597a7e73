"""A small typed client of the backend service; no torch."""
