"""GEO series matrix. None is among the reference data: those here are built after the format."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from atrasig.errors import FormatError
from atrasig.io import read_expression, sniff

GENES = ["RARA", "PML", "CEBPE", "CD38", "ITGAM"]
Writer = Callable[[str, "str | bytes"], Path]
Metadata = dict[str, Sequence[Sequence[str]]]


def series_matrix(
    probes: Sequence[str],
    samples: Sequence[str],
    values: Sequence[Sequence[float]],
    metadata: Metadata | None = None,
) -> str:
    """Text of a series matrix; NaN as an empty field, texts quoted, numbers not."""
    lines = [
        '!Series_title\t"A study of "quoted" things"',
        '!Series_geo_accession\t"GSE781"',
        '!Series_platform_id\t"GPL97"',
        "",
        "\t".join(["!Sample_geo_accession", *(f'"{sample}"' for sample in samples)]),
    ]
    for name, rows in (metadata or {}).items():
        lines += ["\t".join([f"!Sample_{name}", *(f'"{text}"' for text in row)]) for row in rows]
    lines += ["!series_matrix_table_begin"]
    lines += ["\t".join(['"ID_REF"', *(f'"{sample}"' for sample in samples)])]
    for probe, row in zip(probes, values, strict=True):
        cells = ["" if np.isnan(value) else repr(float(value)) for value in row]
        lines.append("\t".join([f'"{probe}"', *cells]))
    return "\n".join([*lines, "!series_matrix_table_end", ""])


METADATA: Metadata = {
    "title": [["one", 'the "second"']],
    "source_name_ch1": [["blood", "marrow"]],
    "characteristics_ch1": [
        ["tissue: blood", "disease: AML"],
        ["disease: AML", "tissue: marrow: iliac"],
        ["disease: relapse", ""],
        ["title: mine", "see http://a.b/c"],
    ],
    "data_processing": [["RMA", "RMA"], ["log2", ""]],
}
SMALL = series_matrix(["RARA", "PML"], ["GSM1", "GSM2"], [[1, 2], [np.nan, 4]], METADATA)


def test_values_and_facts(write: Writer) -> None:
    path = write("m.txt.gz", SMALL)
    assert sniff(path) == "series-matrix"
    adata = read_expression(path)
    np.testing.assert_array_equal(adata.X, [[1, np.nan], [2, 4]])
    assert list(adata.obs_names) == ["GSM1", "GSM2"]
    assert list(adata.var["gene_id"]) == ["RARA", "PML"]
    found = adata.uns["atrasig"]["input"]
    assert (found["geo_series"], found["geo_platform"], found["channels"]) == ("GSE781", "GPL97", 1)


def test_what_is_known_of_the_samples(write: Writer) -> None:
    obs = read_expression(write("m.txt", SMALL)).obs
    assert obs.to_dict("list") == {
        "geo_accession": ["GSM1", "GSM2"],
        "title": ["one", 'the "second"'],
        "source_name": ["blood", "marrow"],
        "tissue": ["blood", "marrow: iliac"],
        "disease": ["AML", "AML"],
        "disease#2": ["relapse", ""],
        "characteristics title": ["mine", ""],
        "characteristics": ["", "see http://a.b/c"],
        "data_processing": ["RMA", "RMA"],
        "data_processing#2": ["log2", ""],
    }


def test_two_channels_are_counted(write: Writer) -> None:
    text = series_matrix(
        ["RARA"], ["GSM1"], [[1]], {"label_ch1": [["Cy5"]], "label_ch2": [["Cy3"]]}
    )
    adata = read_expression(write("m.txt", text))
    assert adata.uns["atrasig"]["input"]["channels"] == 2
    assert adata.obs.loc["GSM1", ["label", "label_ch2"]].tolist() == ["Cy5", "Cy3"]


def test_sequencing_has_no_values(write: Writer) -> None:
    files = {"supplementary_file_1": [["ftp://ftp.ncbi/GSM1_counts.txt.gz", "NONE"]]}
    text = series_matrix([], ["GSM1", "GSM2"], [], files)
    series = text.replace(
        '"GPL97"', '"GPL97"\n!Series_supplementary_file\t"ftp://x/GSE781_counts.tsv.gz"'
    )
    expected = r"no values.*supplementary files.*\(GSE781_counts\.tsv\.gz, GSM1_counts\.txt\.gz\)"
    for content in (series, series.split("!series_matrix_table_begin")[0]):
        with pytest.raises(FormatError, match=expected):
            read_expression(write("m.txt", content))


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("1.0\t2.0", "1.0\tlow", ["'low' is not a number", "row 'RARA', sample 'GSM2'"]),
        ("1.0\t2.0", "1.0", ["has 2 fields, 3 are needed", "line 16"]),
        ("!series_matrix_table_end", "", ["cut short", "after 2 rows"]),
        ('\t"marrow"', "", ["!Sample_source_name_ch1 holds 1 texts", "2 samples", "line 7"]),
        ('_accession\t"GSM1"', '_accession\t"GSM9"', ["not those of !Sample_geo_accession"]),
        ('!Series_platform_id\t"GPL97"', "what\tis this", ["'what' is no line", "line 3"]),
        ("4.0", "inf", ["gene 'PML' in sample 'GSM2' is infinite"]),
    ],
)
def test_faults(write: Writer, old: str, new: str, words: list[str]) -> None:
    assert old in SMALL
    with pytest.raises(FormatError) as caught:
        read_expression(write("m.txt", SMALL.replace(old, new, 1)))
    assert [word for word in words if word not in str(caught.value)] == []


@settings(
    deadline=None, max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    hnp.arrays(
        np.float64,
        st.tuples(st.integers(1, 5), st.integers(1, 4)),
        elements=st.one_of(st.just(np.nan), st.floats(allow_nan=False, allow_infinity=False)),
    ),
    st.text(st.characters(exclude_categories=["C", "Z"]), max_size=20),
)
def test_written_and_read_again(write: Writer, values: np.ndarray, text: str) -> None:
    n_genes, n_samples = values.shape
    samples = [f"GSM{n}" for n in range(n_samples)]
    made = series_matrix(GENES[:n_genes], samples, values.tolist(), {"title": [[text] * n_samples]})
    adata = read_expression(write("m.txt", made))
    np.testing.assert_array_equal(adata.X, values.T)
    assert next(iter(adata.obs.get("title", [""]))) == text.strip()


def test_numbers_of_probes_are_no_entrez_ids(write: Writer) -> None:
    text = series_matrix(["1", "2"], ["GSM1"], [[1], [2]])
    with pytest.raises(FormatError, match=r"platform GPL97.*--platform TABLE"):
        read_expression(write("m.txt", text))


def test_values_of_a_real_data_set(shared: Path, write: Writer) -> None:
    with gzip.open(shared / "data/formats/GDS507.soft.gz", "rt") as handle:
        lines = handle.read().splitlines()
    begin, end = lines.index("!dataset_table_begin"), lines.index("!dataset_table_end")
    header, *rows = (line.split("\t") for line in lines[begin + 1 : end])
    values = [[float(text) if text != "null" else np.nan for text in row[2:]] for row in rows]
    made = series_matrix([row[0] for row in rows], header[2:], values)
    adata = read_expression(write("GSE781_series_matrix.txt.gz", made))
    assert adata.shape == (17, 22645)
    np.testing.assert_array_equal(adata.X, np.array(values).T)
    assert list(adata.var["gene_id"]) == [row[0] for row in rows]
