"""What the panel and a host program say to each other. Standard library only, Python 3.10 syntax."""
