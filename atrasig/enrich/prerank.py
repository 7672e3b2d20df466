"""GSEA on a ranked gene list by gseapy, with its inputs checked and its order fixed.

Subramanian et al. 2005, doi:10.1073/pnas.0506580102; p-values by the multilevel splitting of fgsea
(Korotkevich et al. 2021, doi:10.1101/060012) as gseapy has it: twenty times faster than permuting
the list for each set, and not bounded by the number of permutations. gseapy: Fang et al. 2023,
doi:10.1093/bioinformatics/btac757. It is handed neutral gene and set names, because it folds
the case of symbols that look lower-case, and a strictly decreasing list, because it leaves the
order of tied genes to chance.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from atrasig.errors import AtrasigError, InputError, UsageError
from atrasig.scoring.tables import benjamini_hochberg

Progress = Callable[[Sequence[list[str]]], Iterable[list[str]]]
MIN_PERMUTATIONS = 100
SMALLEST_P = 1e-50
"""Below this the splitting stops; such p are reported as this."""
CHUNK = 250
"""Sets handed to gseapy at once: it keeps 1 to 2 MB a set while it works."""
_STEP = 2.0**-50


def prerank(
    metric: pd.Series[float],
    gene_sets: Mapping[str, Sequence[str]],
    *,
    permutations: int = 1000,
    seed: int = 1,
    min_size: int = 5,
    max_size: int = 1000,
    threads: int = 1,
    progress: Progress = list,
) -> pd.DataFrame:
    """Test gene sets along a ranked list by permuting genes.

    The result depends neither on the order of `metric` nor on that of `gene_sets`; tied genes
    stand in the order of their symbols.

    Parameters
    ----------
    metric
        Finite statistic of each gene, indexed by unique gene symbols.
    gene_sets
        Gene symbols of each set.
    permutations
        Random gene sets by which the score of a set is normalised, at least 100.
    seed
        Seed of the random gene sets.
    min_size, max_size
        A set with fewer or more genes in the list is kept as a row of NaN.
    threads
        Threads of gseapy; the result does not depend on them.
    progress
        Wraps the chunks of sets on their way, such as a progress bar.

    Returns
    -------
    pandas.DataFrame
        Indexed by set name, sorted, with ``es``, ``nes``, ``p``, ``q``, ``n_matched`` and
        ``leading_edge`` (symbols joined by ``;``, from the end of the list that the set is
        enriched at). ``p`` is nominal, never below 1e-50, and like ``es`` and ``nes`` depends on
        no other set; ``q`` is Benjamini-Hochberg over the sets. ``nes``, ``p`` and ``q`` are NaN
        where no random set had the sign of the set's own score.

    Raises
    ------
    InputError
        If the metric is not finite, all zero, or its genes are not unique.
    UsageError
        If the limits or the number of permutations make no sense.
    """
    _check_arguments(metric, permutations, min_size, max_size)
    ordered = _ordered(metric)
    place = {str(gene): number for number, gene in enumerate(ordered.index)}
    matched = {
        name: sorted(place[gene] for gene in set(gene_sets[name]) if gene in place)
        for name in sorted(gene_sets)
    }
    testable = {
        name: places
        for name, places in matched.items()
        if min_size <= len(places) <= max_size and len(places) < len(ordered)
    }
    result = pd.DataFrame(
        {"es": np.nan, "nes": np.nan, "p": np.nan, "q": np.nan, "n_matched": 0, "leading_edge": ""},
        index=pd.Index(list(matched), name="set", dtype=object),
    )
    result["n_matched"] = [len(places) for places in matched.values()]
    names = list(testable)
    chunks = [names[start : start + CHUNK] for start in range(0, len(names), CHUNK)]
    for chunk in progress(chunks):
        some = {name: testable[name] for name in chunk}
        found = _run_gseapy(ordered, some, permutations, seed, min_size, max_size, threads)
        for column in found.columns:
            result.loc[found.index, column] = found[column]
    result["q"] = benjamini_hochberg(result["p"].to_numpy(np.float64))
    return result


def strictly_decreasing(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Break the ties of a descending list by steps far below the precision of any statistic.

    Parameters
    ----------
    values
        Shape (genes,), finite, in descending order.

    Returns
    -------
    numpy.ndarray
        Each value at least ``2**-50`` of the largest magnitude below the one before it, no value
        moved by more than the length of the list in such steps.
    """
    step = np.abs(values).max() * _STEP
    ramp = step * np.arange(values.size)
    return np.asarray(np.minimum.accumulate(values + ramp) - ramp)


