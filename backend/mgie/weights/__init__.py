"""Model folders: finding, fetching, importing, converting, verifying and loading them."""
