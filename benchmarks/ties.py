"""What ties do to each tool's scores, and what the order of rows and the other samples do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy import sparse

from benchmarks.compare import align_signs, correlation, largest_difference
from benchmarks.inputs import SEED, Spec, gene_names, write_input, write_matrix
from benchmarks.measure import WARM, AbsentError, scores_once, scores_under
from benchmarks.pairs import PAIRS, Pair
from benchmarks.tables import markdown
from benchmarks.tools.common import Loaded

N_ORDERS = 8
TIED = Spec("counts", 24, 5000, 30)
SHALLOW = Spec("shallow", 200, 20_000, 50)

Scores = dict[str, np.ndarray]


@dataclass(frozen=True)
class Effect:
    """What became of one tool's scores, relative to its largest score."""

    by_order: float
    by_others: float
    from_ours: float | None


def ties_section(folder: Path) -> str:
    """Write what ties, the order of rows and other samples do."""
    warm = write_input(WARM["counts"], folder)
    whole = write_input(TIED, folder)
    half = _first_half(whole, folder / "half")
    tools = list(dict.fromkeys([*(p.ours_tidy for p in PAIRS), *(p.peer for p in PAIRS)]))
    rows: list[list[str]] = []
    first: Scores = {}
    for tool in tools:
        try:
            rows.append([tool, *_effect(tool, whole, half, warm, first)])
        except AbsentError as absent:
            rows.append([tool, str(absent), "", ""])
    zeros = float((Loaded.read(whole).matrix == 0).mean())
    return "\n\n".join(
        [
            "## With ties",
            f"{TIED.n_samples} samples x {TIED.n_genes:,} genes of counts, {zeros:.0%} of them "
            f"zero, {TIED.n_sets} gene sets. Changes are relative to the tool's largest score. "
            f"Order of rows: largest spread of one score over {N_ORDERS + 1} orders of the same "
            "rows. Other samples: largest change of one score when half of the samples are left "
            "out of the file; scores defined by a cohort must change, others must not.",
            markdown(("call", "order of rows", "other samples", "from ours"), rows),
            "R's singscore gives tied genes their lowest rank, so that all genes at zero rank "
            "first; ours gives them their mean rank. decoupler drops genes that are zero in all "
            "samples of the file, so its universe depends on the file. PLAGE's sign is made "
            "comparable by the largest score of a set.",
        ]
    )


def _first_half(whole: Path, folder: Path) -> Path:
    loaded = Loaded.read(whole)
    if not folder.exists():
        write_matrix(folder, loaded.matrix[: len(loaded.samples) // 2], loaded.sets)
    return folder


def _effect(tool: str, whole: Path, half: Path, warm: Path, first: Scores) -> list[str]:
    stack = np.stack([turned(tool, one) for one in under_orders(tool, TIED, whole, warm)])
    few = scores_once(tool, half, warm).reshape(-1, TIED.n_sets)
    first[tool] = stack[0]
    scale = np.abs(stack).max()
    spread = float(np.ptp(stack, axis=0).max() / scale)
    reference = turned(tool, stack[0][: len(few)])
    others = float(np.abs(turned(tool, few) - reference).max() / scale)
    return [percent(spread), percent(others), _from_ours(tool, first)]


def under_orders(tool: str, spec: Spec, folder: Path, warm: Path) -> np.ndarray:
    """Scores of a tool under the given and other orders of the genes: orders x samples x sets."""
    rng = np.random.default_rng(SEED)
    orders = [np.arange(spec.n_genes)]
    orders += [rng.permutation(spec.n_genes) for _ in range(N_ORDERS)]
    found = scores_under(tool, folder, warm, np.stack(orders))
    return found.reshape(len(orders), spec.n_samples, spec.n_sets)


def turned(tool: str, scores: np.ndarray) -> np.ndarray:
    """Give PLAGE's scores one sign: that which makes the largest score of a set positive."""
    if "plage" not in tool:
        return scores
    largest = np.take_along_axis(scores, np.abs(scores).argmax(axis=0)[None], axis=0)
    signed: np.ndarray = scores * np.sign(largest)
    return signed


def _from_ours(tool: str, first: Scores) -> str:
    pair = next((one for one in PAIRS if one.peer == tool), None)
    if pair is None or pair.ours_tidy not in first:
        return ""
    return percent(pair_difference(pair, first[pair.ours_tidy], first[tool]))


def pair_difference(pair: Pair, ours: np.ndarray, theirs: np.ndarray) -> float:
    """Largest relative difference of a pair, of either sign where the sign is arbitrary."""
    return largest_difference(align_signs(ours, theirs) if pair.turned else ours, theirs)


def pair_correlation(pair: Pair, ours: np.ndarray, theirs: np.ndarray) -> float:
    """Median correlation of a pair, of either sign where the sign is arbitrary."""
    return correlation(align_signs(ours, theirs) if pair.turned else ours, theirs)


def percent(share: float) -> str:
    """Write a share."""
    if np.isnan(share):
        return "NaN"
    return f"{share:.1e}" if share < 1e-4 else f"{share:.2%}"


def undetected_section(folder: Path) -> str:
    """Write what cells with few detected genes are credited for genes they do not express."""
    warm, place = write_input(WARM["cells"], folder), write_input(SHALLOW, folder)
    loaded = Loaded.read(place)
    members = _membership(loaded)
    unseen = np.asarray((loaded.matrix != 0) @ members) == 0
    tools = ("atrasig:aucell/tidy", "decoupler:aucell", "atrasig:ucell/tidy", "pyucell:ucell")
    rows = [[tool, *_credit(tool, place, warm, unseen)] for tool in tools]
    detected = np.diff(sparse.csr_matrix(loaded.matrix).indptr)
    return "\n\n".join(
        [
            "## Genes that a cell does not express",
            f"{SHALLOW.n_samples} cells with {int(np.median(detected))} of {SHALLOW.n_genes:,} "
            f"genes detected (median), fewer than the {SHALLOW.n_genes // 20:,} places that AUCell "
            f"looks at; {int(unseen.sum()):,} pairs of a cell and a set of which the cell "
            "expresses no gene. A tool that breaks ties at zero by the place of a gene credits "
            "such a set; a tool that averages over ties credits every one of them alike.",
            markdown(("call", "lowest score", "mean", "highest", "order of rows"), rows),
        ]
    )


def _credit(tool: str, place: Path, warm: Path, unseen: np.ndarray) -> list[str]:
    try:
        stack = under_orders(tool, SHALLOW, place, warm)
    except AbsentError as absent:
        return [str(absent), "", "", ""]
    credited = stack[0][unseen]
    spread = float(np.nanmax(np.ptp(stack, axis=0)) / np.nanmax(np.abs(stack)))
    statistics: list[Callable[[np.ndarray], float]] = [np.nanmin, np.nanmean, np.nanmax]
    return [*(f"{statistic(credited):.4f}" for statistic in statistics), percent(spread)]


def _membership(loaded: Loaded) -> np.ndarray:
    place = {gene: number for number, gene in enumerate(gene_names(loaded.matrix.shape[1]))}
    members = np.zeros((loaded.matrix.shape[1], len(loaded.sets)), dtype=np.float32)
    for column, genes in enumerate(loaded.sets.values()):
        members[[place[gene] for gene in genes], column] = 1
    return members
