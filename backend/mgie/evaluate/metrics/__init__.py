"""Metrics with exact definitions: each docstring says which published code it follows, to the resize."""
