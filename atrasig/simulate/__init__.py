"""A simulated cohort with known truth, for trying the software out and for its tests.

Nothing here is evidence about patients. Counts are negative binomial around log-normal gene
means; what a sample is meant to show is planted by raising the genes of one programme, and the
calls that the planted truth demands are part of the result. The genes of the leukemia lists stand
in the order that the APL model knows from real leukemias, so that its check of likeness lets the
samples pass: that it does says nothing about the check either.
"""

from __future__ import annotations

import gzip
import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from atrasig.errors import UsageError
from atrasig.files import atomic_path, write_text, write_tsv
from atrasig.signatures import SignatureSet, load_signatures
from atrasig.simulate.draw import (
    APL_LISTS,
    CORE,
    COUNTS,
    PANEL,
    GeneLists,
    Plan,
    absent_genes,
    draw_counts,
    gene_lists,
    gene_means,
    gene_universe,
    programme_rises,
    real_order,
    siblings_of,
)

__all__ = ["COUNTS", "PANEL", "SHEET_COLUMNS", "SimulatedCohort", "simulate_cohort", "write_demo"]

SHEET_COLUMNS = (
    "sample",
    "matrix",
    "disease",
    "material",
    "patient",
    "timepoint",
    "group",
    "planted_truth",
)


@dataclass(frozen=True, eq=False)
class SimulatedCohort:
    """Simulated counts, their sample sheet, and what was planted.

    Parameters
    ----------
    matrices
        File name to integer counts, genes (approved symbols, sorted) x samples.
    sheet
        One row a sample: ``sample matrix disease material patient timepoint group
        planted_truth``, text, empty where nothing applies.
    truth
        One row a sample: ``sample planted_truth sensitivity response``, the calls that a run
        over the whole sheet must give.
    """

    matrices: dict[str, pd.DataFrame]
    sheet: pd.DataFrame
    truth: pd.DataFrame


def simulate_cohort(
    signatures: SignatureSet | None = None, *, seed: int = 1, n_genes: int = 10_000
) -> SimulatedCohort:
    """Simulate 24 leukemia samples with known truth.

    Six samples bear the acute promyelocytic leukemia (APL) programme, eight a sibling programme;
    four patients with a sibling programme have a baseline and an exposed sample, whose retinoid
    core is raised; one sample with the APL programme has about 60,000 reads; one lies in a matrix
    of its own that lacks 70 % of the genes of the leukemia lists and of the retinoid core.

    Parameters
    ----------
    signatures
        Signatures whose genes the matrices hold; None takes the shipped set. It must contain
        ``retinoid_response_core``, the two APL lists and siblings of theirs.
    seed
        Seed of all random numbers; the same seed gives the same cohort.
    n_genes
        Genes of the full matrix: those of the signatures, filled up with protein-coding genes
        spread evenly over the alphabet.

    Returns
    -------
    SimulatedCohort
        Raw counts of 8 to 20 million reads a sample, the sheet and the truth.

    Raises
    ------
    UsageError
        If `seed` is negative, or `n_genes` does not leave room for the signatures' genes.
    SignatureError
        If one of the signatures named above is missing.
    """
    if seed < 0:
        raise UsageError(f"The seed is {seed}", fix="Choose 0 or a larger whole number.")
    shipped = load_signatures() if signatures is None else signatures
    lists = gene_lists(shipped)
    genes = gene_universe(lists, n_genes)
    rng = np.random.default_rng(seed)
    plans = _plans(lists)
    means = gene_means(genes, lists, real_order(), rng)
    rises = programme_rises(genes, lists, rng)
    counts = draw_counts(plans, means, rises, rng)
    full = pd.DataFrame(counts, index=pd.Index(genes, name="gene"), columns=_names(plans))
    absent = absent_genes(lists, rng)
    panel = full.loc[~full.index.isin(absent)]
    matrices = {
        name: frame[_names([plan for plan in plans if plan.matrix == name])]
        for name, frame in ((COUNTS, full), (PANEL, panel))
    }
    return SimulatedCohort(matrices, _sheet(plans), _truth(plans))