def _check_arguments(
    metric: pd.Series[float], permutations: int, min_size: int, max_size: int
) -> None:
    values = metric.to_numpy(dtype=np.float64)
    if metric.index.has_duplicates:
        repeated = metric.index[metric.index.duplicated()][0]
        raise InputError(
            f"The ranked list holds gene {repeated!r} more than once",
            fix="Give one value a gene.",
        )
    n_bad = int((~np.isfinite(values)).sum())
    if n_bad:
        raise InputError(
            f"{n_bad} of {values.size} ranked genes have no finite statistic",
            fix="Leave out the genes that are not measured in every sample.",
        )
    if values.size < 2 or not np.any(values):
        raise InputError(
            "The ranked list needs two genes at least and a statistic that is not all zero",
            fix="Check that the two sides of the contrast differ.",
        )
    if not 2 <= min_size <= max_size:
        raise UsageError(
            f"Gene-set sizes from {min_size} to {max_size} cannot be used",
            fix="Choose 2 <= min_size <= max_size.",
        )
    if permutations < MIN_PERMUTATIONS:
        raise UsageError(
            f"{permutations} permutations are too few for a p-value",
            fix=f"Use {MIN_PERMUTATIONS} or more.",
        )


def _ordered(metric: pd.Series[float]) -> pd.Series[float]:
    """Sort by descending statistic, ties by symbol, and make the values distinct."""
    by_symbol = metric.astype(np.float64).sort_index()
    ordered = by_symbol.sort_values(ascending=False, kind="stable")
    values = np.asarray(ordered, dtype=np.float64)
    return pd.Series(strictly_decreasing(values), index=ordered.index)


def _run_gseapy(
    ordered: pd.Series[float],
    places: Mapping[str, Sequence[int]],
    permutations: int,
    seed: int,
    min_size: int,
    max_size: int,
    threads: int,
) -> pd.DataFrame:
    """Statistics of the testable sets, indexed by set name."""
    import gseapy

    names = list(places)
    with warnings.catch_warnings():
        # gseapy sorts and renames its own frames in place, which newer pandas discourages.
        warnings.filterwarnings("ignore", "The inplace keyword", DeprecationWarning)
        answer = gseapy.prerank(
            pd.Series(ordered.to_numpy(), index=[f"G{i}" for i in range(len(ordered))]),
            {f"S{i}": [f"G{place}" for place in places[name]] for i, name in enumerate(names)},
            min_size=min_size,
            max_size=max_size,
            permutation_num=permutations,
            ascending=False,
            threads=threads,
            outdir=None,
            no_plot=True,
            seed=seed,
            verbose=False,
            method="multilevel",
            eps=SMALLEST_P,
        ).res2d
    found = pd.DataFrame(answer).set_index("Term")
    if sorted(found.index) != sorted(f"S{i}" for i in range(len(names))):
        raise AtrasigError(
            f"gseapy tested {len(found)} gene sets of the {len(names)} it was given",
            where="prerank",
            fix="Report this with the version of gseapy.",
        )
    found = found.loc[[f"S{i}" for i in range(len(names))]]
    found.index = pd.Index(names)
    return _tidy(found, ordered.index)


def _tidy(found: pd.DataFrame, genes: pd.Index[str]) -> pd.DataFrame:
    numbers = found[["ES", "NES", "NOM p-val"]].astype(np.float64)
    tidy = numbers.set_axis(["es", "nes", "p"], axis=1)
    # Without a random set of the same sign no normalised score exists.
    undefined = (tidy["nes"] == tidy["es"]) | ~np.isfinite(tidy["nes"]) | (tidy["nes"] == 0)
    tidy.loc[undefined, ["nes", "p"]] = np.nan
    tidy["leading_edge"] = [
        ";".join(str(genes[int(token[1:])]) for token in tokens.split(";") if token)
        for tokens in found["Lead_genes"].astype(str)
    ]
    return tidy
