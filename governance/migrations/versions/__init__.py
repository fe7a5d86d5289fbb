"""One file for each change of the shape of the store."""
