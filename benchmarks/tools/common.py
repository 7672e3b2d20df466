"""What a tool is given, and what it gives back."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

from benchmarks.inputs import gene_names


@dataclass(frozen=True)
class Loaded:
    """One input in memory.

    Parameters
    ----------
    matrix
        Samples x genes, float64 array or float32 CSR.
    genes
        Gene names in the order of the matrix.
    sets
        Gene sets by name.
    """

    matrix: np.ndarray | sparse.csr_matrix
    genes: np.ndarray
    sets: dict[str, list[str]]

    @classmethod
    def read(cls, folder: Path) -> Loaded:
        """Read an input."""
        sets = json.loads((folder / "sets.json").read_text(encoding="utf-8"))
        names = folder / "genes.json"
        if (folder / "matrix.npz").exists():
            matrix = sparse.csr_matrix(sparse.load_npz(folder / "matrix.npz"))
        else:
            matrix = np.load(folder / "matrix.npy")
        if names.exists():
            genes = np.array(json.loads(names.read_text(encoding="utf-8")))
        else:
            genes = gene_names(matrix.shape[1])
        return cls(matrix, genes, sets)

    def reordered(self, order: np.ndarray) -> Loaded:
        """Return the same input with its genes in another order."""
        return Loaded(self.matrix[:, order].copy(), self.genes[order], self.sets)

    @property
    def samples(self) -> list[str]:
        """Names of the samples."""
        return [f"S{number:06d}" for number in range(self.matrix.shape[0])]

    @property
    def n_bytes(self) -> int:
        """Size of the matrix in memory."""
        if isinstance(self.matrix, np.ndarray):
            return self.matrix.nbytes
        held = (self.matrix.data, self.matrix.indices, self.matrix.indptr)
        return sum(array.nbytes for array in held)

    def samples_by_genes(self) -> pd.DataFrame:
        """Return the dense matrix as a table."""
        return pd.DataFrame(self.matrix, index=self.samples, columns=self.genes)

    def anndata(self) -> Any:
        """Return the matrix as an AnnData."""
        from anndata import AnnData

        var = pd.DataFrame({"biotype": "protein_coding"}, index=self.genes)
        return AnnData(X=self.matrix, obs=pd.DataFrame(index=self.samples), var=var)

    def network(self) -> pd.DataFrame:
        """Return the gene sets as decoupler's table."""
        rows = [(name, gene, 1.0) for name, genes in self.sets.items() for gene in genes]
        return pd.DataFrame(rows, columns=["source", "target", "weight"])

    def table(self, scores: pd.DataFrame) -> np.ndarray:
        """Bring scores to samples x sets in the order of the input."""
        return scores.loc[self.samples, list(self.sets)].to_numpy(dtype=np.float64)


@dataclass(frozen=True)
class Tool:
    """A call to be timed.

    Parameters
    ----------
    prepare
        Brings an input to the form that the call takes; not timed.
    call
        The call; timed.
    collect
        Brings what the call returned or wrote to samples x sets; not timed.
    """

    prepare: Callable[[Loaded], Any]
    call: Callable[[Any], Any]
    collect: Callable[[Loaded, Any, Any], np.ndarray]
