"""The window of the human study: rates edits and expressive instructions without saying whose they are."""
