"""mgie-mini's training recipe: pairs, autoencoder, stages; `python -m mgie.train.mini`."""
