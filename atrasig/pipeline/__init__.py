"""The stages of a run, file to file, and the ways to chain them."""
