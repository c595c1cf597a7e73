"""The synthetic edit engine: photographs become exactly known edits, worded and described.

Operations, what is asked for in which words, and what a picture can be checked for. Arrays only: no
network, and no data set (that is `mgie.train.data.synthetic`)."""
