"""The record holds what the tables say, and refuses what contradicts itself."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData
from pydantic import ValidationError
from scipy.sparse import csr_matrix
from scipy.stats import rankdata

from atrasig.errors import OutputError, UsageError
from atrasig.files import canonical_json
from atrasig.report import SampleRecord, contrast_tables, record_schema
from atrasig.report.parts import TOP_DRIVERS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from tests.report.conftest import Cohort

    Records = dict[str, SampleRecord]


def test_committed_schema_is_the_schema_of_the_record(repository: Path) -> None:
    committed = (repository / "workflow" / "schemas" / "record.schema.json").read_text("utf-8")
    assert committed == canonical_json(record_schema())


def test_record_survives_json(records: Records) -> None:
    for record in records.values():
        text = canonical_json(record.model_dump(mode="json"))
        assert SampleRecord.model_validate_json(text) == record


def test_missing_numbers_are_null_and_nothing_is_infinite(
    records: Records,
) -> None:
    record = json.loads(records["POOR-05"].model_dump_json())
    assert record["calls"]["sensitivity"]["score"] is None
    assert record["models"][0]["threshold_low"] in (None, 0.10)
    missing = [row for row in record["scores"] if row["signature"] == "test_apl_list"]
    assert [row["z"] for row in missing] == [None, None]
    with pytest.raises(ValidationError, match="finite"):
        type(records["APL-01"].scores[0]).model_validate(
            {**records["APL-01"].scores[0].model_dump(), "z": math.inf}
        )


def test_every_row_of_a_sample_reaches_its_record(cohort: Cohort, records: Records) -> None:
    for sample, record in records.items():
        for name, part in (
            ("scores", record.scores),
            ("calls", record.models),
            ("flags", record.flags),
            ("enrichment", record.enrichment.sample),
        ):
            table = cohort.tables[name]
            assert len(part) == int((table["sample"] == sample).sum())
        scores = cohort.tables["scores"].query("sample == @sample and z == z")
        expected = scores.set_index(["signature", "method"])["z"].to_dict()
        found = {(s.signature, s.method): s.z for s in record.scores if s.z is not None}
        assert found == expected


def test_contributions_sum_to_the_score_of_the_model(records: Records) -> None:
    for record in records.values():
        scores = {call.model: call.score for call in record.models}
        for part in record.drivers:
            assert sum(gene.contribution for gene in part.genes) == pytest.approx(part.total)
            assert sum(entry.contribution for entry in part.sets) == pytest.approx(part.total)
            shown = sum(gene.contribution for gene in part.genes[:TOP_DRIVERS])
            assert shown + part.others == pytest.approx(part.total)
            if part.n_matched:
                assert part.total == pytest.approx(scores[part.model], abs=1e-9)
            sizes = [abs(gene.contribution) for gene in part.genes]
            assert sizes == sorted(sizes, reverse=True)


def test_missing_driver_genes_are_listed(cohort: Cohort, records: Records) -> None:
    table = cohort.tables["drivers"].query("sample == 'APL-01' and not matched")
    listed = [
        (part.model, entry.set, gene)
        for part in records["APL-01"].drivers
        for entry in part.sets
        for gene in entry.missing
    ]
    assert sorted(listed) == sorted(
        table[["model", "set", "gene"]].itertuples(index=False, name=None)
    )
    assert sum(part.n_missing for part in records["POOR-05"].drivers) == 80


def test_contributions_that_do_not_sum_are_refused(cohort: Cohort) -> None:
    drivers = cohort.tables["drivers"].copy()
    row = drivers.query("sample == 'APL-01' and matched").index[0]
    drivers.loc[row, "contribution"] += 0.01
    with pytest.raises(OutputError, match=r"test_apl_model sum to .*'APL-01'"):
        cohort.records(["APL-01"], drivers=drivers)


def test_marker_percentile_is_the_rank_among_coding_genes(cohort: Cohort, records: Records) -> None:
    values = np.asarray(cohort.expr.X)
    for row, record in enumerate(records.values()):
        expected = 100 * rankdata(values[row, :400])[0] / 400
        first, _, not_coding, absent = record.markers
        assert first.percentile == pytest.approx(expected, rel=1e-12)
        assert first.value == values[row, 0]
        assert not_coding.measured
        assert not_coding.percentile is None
        assert (absent.measured, absent.value, absent.percentile) == (False, None, None)


def test_markers_of_sparse_and_partly_measured_matrices(cohort: Cohort) -> None:
    sparse = cohort.expr.copy()
    sparse.X = csr_matrix(sparse.X)
    holes = cohort.expr.copy()
    holes.X[0, 1:200] = np.nan
    dense_markers = [record.markers for record in cohort.records()]
    inputs = {**cohort.__dict__}
    assert [
        r.markers for r in type(cohort)(**{**inputs, "expr": sparse}).records()
    ] == dense_markers
    first = type(cohort)(**{**inputs, "expr": holes}).records(["APL-01"])[0]
    ranked = rankdata(np.r_[holes.X[0, 0], holes.X[0, 200:400]])
    assert first.markers[0].percentile == pytest.approx(100 * ranked[0] / 201)
    assert not first.markers[1].measured


@pytest.mark.parametrize("wrong", ["none", "two"])
def test_exactly_one_primary_call_a_question(cohort: Cohort, wrong: str) -> None:
    calls = cohort.tables["calls"].copy()
    mask = (calls["sample"] == "AML-02") & (calls["question"] == "sensitivity")
    calls.loc[mask, "primary"] = wrong == "two"
    with pytest.raises(UsageError, match=r"(0|2) primary calls .*sensitivity.*'AML-02'"):
        cohort.records(["AML-02"], calls=calls)


def test_a_word_of_the_other_question_is_refused(cohort: Cohort) -> None:
    calls = cohort.tables["calls"].copy()
    calls.loc[calls["question"] == "response", "call"] = "sensitive"
    with pytest.raises(OutputError, match="responding"):
        cohort.records(["AML-02"], calls=calls)


def test_a_table_without_a_column_is_refused(cohort: Cohort) -> None:
    with pytest.raises(UsageError, match="scores lacks the columns z"):
        cohort.records(scores=cohort.tables["scores"].drop(columns="z"))


def test_records_do_not_depend_on_the_order_of_rows_or_on_the_cohort(
    cohort: Cohort, records: Records
) -> None:
    shuffled = {name: table.sample(frac=1, random_state=3) for name, table in cohort.tables.items()}
    assert {r.id: r for r in cohort.records(**shuffled)} == records
    assert cohort.records(["AML-03"])[0] == records["AML-03"]


def test_tables_may_be_absent(cohort: Cohort) -> None:
    empty = dict.fromkeys(("drivers", "enrichment", "contrasts", "flags"))
    record = cohort.records(["APL-01"], **empty)[0]
    assert (record.drivers, record.flags) == ((), ())
    assert record.enrichment.contrasts == ()


def test_metadata_keeps_the_sheet_and_drops_quality_columns(records: Records) -> None:
    assert records["GC-06"].metadata["disease"] == "gastric cancer"
    assert records["GC-06"].metadata["site"] == "B & C"
    assert "batch" not in records["GC-06"].metadata
    assert "qc_library_size" not in records["GC-06"].metadata


def test_flags_put_failures_first(records: Records) -> None:
    poor = records["POOR-05"]
    assert [flag.level for flag in poor.flags] == ["fail", "warn", "pass"]
    assert poor.flag_counts.model_dump() == {"failed": 1, "warned": 1, "passed": 1}


def test_contrasts_are_ordered_by_q_then_size_of_nes(cohort: Cohort) -> None:
    frame = cohort.tables["contrasts"].copy()
    frame["q"] = 0.0
    rows = contrast_tables(frame)[0].rows
    sizes = [abs(row.nes) for row in rows]
    assert sizes == sorted(sizes, reverse=True)
    assert all(row.n_leading_edge == len(row.leading_edge) for row in rows)


def wide_matrix(names: Sequence[str]) -> AnnData:
    rng = np.random.default_rng(1)
    genes = [f"GENE{i:04d}" for i in range(19_000)]
    var = pd.DataFrame({"biotype": "protein_coding"}, index=pd.Index(genes))
    obs = pd.DataFrame({"matrix": "wide"}, index=pd.Index(list(names)))
    return AnnData(rng.random((len(names), len(genes))), obs=obs, var=var)


def test_a_thousand_samples_are_quick(cohort_of: Callable[[Sequence[str]], Cohort]) -> None:
    few = cohort_of([f"S{i}" for i in range(20)])
    names = [f"N{i}" for i in range(1000)]
    tables = {
        name: table
        if name == "contrasts"
        else pd.concat(
            [table.assign(sample=[f"N{50 * int(s[1:]) + k}" for s in table["sample"]])
             for k in range(50)]
        )
        for name, table in few.tables.items()
    }  # fmt: skip
    expr = wide_matrix(names)
    inputs = {**few.__dict__, "expr": expr, "tables": tables}
    assert len(type(few)(**inputs).records()) == 1000
