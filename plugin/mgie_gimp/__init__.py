"""The adapter for GIMP 3: a persistent plug-in that serves the panel. Runs in the Python of GIMP."""
