"""Making expressive instructions with large published models, before any training.

`data.expressive_texts` reads what comes out. Nothing here trains."""
