"""From data sets on disk to batches: sources, pairs, examples, order, draws, the cache.

A published data set is one module that makes a `PairSource`, named in `open`. Networks appear only frozen,
in `frozen` and `cache`. Nothing here imports `mgie.train.engine` or `mgie.train.mini`."""
