"""Model folders: finding, fetching, importing, converting, verifying and loading them.

Whatever knows the layout of a file of weights, ours or a published one, lives here; the networks themselves
live in `mgie.model`."""
