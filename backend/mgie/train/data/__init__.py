"""The published data sets, each in its own layout on disk, as `PairSource`s."""
