"""What the panel knows, as plain frozen values with pure transitions. No Qt, no I/O."""
