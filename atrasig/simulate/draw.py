"""The random part of the simulation: gene means, raised programmes, counts, absent genes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from atrasig.errors import SignatureError, UsageError
from atrasig.genes import load_gene_table
from atrasig.prediction import load_models
from atrasig.signatures import SignatureSet

Floats = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]
GeneLists = Mapping[str, tuple[str, ...]]

CORE = "retinoid_response_core"
COUNTS = "counts.tsv.gz"
PANEL = "counts_panel.tsv.gz"
APL_MODEL = "apl_programme"
APL_LISTS = {"ross_aml_": "ross_aml_with_pml_rara_fusion", "valk_aml_": "valk_aml_cluster_12"}

_SPREAD = 2.2  # standard deviation of the genes' mean log expression
_SUBTYPE_LEVEL = (0.35, 0.80)  # quantiles of leukemia list genes among all genes
_CORE_LEVEL = (0.20, 0.50)  # quantiles of retinoid core genes before exposure
_PROGRAMME_RISE = (1.35, 0.40)  # mean and spread over genes, natural log
_RETINOID_RISE = (1.80, 0.40)
_PATIENT_SPREAD = 0.35
_SHAPE = 20.0  # gamma shape of the counts: dispersion 0.05
_LIBRARY = (8_000_000, 20_000_000)
_SHALLOW_LIBRARY = 60_000
_PANEL_SHARE = 0.30


@dataclass(frozen=True)
class Plan:
    """One sample before its counts are drawn.

    Parameters
    ----------
    sample, planted
        Name; what was planted, in words.
    raised
        Ids of the lists whose genes are raised.
    sensitivity, response
        The calls that the planted truth demands.
    matrix, patient, timepoint, group
        Cells of the sample sheet, empty where nothing applies.
    shallow
        Whether the library is far too small.
    """

    sample: str
    planted: str
    raised: tuple[str, ...]
    sensitivity: str = "no call"
    response: str = "not responding"
    matrix: str = COUNTS
    patient: str = ""
    timepoint: str = "baseline"
    group: str = ""
    shallow: bool = False


def gene_lists(signatures: SignatureSet) -> GeneLists:
    """Genes of every signature that the gene table knows, sorted, by signature id.

    Raises
    ------
    SignatureError
        If an APL list or the retinoid core is missing.
    """
    signatures.select([CORE, *APL_LISTS.values()])
    known = set(load_gene_table().frame.index)
    return {one.id: tuple(sorted(known.intersection(one.symbols))) for one in signatures}


def siblings_of(lists: GeneLists, prefix: str) -> list[str]:
    """Name the lists of the same study as an APL list, without that list.

    Raises
    ------
    SignatureError
        If there is none.
    """
    found = [name for name in sorted(lists) if name.startswith(prefix)]
    found = [name for name in found if name != APL_LISTS[prefix]]
    if not found:
        raise SignatureError(
            f"The simulation needs sibling lists of {APL_LISTS[prefix]}",
            fix=f"Add signatures whose id begins with {prefix}, or use the shipped set.",
        )
    return found


def subtype_lists(lists: GeneLists) -> list[str]:
    """Both APL lists, then all their siblings."""
    siblings = [name for prefix in APL_LISTS for name in siblings_of(lists, prefix)]
    return [*APL_LISTS.values(), *siblings]


def gene_universe(lists: GeneLists, n_genes: int) -> list[str]:
    """Fill up the listed genes with coding genes spread evenly over the alphabet.

    Raises
    ------
    UsageError
        If `n_genes` is smaller than the listed genes, or larger than all genes.
    """
    listed = set().union(*lists.values())
    others = sorted(load_gene_table().coding - listed)
    room = n_genes - len(listed)
    if not 0 <= room <= len(others):
        raise UsageError(
            f"n_genes is {n_genes}, the signatures have {len(listed)} genes",
            fix=f"Choose {len(listed)} to {len(listed) + len(others)}.",
        )
    steps = np.linspace(0, len(others) - 1, room).astype(int)
    return sorted([*listed, *(others[step] for step in steps)])


def real_order() -> list[str]:
    """Genes of the leukemia lists by their typical rank in counts of real leukemias, rising."""
    model = next(model for model in load_models() if model.id == APL_MODEL)
    ranks = {row.gene: row.typical.get("rnaseq_counts") for row in model.genes}
    known = {gene: rank for gene, rank in ranks.items() if rank is not None}
    return sorted(known, key=lambda gene: (known[gene], gene))


def gene_means(
    genes: Sequence[str], lists: GeneLists, order: Sequence[str], rng: np.random.Generator
) -> Floats:
    """Mean log expression of every gene; list genes lie in a stated part of the distribution.

    Those of the leukemia lists follow `order`: the APL model makes no call of a sample whose genes
    are not ordered as in real leukemias.
    """
    subtype = set().union(*(lists[name] for name in subtype_lists(lists)))
    quantiles = rng.uniform(0.001, 0.999, len(genes))
    place = {gene: number for number, gene in enumerate(genes)}
    known = [place[gene] for gene in order if gene in subtype]
    quantiles[known] = (np.arange(len(known)) + 0.5) / len(known)
    for members, (low, high) in ((subtype, _SUBTYPE_LEVEL), (set(lists[CORE]), _CORE_LEVEL)):
        inside = np.array([gene in members for gene in genes])
        quantiles[inside] = low + (high - low) * quantiles[inside]
    normal = NormalDist(0.0, _SPREAD)
    return np.array([normal.inv_cdf(quantile) for quantile in quantiles])


def programme_rises(
    genes: Sequence[str], lists: GeneLists, rng: np.random.Generator
) -> dict[str, Floats]:
    """Rise of every gene when a list is active; siblings leave the APL lists' genes alone."""
    apl = set().union(*(lists[name] for name in APL_LISTS.values()))
    rises: dict[str, Floats] = {}
    for name in [*subtype_lists(lists), CORE]:
        members = set(lists[name])
        if name not in APL_LISTS.values():
            members -= apl
        mean, spread = _RETINOID_RISE if name == CORE else _PROGRAMME_RISE
        drawn = np.maximum(rng.normal(mean, spread, len(genes)), 0.0)
        rises[name] = np.where([gene in members for gene in genes], drawn, 0.0)
    return rises


