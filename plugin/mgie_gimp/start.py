#!/usr/bin/env python3
"""What GIMP starts, installed as mgie-gimp/mgie-gimp.py with the adapter and `mgie.host` beside it."""

from mgie_gimp.plugin import main

main()
