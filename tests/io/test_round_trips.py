"""Every text layout is written after its definition and read back as it was."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from atrasig.genes import load_gene_table
from atrasig.io import FORMATS, ReadOptions, read_expression, sniff

Writer = Callable[[pd.Series], str]

GENES = load_gene_table().frame
# Stable ids of genes, and of transcripts that are numbered like them.
IDS = [ids.split("|")[0] for ids in GENES.loc[sorted(load_gene_table().coding)[:400], "ensembl"]]

# Tested where their writers are: one test a file.
ELSEWHERE = {
    "10x-h5", "10x-mtx", "delimited", "excel", "feather", "files", "gct", "h5ad", "kallisto-h5",
    "loom", "no-matrix", "orange", "parquet", "series-matrix", "zarr",
}  # fmt: skip


def _lines(counts: pd.Series, head: str, line: Callable[[str, float], str]) -> str:
    return head + "".join(line(str(gene), float(n)) + "\n" for gene, n in counts.items())


def _transcript(gene: str) -> str:
    return f"ENST{gene[4:]}.1"


STAR_HEAD = "".join(
    f"{name}\t9\t9\t9\n" for name in ("N_unmapped", "N_multimapping", "N_noFeature", "N_ambiguous")
)
GDC_HEAD = (
    "# gene-model: GENCODE v36\n"
    "gene_id\tgene_name\tgene_type\tunstranded\tstranded_first\tstranded_second\t"
    "tpm_unstranded\tfpkm_unstranded\tfpkm_uq_unstranded\n"
)
RSEM = "gene_id\ttranscript_id(s)\tlength\teffective_length\texpected_count\tTPM\tFPKM\n"
ISOFORMS = "transcript_id\tgene_id\tlength\teffective_length\texpected_count\tTPM\tFPKM\tIsoPct\n"
FEATURES = "# Program:featureCounts v2.0.1\nGeneid\tChr\tStart\tEnd\tStrand\tLength\tx.bam\n"
STRINGTIE = "Gene ID\tGene Name\tReference\tStrand\tStart\tEnd\tCoverage\tFPKM\tTPM\n"
SAMPLE = "^SAMPLE = GSM1\n!Sample_title = x\n!sample_table_begin\nID_REF\tVALUE\n"
PROFILE = "SequencingID,ModelID,IsDefaultEntryForModel,"

WRITERS: dict[str, Writer] = {
    "star": lambda c: _lines(c, STAR_HEAD, lambda g, n: f"{g}\t{n:.0f}\t0\t{n:.0f}"),
    "gdc": lambda c: _lines(
        c, GDC_HEAD, lambda g, n: f"{g}.1\tX\tprotein_coding\t{n:.0f}\t1\t1\t0.5\t0.5\t0.5"
    ),
    "rsem": lambda c: _lines(c, RSEM, lambda g, n: f"{g}\tT1,T2\t9\t8.5\t{n!r}\t0.5\t0.25"),
    "rsem-isoforms": lambda c: _lines(
        c, ISOFORMS, lambda g, n: f"{_transcript(g)}\t{g}\t9\t8.5\t{n!r}\t0.5\t0.25\t100"
    ),
    "featurecounts": lambda c: _lines(
        c, FEATURES, lambda g, n: f"{g}\tchr1;chr1\t1;5\t3;9\t+;+\t8\t{n:.0f}"
    ),
    "htseq": lambda c: _lines(c, "", lambda g, n: f"{g}\t{n:.0f}") + "__no_feature\t3\n",
    "soft": lambda c: _lines(c, SAMPLE, lambda g, n: f"{g}\t{n!r}") + "!sample_table_end\n",
    "firehose": lambda c: _lines(
        c, "Hybridization REF\ta\ngene_id\traw_count\n", lambda g, n: f"{g}\t{n!r}"
    ),
    "stringtie": lambda c: _lines(
        c, STRINGTIE, lambda g, n: f"{g}\tX\tchr1\t+\t1\t9\t2.5\t1.5\t{n!r}"
    ),
    "depmap": lambda c: (
        f",{PROFILE}{','.join(f'X ({gene})' for gene in c.index)}\n"
        f"0,CDS-1,ACH-1,Yes,{','.join(map(repr, c.tolist()))}\n"
    ),
}
TRANSCRIPTS: dict[str, Writer] = {
    "salmon": lambda c: _lines(
        c,
        "Name\tLength\tEffectiveLength\tTPM\tNumReads\n",
        lambda g, n: f"{_transcript(g)}\t9\t8.5\t0.5\t{n!r}",
    ),
    "kallisto": lambda c: _lines(
        c,
        "target_id\tlength\teff_length\test_counts\ttpm\n",
        lambda g, n: f"{_transcript(g)}\t9\t8.5\t{n!r}\t0.5",
    ),
}
WHOLE = {"star", "gdc", "featurecounts", "htseq"}

counts = st.lists(st.integers(0, 10**6), min_size=30, max_size=60)
amounts = st.lists(st.floats(0, 1e6, allow_nan=False), min_size=30, max_size=60)


def _read(name: str, text: str) -> pd.Series:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sample.txt"
        path.write_text(text, encoding="utf-8")
        assert sniff(path) == name
        adata = read_expression(path)
    assert adata.n_obs == 1
    values = pd.Series(np.asarray(adata.X)[0], index=list(adata.var["gene_id"]))
    return values[[not str(g).startswith(("N_", "__")) for g in values.index]]


def test_every_format_is_written_and_read_somewhere() -> None:
    assert {*WRITERS, *TRANSCRIPTS, *ELSEWHERE} == set(FORMATS)


@pytest.mark.parametrize("name", WRITERS)
@settings(max_examples=15, deadline=None)
@given(whole=counts, fractions=amounts, data=st.data())
def test_genes(name: str, whole: list[int], fractions: list[float], data: st.DataObject) -> None:
    values = np.array(whole if name in WHOLE else fractions, dtype=np.float64)
    if name != "soft":
        values[0] = 7.0  # a sample of nothing is another matter
    genes = data.draw(st.permutations(IDS[: len(values)]))
    written = pd.Series(values, index=genes)
    found = _read(name, WRITERS[name](written))
    plain = found.set_axis([g.split(".")[0].removeprefix("X (").strip(")") for g in found.index])
    pd.testing.assert_series_equal(plain, written, check_names=False, rtol=0, atol=0)


@pytest.mark.parametrize("name", TRANSCRIPTS)
@settings(max_examples=15, deadline=None)
@given(values=amounts)
def test_transcripts_are_summed_to_genes(name: str, values: list[float]) -> None:
    written = pd.Series([7.0, *values[1:]], index=IDS[: len(values)])
    with tempfile.TemporaryDirectory() as folder:
        table, path = Path(folder) / "tx2gene.tsv", Path(folder) / "sample.txt"
        table.write_text("".join(f"{_transcript(g)}\t{g}\n" for g in IDS))
        path.write_text(TRANSCRIPTS[name](written))
        assert sniff(path) == name
        adata = read_expression(path, options=ReadOptions(tx2gene=table))
    found = pd.Series(np.asarray(adata.X)[0], index=list(adata.var["gene_id"]))
    pd.testing.assert_series_equal(found.sort_index(), written.sort_index(), check_names=False)
