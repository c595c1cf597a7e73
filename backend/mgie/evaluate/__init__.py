"""Measuring what a model makes: cases with exact goals, metrics, scores, tables and plots."""
