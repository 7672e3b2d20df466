"""Benchmarks of scoring beside its peers, and the agreement of their scores."""
