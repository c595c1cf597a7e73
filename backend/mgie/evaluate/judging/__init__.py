"""Scores by a vision-language model on this machine: questions as data, answers kept, nothing sent away."""
