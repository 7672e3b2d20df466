"""Scoring methods, one module each."""
