"""Over-representation of gene sets among the genes that change, by gseapy.

Hypergeometric tests with the tested genes as background. gseapy is handed neutral gene and set
names and a background, without which it takes the genes of the sets for all there are; sets without
a changed gene, which it drops, keep their row, and q counts them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pandas as pd

from atrasig.scoring.tables import benjamini_hochberg

ALPHA = 0.05
LIST_COLUMNS = (
    "contrast", "list", "signature", "direction", "n_list", "n_background", "n_genes", "n_matched",
    "n_shared", "odds_ratio", "p", "q", "genes", "reason",
)  # fmt: skip
_COUNTS = ("n_list", "n_background", "n_genes", "n_matched", "n_shared")
_NUMBERS = ("odds_ratio", "p", "q")


def over_represented(
    differential: pd.DataFrame,
    gene_sets: Mapping[str, Sequence[str]],
    min_size: int = 5,
    max_size: int = 1000,
    alpha: float = ALPHA,
) -> pd.DataFrame:
    """Test the sets for more changed genes than a random set of tested genes would hold.

    Parameters
    ----------
    differential
        Table of one contrast with ``gene``, ``log2fc`` and ``q``; its genes are the background.
    gene_sets
        Gene symbols of each set.
    min_size, max_size
        A set with fewer or more tested genes is kept as a row of NaN with a reason.
    alpha
        Genes with q at most this are changed; those that rise and those that fall are two lists.

    Returns
    -------
    pandas.DataFrame
        One row a list (``up``, ``down``) and set, in this order: ``n_matched`` tested genes of the
        set, ``n_shared`` of the list among them, ``odds_ratio`` with half a gene added to each of
        the four cells, one-sided ``p``, ``q`` (Benjamini-Hochberg over the sets of the list) and
        ``genes`` shared, by symbol.
    """
    place = {str(gene): number for number, gene in enumerate(differential["gene"])}
    tested = {
        name: sorted({place[gene] for gene in genes if gene in place})
        for name, genes in sorted(gene_sets.items())
    }
    changed = (differential["q"] <= alpha).to_numpy()
    rises = (differential["log2fc"] > 0).to_numpy()
    frames = []
    for name, chosen in (("up", changed & rises), ("down", changed & ~rises)):
        places = np.flatnonzero(chosen)
        frames.append(_one_list(places, tested, differential["gene"], min_size, max_size, name))
    return pd.concat(frames, ignore_index=True)


def list_table(frames: Iterable[pd.DataFrame] = ()) -> pd.DataFrame:
    """Stack tables of over-representation; none gives an empty table with its columns."""
    listed = list(frames)
    empty = pd.DataFrame({column: pd.Series(dtype=object) for column in LIST_COLUMNS})
    table = pd.concat(listed, ignore_index=True) if listed else empty
    types = dict.fromkeys(_COUNTS, "int64") | dict.fromkeys(_NUMBERS, "float64")
    return table[list(LIST_COLUMNS)].astype(types)


def _one_list(
    places: np.ndarray,
    tested: Mapping[str, Sequence[int]],
    symbols: pd.Series[str],
    min_size: int,
    max_size: int,
    name: str,
) -> pd.DataFrame:
    rows = pd.DataFrame({"set": list(tested), "list": name})
    rows["n_list"], rows["n_background"] = places.size, len(symbols)
    rows["n_matched"] = [len(members) for members in tested.values()]
    inside = set(places.tolist())
    shared = [[one for one in members if one in inside] for members in tested.values()]
    rows["n_shared"] = [len(members) for members in shared]
    rows["genes"] = [";".join(sorted(str(symbols.iloc[i]) for i in members)) for members in shared]
    fits = rows["n_matched"].between(min_size, max_size) & (places.size > 0)
    rows["reason"] = [
        "" if fit else _why(matched, places.size, min_size, max_size, name)
        for fit, matched in zip(fits, rows["n_matched"], strict=True)
    ]
    rows = rows.assign(
        odds_ratio=_odds(rows).where(fits), p=np.nan, genes=rows["genes"].where(fits, "")
    )
    rows.loc[fits, "p"] = 1.0
    candidates = {
        f"S{i}": [f"G{one}" for one in members]
        for i, members in enumerate(tested.values())
        if fits.iloc[i] and rows["n_shared"].iloc[i]
    }
    if candidates:
        found = _run_gseapy(places, candidates, len(symbols))
        rows.loc[[int(term[1:]) for term in found.index], "p"] = found.to_numpy()
    return rows.assign(q=benjamini_hochberg(rows["p"].to_numpy(np.float64)))


def _why(matched: int, n_list: int, min_size: int, max_size: int, name: str) -> str:
    if not n_list:
        return f"no gene changes {name}"
    return f"{matched} genes tested; needs {min_size} to {max_size}"


def _odds(rows: pd.DataFrame) -> pd.Series[float]:
    shared, alone = rows["n_shared"], rows["n_matched"] - rows["n_shared"]
    others = rows["n_list"] - shared
    rest = rows["n_background"] - rows["n_matched"] - others
    return (shared + 0.5) * (rest + 0.5) / ((alone + 0.5) * (others + 0.5))


def _run_gseapy(
    places: np.ndarray, gene_sets: Mapping[str, list[str]], n_background: int
) -> pd.Series[float]:
    """P of each set, indexed by its neutral name."""
    import gseapy

    answer = gseapy.enrich(
        gene_list=[f"G{place}" for place in places],
        gene_sets=dict(gene_sets),
        background=[f"G{place}" for place in range(n_background)],
        outdir=None,
        no_plot=True,
        verbose=False,
    ).results
    p = pd.DataFrame(answer).set_index("Term")["P-value"].astype(np.float64)
    return p.reindex(list(gene_sets))
