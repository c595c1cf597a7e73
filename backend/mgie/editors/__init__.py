"""Kinds of editors: `table` names them, a folder for each holds its config, description, loading and editor.

Importing anything but a kind's own `loading` and `editor` does not import torch. May import mgie.api,
mgie.model and mgie.weights; nothing that serves, trains or draws windows.
"""
