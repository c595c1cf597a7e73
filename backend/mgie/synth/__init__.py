"""The synthetic edit engine: photographs become exactly known edits, worded and described."""
