"""Curation: gene lists brought in from other files, and the check of all that is shipped."""
