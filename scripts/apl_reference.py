"""Compute what the APL-programme model freezes from the leukaemias in DATA.

Rewrites all that stands below the mark in ``apl_programme.yaml``, and the table beside it, and
prints what was found. The same data give the same bytes.

Usage: python scripts/apl_reference.py DATA [--out FOLDER]
"""

from __future__ import annotations

import argparse
import warnings
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from apl_leukaemias import (
    DIGITS,
    GASTRIC,
    LEUKAEMIAS,
    Cohort,
    Method,
    Pool,
    pool,
    read_cohort,
    restricted,
    rounded,
    show_likeness_to_apl,
    show_moves,
    show_reprocessing,
)

from atrasig.files import data_path, sha256_file
from atrasig.prediction.kinds.sibling_contrast import (
    PlatformReference,
    SiblingContrastModel,
    compare,
)
from atrasig.prediction.likeness import domain_fault
from atrasig.prediction.loading import model_hash
from atrasig.scoring.arrays import Array
from atrasig.signatures import load_signatures

NAME = "apl_programme"
MARK = "# All below is written by scripts/apl_reference.py.\n"
COUNTS, ARRAYS = "rnaseq_counts", "microarray"
QUANTILES = 21


def typical(ranks: Array) -> Array:
    """Median rank of each gene, NaN where no profile measures it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # a gene that is nowhere measured
        return np.asarray(np.nanmedian(ranks, axis=0))


def likeness_floor(found: Pool, folds: Sequence[Array]) -> float:
    """Likeness that all but 1 % of the leukaemias have to others, those of their fold left out."""
    from scipy.stats import spearmanr

    likeness = []
    for fold in folds:
        others = typical(found.ranks[found.without(fold)])
        for own in found.ranks[fold]:
            known = ~np.isnan(own) & ~np.isnan(others)
            likeness.append(float(spearmanr(own[known], others[known]).statistic))
    return float(np.quantile(likeness, 0.01, method="lower"))


def domain(pools: dict[str, Pool]) -> dict[str, float]:
    """Smallest likeness to the reference, a class.

    Arrays: with whole data sets left out. Counts, of which there is one data set: with single
    patients left out, less what leaving out whole data sets costs on arrays.
    """
    singles = {name: list(np.eye(found.is_apl.size, dtype=bool)) for name, found in pools.items()}
    arrays = likeness_floor(pools[ARRAYS], pools[ARRAYS].folds())
    lost = likeness_floor(pools[ARRAYS], singles[ARRAYS]) - arrays
    counts = likeness_floor(pools[COUNTS], singles[COUNTS])
    print(f"likeness floor: counts {counts:.3f} - {lost:.3f}, arrays {arrays:.3f}")
    return {ARRAYS: round(arrays, 2), COUNTS: round(counts - lost, 2)}


def calls(
    model: SiblingContrastModel,
    found: Pool,
    figures: PlatformReference,
    fold: Array,
    rows: Sequence[Any],
) -> list[str]:
    """Call the leukaemias without APL of a fold under some figures."""
    chosen = np.flatnonzero(fold & ~found.is_apl)
    return [compare(model, figures, rows[place])[0] for place in chosen]


def specificity(data: str, how: str, called: Sequence[str], note: str = "") -> dict[str, Any]:
    """Share of samples without APL that are not called sensitive, with its exact interval."""
    from scipy.stats import binomtest

    n, wrong = len(called), called.count("sensitive")
    bounds = binomtest(n - wrong, n).proportion_ci(method="exact")
    said = f"{wrong} sensitive, {called.count('intermediate')} intermediate"
    return {
        "data": data,
        "measure": "specificity",
        "how": how,
        "n": n,
        "n_positive": 0,
        "n_negative": n,
        "value": round((n - wrong) / n, DIGITS),
        "low": round(float(bounds.low), DIGITS),
        "high": round(float(bounds.high), DIGITS),
        "note": said + (f"; {note}" if note else ""),
    }


def one_positive(found: Pool, called: str) -> list[dict[str, Any]]:
    """Figures that rest on the one APL patient."""
    scores, n = found.values.mean(axis=1), found.is_apl.size
    above = scores[found.is_apl][:, None] - scores[~found.is_apl][None, :]
    area = float(np.mean((above > 0) + 0.5 * (above == 0)))
    shared = {"data": found.cohorts[0].source.title}
    numbers = {"n": n, "n_positive": 1, "n_negative": n - 1}
    few = "one positive: an interval would say nothing"
    least = f"the smallest that one positive among {n} allows"
    own = f"{called}; the patient set the threshold"
    return [
        shared | {"measure": "AUROC", "how": "pooled"} | numbers | {"value": area, "note": few},
        shared
        | {"measure": "p of the AUROC", "how": "permuted labels"}
        | numbers
        | {"value": round(1 / n, DIGITS), "note": least},
        shared
        | {"measure": "sensitivity", "how": "frozen thresholds"}
        | {"n": 1, "n_positive": 1, "n_negative": 0, "value": float(called == "sensitive")}
        | {"low": 0.025 if called == "sensitive" else 0.0, "high": 1.0, "note": own},
    ]


def validation(method: Method, pools: dict[str, Pool], gastric: Cohort) -> list[dict[str, Any]]:
    """Measure how well the model does, as the artefact keeps it."""
    model = method.model
    drawn = {
        name: [row for cohort in found.cohorts for row in method.evaluate(cohort)]
        for name, found in pools.items()
    }
    counts, arrays = pools[COUNTS], pools[ARRAYS]
    title = counts.cohorts[0].source.title
    apl = drawn[COUNTS][int(np.flatnonzero(counts.is_apl)[0])]
    rows = one_positive(counts, compare(model, model.platforms[COUNTS], apl)[0])
    whole = np.ones(counts.is_apl.size, dtype=bool)
    single = [
        call
        for fold in counts.folds()
        for call in calls(
            model, counts, counts.figures(counts.without(fold), ""), fold, drawn[COUNTS]
        )
    ]
    rows.append(specificity(title, "leave one patient out", single))
    other = calls(model, counts, model.platforms[ARRAYS], whole, drawn[COUNTS])
    rows.append(specificity(title, "thresholds of the arrays", other))
    for number, fold in enumerate(arrays.folds()):
        kept = arrays.without(fold)
        called = calls(model, arrays, arrays.figures(kept, ""), fold, drawn[ARRAYS])
        note = f"thresholds of {len(set(arrays.leukaemia[kept]))} other leukaemias"
        name = arrays.cohorts[number].source.title
        rows.append(specificity(name, "leave one data set out", called, note))
    rows.append(_declared(method, gastric))
    return rows


def _declared(method: Method, gastric: Cohort) -> dict[str, Any]:
    """Tumours of another tissue declared as AML, with the check of likeness."""
    model = method.model
    called, outside = [], 0
    for view, values in zip(gastric.views, method.evaluate(gastric), strict=True):
        far = bool(domain_fault(view, model, gastric.position))
        outside += far
        called.append("no call" if far else compare(model, model.platforms[ARRAYS], values)[0])
    note = f"{outside} of {len(called)} unlike the reference leukaemias"
    return specificity(gastric.source.title, "frozen thresholds", called, note)


def freeze(data: Path, head: dict[str, Any]) -> tuple[dict[str, Any], str]:
    """Compute the keys below the mark, and the table of typical ranks."""
    signatures = load_signatures()
    bare = SiblingContrastModel.model_validate({**head, "platforms": {}})
    method = Method(bare, signatures, "0" * 64)
    cohorts = [read_cohort(data, source) for source in LEUKAEMIAS]
    counts, arrays = cohorts[:1], cohorts[1:]
    show_likeness_to_apl(method, cohorts)
    measured = {gene for cohort in arrays for gene in cohort.symbols}
    narrow = restricted(counts[0], measured)
    moved = method.values(narrow) - method.values(counts[0])
    show_moves("counts ranked on the genes of the arrays", moved)
    pools = {
        ARRAYS: pool(method, arrays, method.values(narrow)[narrow.is_apl].min(axis=0)),
        COUNTS: pool(method, counts, None),
    }
    show_reprocessing(pools[ARRAYS])
    n_arrays = len(set(pools[ARRAYS].leukaemia))
    sources = {
        ARRAYS: f"{len(pools[ARRAYS].is_apl)} profiles of {n_arrays} leukaemias without known APL "
        "on HG-U95Av2; thresholds half way to the APL patient of the counts, ranked on the "
        "genes of that array",
        COUNTS: "20 patients of TCGA-LAML (HTSeq counts), 19 of them without APL and 1 with "
        "(FAB M3); thresholds half way between",
    }
    lines, genes = table({name: typical(found.ranks) for name, found in pools.items()}, method)
    frozen = {
        "min_correlation": domain(pools),
        "quantiles": {name: quantiles(found) for name, found in pools.items()},
        "platforms": {
            name: found.figures(np.ones(found.is_apl.size, dtype=bool), sources[name])
            for name, found in pools.items()
        },
    }
    model = SiblingContrastModel.model_validate({**head, **frozen, "genes": genes})
    method = replace(method, model=model, hash=model_hash(model, signatures))
    found = {
        "table": f"{NAME}.tsv",
        **frozen,
        "platforms": {n: f.model_dump(mode="json") for n, f in model.platforms.items()},
        "training": [training(data, cohort) for cohort in cohorts],
        "validation": validation(method, pools, read_cohort(data, GASTRIC)),
    }
    return found, lines


def quantiles(found: Pool) -> list[float]:
    """Evenly spaced quantiles of the score over the profiles without APL."""
    scores = found.values[~found.is_apl].mean(axis=1)
    return list(rounded(np.quantile(scores, np.linspace(0, 1, QUANTILES))))


def table(ranks: dict[str, Array], method: Method) -> tuple[str, list[dict[str, Any]]]:
    """Typical ranks of the lists' genes: as text, and as the artefact holds them."""
    names = sorted(ranks)
    rows, lines = [], ["\t".join(["gene", *(f"typical_{name}" for name in names)])]
    for place, gene in enumerate(method.genes):
        own = {n: round(float(ranks[n][place]), DIGITS) for n in names if ranks[n][place] > 0}
        if own:
            rows.append({"gene": gene, "typical": own})
            lines.append("\t".join([gene, *(str(own.get(name, "")) for name in names)]))
    return "\n".join(lines) + "\n", rows


def training(data: Path, cohort: Cohort) -> dict[str, Any]:
    """Say in the artefact what one data set is."""
    n, apl = len(cohort.views), int(cohort.is_apl.sum())
    return {
        "source": cohort.source.title,
        "n": n,
        "n_positive": apl,
        "n_negative": n - apl,
        "sha256": sha256_file(data / cohort.source.path),
    }


def main(arguments: Sequence[str] | None = None) -> None:
    """Rewrite the artefact and its table, and print what was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--out", type=Path, default=data_path("signatures") / "models")
    chosen = parser.parse_args(arguments)
    path = data_path("signatures") / "models" / f"{NAME}.yaml"
    head, _, _ = path.read_text(encoding="utf-8").partition(MARK)
    frozen, lines = freeze(chosen.data, yaml.safe_load(head))
    text = yaml.safe_dump(frozen, sort_keys=False, default_flow_style=None, width=100)
    (chosen.out / path.name).write_text(head + MARK + text, encoding="utf-8")
    (chosen.out / f"{NAME}.tsv").write_text(lines, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
