"""Null distributions of rank scores under random gene sets of the matched size.

A sample is a :class:`RankPopulation`: N, and the runs of places that tie. A score is either
:class:`LinearScore` (sums of a :class:`~atrasig.scoring.features.Feature` over up and down genes)
or ssGSEA::

    population = RankPopulation(n_genes, starts, lengths)   # or .untied(N), or .from_ranks(ranks)
    score = LinearScore.of(RANK, const=..., a_up=..., k_up=..., a_down=..., k_down=...)
    tails = linear_null(population, score, observed)        # .mean .sd .lower .upper .p: (sets,)
    tails = ssgsea_null(population, PartSums(size, rank, weight, weighted_rank), down)

Gene sets are drawn without replacement and the parts of a set are disjoint. The nulls know nothing
of correlation between genes: genes of one programme move together, and p is too small for them.
No random number enters a p-value.
"""

from atrasig.scoring.nulls.linear import LinearScore, linear_moments, linear_null
from atrasig.scoring.nulls.matched import expression_matched, reference_strata
from atrasig.scoring.nulls.population import RankPopulation
from atrasig.scoring.nulls.ssgsea import PartSums, ssgsea_null
from atrasig.scoring.nulls.tails import Tails

__all__ = [
    "LinearScore",
    "PartSums",
    "RankPopulation",
    "Tails",
    "expression_matched",
    "linear_moments",
    "linear_null",
    "reference_strata",
    "ssgsea_null",
]
