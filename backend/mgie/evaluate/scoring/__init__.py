"""From the pictures of a run to numbers on disk, one file per family of metrics."""
