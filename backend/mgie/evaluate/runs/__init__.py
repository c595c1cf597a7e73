"""Runs: every item of a data set edited by one editor, kept with everything that led to it."""