def write_demo(out: str | Path, seed: int = 1) -> tuple[Path, ...]:
    """Write the simulated cohort as the files of ``config/demo``.

    Parameters
    ----------
    out
        Folder, made where missing. Files of the same names are replaced.
    seed
        Seed of `simulate_cohort`. The same seed, signatures, APL model and gene table give the
        same bytes.

    Returns
    -------
    tuple of pathlib.Path
        ``README.md``, ``counts.tsv.gz``, ``counts_panel.tsv.gz``, ``samples.tsv``, ``truth.tsv``.

    Raises
    ------
    OutputError
        If the folder cannot be written to.
    """
    folder = Path(out)
    cohort = simulate_cohort(seed=seed)
    for name, counts in cohort.matrices.items():
        _write_counts(folder / name, counts)
    write_tsv(folder / "samples.tsv", cohort.sheet)
    write_tsv(folder / "truth.tsv", cohort.truth)
    write_text(folder / "README.md", _README.format(seed=seed))
    names = ("README.md", *sorted(cohort.matrices), "samples.tsv", "truth.tsv")
    return tuple(folder / name for name in names)


def _plans(lists: GeneLists) -> list[Plan]:
    apl = tuple(APL_LISTS.values())
    siblings = [siblings_of(lists, prefix) for prefix in APL_LISTS]
    programmes = [tuple(names[i % len(names)] for names in siblings) for i in range(12)]
    plans = [
        *(
            Plan(f"APL-{i + 1}", "APL-like", apl, sensitivity="sensitive", group="APL-like")
            for i in range(6)
        ),
        *(Plan(f"AML-{i + 1}", "other AML", programmes[i], group="other AML") for i in range(8)),
    ]
    for i, programme in enumerate(programmes[8:], start=1):
        plans += _pair(f"P{i}", programme)
    shallow = Plan("shallow", "APL-like, shallow", apl, response="no call", shallow=True)
    poor = Plan("gene-poor", "APL-like, gene-poor", apl, response="no call", matrix=PANEL)
    return [*plans, shallow, poor]


def _pair(patient: str, programme: tuple[str, ...]) -> tuple[Plan, Plan]:
    before = Plan(f"{patient}-baseline", "pair, baseline", programme, patient=patient)
    after = replace(
        before,
        sample=f"{patient}-exposed",
        planted="pair, exposed",
        raised=(*programme, CORE),
        response="responding",
        timepoint="exposed",
    )
    return before, after


def _names(plans: Sequence[Plan]) -> list[str]:
    return [plan.sample for plan in plans]


def _sheet(plans: Sequence[Plan]) -> pd.DataFrame:
    rows = [
        (p.sample, p.matrix, "AML", "patient", p.patient, p.timepoint, p.group, p.planted)
        for p in plans
    ]
    return pd.DataFrame(rows, columns=list(SHEET_COLUMNS))


def _truth(plans: Sequence[Plan]) -> pd.DataFrame:
    rows = [(p.sample, p.planted, p.sensitivity, p.response) for p in plans]
    return pd.DataFrame(rows, columns=["sample", "planted_truth", "sensitivity", "response"])


def _write_counts(path: Path, counts: pd.DataFrame) -> None:
    text = counts.to_csv(sep="\t", lineterminator="\n")
    packed = io.BytesIO()
    # Neither file name nor date, so that the bytes depend on the counts alone.
    with gzip.GzipFile(filename="", mode="wb", fileobj=packed, compresslevel=9, mtime=0) as handle:
        handle.write(text.encode("utf-8"))
    with atomic_path(path) as temporary:
        temporary.write_bytes(packed.getvalue())


_README = """# Demo cohort (simulated)

These counts are **simulated, with known truth**: negative binomial (dispersion 0.05) around
log-normal gene means. They serve to try atrasig out and to test it; they are not evidence about
any patient or any drug, nor that a model is right: its programmes were planted here, and the genes
of its lists were put in the order that the APL model knows from real leukemias, so that it takes
the samples for leukemias. The same seed, signatures, APL model and gene table give the same bytes:

    atrasig simulate --out config/demo --seed {seed}

- `samples.tsv`: the sample sheet; `planted_truth` is an extra column that no call reads
- `counts.tsv.gz`: raw counts, genes (symbols) x 23 samples
- `counts_panel.tsv.gz`: raw counts of `gene-poor`, without 70 % of the genes of the leukemia lists
  and of the retinoid core
- `truth.tsv`: what was planted, and the calls it demands

| samples | planted | sensitivity | response |
|---|---|---|---|
| `APL-1` to `APL-6` | genes of both APL lists raised | sensitive | not responding |
| `AML-1` to `AML-8` | genes of two sibling lists raised | no call | not responding |
| `P1-baseline` to `P4-baseline` | as other AML | no call | not responding |
| `P1-exposed` to `P4-exposed` | the same patients, retinoid core raised | no call | responding |
| `shallow` | as APL-like, about 60,000 reads | no call | no call |
| `gene-poor` | as APL-like, most signature genes absent | no call | no call |
"""
