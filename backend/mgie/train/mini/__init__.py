"""The recipe of mgie-mini and its baselines: `python -m mgie.train.mini`.

Photographs, vocabulary, autoencoder, pairs, then stages of training. What every training needs lies in
`mgie.train.engine` and `mgie.train.data`; here is only what is peculiar to a model this small."""
