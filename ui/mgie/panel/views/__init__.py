"""One widget per file; each shows a part of the state and says what the artist did."""
