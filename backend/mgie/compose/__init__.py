"""Where an edit lands: regions, masks, full-resolution transfer, colour, provenance. Arrays only."""
