"""Compiled loops behind scoring: ranks, sums over sets, walks."""
