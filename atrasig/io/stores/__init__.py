"""Stores of annotated matrices, mostly of single cells: h5ad, zarr, loom and 10x."""
