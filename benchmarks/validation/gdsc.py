"""The recipes of ``atrasig fit`` on a growth-inhibition screen: a test of the method, not a caller.

Tretinoin (drug 1009) of GDSC as ln(IC50 in uM) on cell lines with 706 genes. The values are
standardised by gene over all lines, as their source delivers them; no response takes part in that.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from atrasig.genes import load_gene_table
from atrasig.prediction.fitting import (
    CorrelationSignature,
    Coverage,
    OutOfFold,
    Recipe,
    RegularisedRegression,
    TrainingData,
    held_out_coverage,
    jackknife_plus,
    leave_one_out,
    nested,
    permutation_p,
    permuted_null,
    training_data,
)
from atrasig.prediction.validation.figure import Figure
from atrasig.prediction.validation.metrics import centred_spearman, spearman
from atrasig.prediction.validation.task import Sampling
from atrasig.prediction.validation.tasks import response_jobs

RECIPES: tuple[Recipe, ...] = (
    CorrelationSignature(),
    RegularisedRegression(),
    RegularisedRegression(l1_ratio=0.5),
)
SEED = 1
ALPHA = 0.1
PERMUTATIONS = 40
SLOWER = {"elastic_net": 10}
"""Recipes that take so many times longer that they get so many times fewer permutations."""
SAMPLING = Sampling(draws=2000, permutations=1000, seed=SEED)
PHARMACOLOGICAL_UM = 1.0
# Named by Centritto 2015 and Paroni 2020 (breast); NB4 and HL-60 mature under ATRA.
CONTROLS = {
    "NB4": "sensitive",
    "HL-60": "sensitive",
    "HCC1599": "sensitive",
    "MB157": "sensitive",
    "MDA-MB-157": "sensitive",
    "SK-BR-3": "sensitive",
    "MDA-MB-453": "resistant",
}


@dataclass(frozen=True)
class Screen:
    """The screen: responses of all lines, and expression of some.

    Parameters
    ----------
    folder
        Folder of the files.
    """

    folder: Path

    @cached_property
    def responses(self) -> pd.DataFrame:
        """All lines: name, tissue, ``ln_ic50`` and that of a refit of the same curves."""
        lines = pd.read_csv(self.folder / "gdsc_v17_tretinoin_1009.tsv", sep="\t")
        refit = pd.read_csv(self.folder / "cadrres_refit_tretinoin_1009.tsv", sep="\t")
        lines = lines.merge(refit, left_on="COSMIC_ID", right_on="cosmic_id", how="left")
        names = {"tretinoin_LN_IC50_uM": "ln_ic50", "log2_abs_ic50_refit": "refit"}
        return lines.rename(columns={**names, "NAME": "line", "TISSUE": "tissue"})

    @cached_property
    def left_out(self) -> dict[str, int]:
        """How many lines with expression are left out, and for what."""
        facts = self._facts
        known = facts["tretinoin_LN_IC50_uM"].notna()
        return {
            "without_response": int((~known).sum()),
            "without_site": int((known & facts["Site_Primary"].isna()).sum()),
        }

    @cached_property
    def _facts(self) -> pd.DataFrame:
        facts = pd.read_csv(self.folder / "ccle580_tretinoin_and_annotation.tsv", sep="\t")
        return facts.set_index("DepMap_ID")

    @cached_property
    def data(self) -> TrainingData:
        """Lines with expression and response, by lineage."""
        values = pd.read_parquet(self.folder / "ccle580_census706_expression.parquet")
        values.columns = symbols_of([name.strip("()") for name in values.columns])
        facts = self._facts.loc[values.index]
        kept = facts["tretinoin_LN_IC50_uM"].notna() & facts["Site_Primary"].notna()
        return training_data(
            list(values.index[kept]),
            list(values.columns),
            values[kept].to_numpy(float),
            facts.loc[kept, "tretinoin_LN_IC50_uM"].to_numpy(float),
            "quantitative",
            list(facts.loc[kept, "Site_Primary"]),
        )


def symbols_of(entrez: list[str]) -> list[str]:
    """Approved symbols of Entrez ids; an id the table does not know keeps its number."""
    known = {str(key): str(name) for name, key in load_gene_table().frame["entrez"].items()}
    return [known.get(name, f"Entrez {name}") for name in entrez]


@dataclass(frozen=True)
class Fitted:
    """One recipe on the screen: out-of-fold predictions and what was computed from them."""

    recipe: Recipe
    out: OutOfFold
    null: np.ndarray
    null_within: np.ndarray

    @property
    def name(self) -> str:
        """Name of the recipe."""
        return self.recipe.name.replace("_", " ")

    @cached_property
    def figures(self) -> list[Figure]:
        """Pooled and within-lineage correlations with intervals, and the nulls of refitting."""
        rows = pd.DataFrame(
            {
                "sample": self.out.data.samples,
                "score": self.out.scores,
                "response": self.out.response,
                "group": self.out.data.groups,
                "call": "",
            }
        )
        named = [f for job in response_jobs(rows, self.name, SAMPLING) for f in job()]
        kept = [f for f in named if "permuted" not in f.how and _is_large(f)]
        return [*kept, *self._nulls()]

    def _nulls(self) -> Iterator[Figure]:
        for how, statistic, null in (
            ("labels permuted, all refitted", pooled, self.null),
            ("permuted within lineages, all refitted", within_lineages, self.null_within),
        ):
            known = null[np.isfinite(null)]
            low, high = np.quantile(known, [0.025, 0.975])
            n = len(self.out.data.samples)
            p = permutation_p(statistic(self.out), null)
            lost = f"; {null.size - known.size} selected no gene" if known.size < null.size else ""
            note = f"mean of {known.size} runs{lost}; p = {p:.3f}"
            yield Figure(
                self.name, "Spearman", how, n, value=float(known.mean()), low=float(low),
                high=float(high), reason=note,
            )  # fmt: skip

    def coverage(self) -> Iterator[tuple[str, Coverage]]:
        """Coverage of split-conformal intervals for known lineages, and for unseen ones."""
        for calibration in ("same lineages", "other lineages"):
            for row in held_out_coverage(
                self.out.residuals,
                self.out.data.groups,
                ALPHA,
                seed=SEED,
                calibration=calibration,
            ):
                yield calibration, row


def _is_large(figure: Figure) -> bool:
    pooled_kinds = figure.how in ("pooled", "within groups")
    return pooled_kinds or figure.n >= 30 or "haematopoietic" in figure.how


def pooled(out: OutOfFold) -> float:
    """Spearman correlation over all lines."""
    return float(spearman(out.scores, out.response))


def within_lineages(out: OutOfFold) -> float:
    """Spearman correlation once lineage means are removed."""
    return float(centred_spearman(out.scores, out.response, out.data.group_codes))


def fit_all(data: TrainingData, permutations: int) -> list[Fitted]:
    """Fit every recipe, nested, with its nulls; the slow recipe gets fewer permutations."""
    found = []
    for recipe in RECIPES:
        nulls = [
            permuted_null(
                data, recipe, statistic,
                n_permutations=max(1, permutations // SLOWER.get(recipe.name, 1)),
                within_lineage=inside, seed=SEED,
            )
            for statistic, inside in ((pooled, False), (within_lineages, True))
        ]  # fmt: skip
        found.append(Fitted(recipe, nested(data, recipe, seed=SEED), *nulls))
    return found


def jackknife_coverage(
    data: TrainingData, recipe: Recipe, parts: int = 5
) -> tuple[int, int, float]:
    """Jackknife+ on folds of random lines: covered, judged, median width.

    Each fold's lines get intervals from leave-one-out models of the others.
    """
    random = np.random.default_rng(SEED).permutation(len(data.samples)) % parts
    covered, widths = 0, []
    for part in range(parts):
        rest, own = data.take(random != part), data.take(random == part)
        run = nested(rest, recipe, folds=leave_one_out(rest), seed=SEED)
        found = jackknife_plus(run, own.features, own.genes, ALPHA)
        covered += int(((own.response >= found.low) & (own.response <= found.high)).sum())
        widths.append(found.high - found.low)
    return covered, len(data.samples), float(np.median(np.concatenate(widths)))


def noise_ceiling(screen: Screen) -> list[Figure]:
    """Agreement of two fits of the same curves: what no predictor can pass by much."""
    both = screen.responses.dropna(subset=["ln_ic50", "refit"])
    rows = pd.DataFrame(
        {
            "sample": both["line"],
            "score": both["refit"],
            "response": both["ln_ic50"],
            "group": both["tissue"],
            "call": "",
        }
    )
    jobs = response_jobs(rows, "two fits of the curves", SAMPLING)
    return [f for job in jobs for f in job() if "permuted" not in f.how and _is_large(f)]


def controls(screen: Screen) -> pd.DataFrame:
    """Where the named lines stand in their tissue, counted from the most sensitive."""
    lines = screen.responses.dropna(subset=["ln_ic50"])
    plain = lines["line"].str.replace("-", "").str.upper()
    rows = []
    for name, expected in CONTROLS.items():
        own = lines[plain == name.replace("-", "").upper()]
        if own.empty:
            rows.append((name, expected, "", np.nan, "not screened"))
            continue
        value, tissue = float(own["ln_ic50"].iloc[0]), str(own["tissue"].iloc[0])
        peers = lines.loc[lines["tissue"] == tissue, "ln_ic50"]
        place = f"{int((peers < value).sum()) + 1} of {len(peers)}"
        rows.append((name, expected, tissue, value, place))
    return pd.DataFrame(rows, columns=["line", "reported", "tissue", "ln_ic50", "place"])
