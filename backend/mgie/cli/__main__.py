"""`python -m mgie.cli`: the same as `mgie`."""

from mgie.cli.main import main

if __name__ == "__main__":
    main()