def draw_counts(
    plans: Sequence[Plan], means: Floats, rises: dict[str, Floats], rng: np.random.Generator
) -> Counts:
    """Raw counts, genes x samples: Poisson around gamma, so negative binomial."""
    patients: dict[str, Floats] = {}
    columns: list[Counts] = []
    for plan in plans:
        own = rng.normal(0.0, _PATIENT_SPREAD, len(means))
        own = patients.setdefault(plan.patient, own) if plan.patient else own
        # A gene of two active lists rises once, by the larger of the two.
        level = means + own + np.maximum.reduce([rises[name] for name in plan.raised])
        library = _SHALLOW_LIBRARY if plan.shallow else int(rng.integers(*_LIBRARY))
        share = np.exp(level) / np.exp(level).sum()
        noise = rng.gamma(_SHAPE, 1.0 / _SHAPE, len(means))
        columns.append(rng.poisson(share * library * noise))
    return np.column_stack(columns)


def absent_genes(lists: GeneLists, rng: np.random.Generator) -> set[str]:
    """Genes missing from the gene-poor matrix: 70 % of each list, but never all of one."""
    kept: set[str] = set()
    absent: set[str] = set()
    for name in [*APL_LISTS.values(), CORE, *subtype_lists(lists)]:
        open_ = [gene for gene in lists[name] if gene not in kept | absent]
        order = [open_[i] for i in rng.permutation(len(open_))]
        wanted = max(int(_PANEL_SHARE * len(lists[name])), 1)
        room = wanted - len(kept.intersection(lists[name]))
        kept.update(order[: max(room, 0)])
        absent.update(order[max(room, 0) :])
    return absent
