"""Measuring: one edit part by part beside the published recipe, on whatever device is at hand."""
