"""The backend service: one queue, streamed edits, nothing lost."""
