"""The panel: state without Qt, links to host and backend, views."""
