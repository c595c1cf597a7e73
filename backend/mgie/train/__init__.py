"""Training: data, the objective, the loop, and what leaves it."""
