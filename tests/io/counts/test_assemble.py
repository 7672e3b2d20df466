"""Folders and patterns of files of one sample each."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from atrasig.errors import FormatError, InputError
from atrasig.files import sha256_files
from atrasig.io import ReadOptions, input_files, read_expression, sniff

STAR = ("N_unmapped", "N_multimapping", "N_noFeature", "N_ambiguous")
Maker = Callable[..., Path]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "run [1]"
    made.mkdir()
    return made


def _put(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def _star(folder: Path, name: str, reverse: bool = True, **genes: int) -> Path:  # noqa: FBT001, FBT002
    rows = [(counter, 0, 0, 0) for counter in STAR]
    rows += [(g, n, 0, n) if reverse else (g, n, n, 0) for g, n in genes.items()]
    return _put(folder, name, "".join("\t".join(map(str, row)) + "\n" for row in rows))


def _facts(path: Path, **options: object) -> dict[str, object]:
    return dict(read_expression(path, **options).uns["atrasig"]["input"])  # type: ignore[arg-type]


def test_the_real_files_of_rsem_equal_the_single_ones(shared: Path, folder: Path) -> None:
    for path in (shared / "data/formats").glob("*rsem*"):
        shutil.copy(path, folder)
    single = [read_expression(path) for path in sorted(folder.iterdir())]
    for location in (folder, folder / "*.genes.results.gz"):
        adata = read_expression(location)
        assert sniff(location) == "files"
        assert adata.obs_names.tolist() == [one.obs_names[0] for one in single]
        np.testing.assert_array_equal(adata.X, np.vstack([one.X for one in single]))
        tpm = np.vstack([one.layers["tpm"] for one in single])
        np.testing.assert_array_equal(adata.layers["tpm"], tpm)
        assert adata.var["gene_id"].tolist() == single[0].var["gene_id"].tolist()
        facts = adata.uns["atrasig"]["input"]
        assert (facts["files"], facts["files_format"]) == (2, "rsem")
        assert facts["annotation_that_differs"] == "effective_length, length"
        assert facts["values_not_listed"] == 0
        assert facts["sha256"] == sha256_files(folder, list(folder.iterdir()))


def test_a_folder_a_sample(folder: Path) -> None:
    for name, count in (("S2", 2), ("S1", 1)):
        text = f"Name\tLength\tEffectiveLength\tTPM\tNumReads\nENSG00000131759\t9\t8\t4\t{count}\n"
        _put(folder, f"{name}/quant.sf", text)
        _put(folder, f"{name}/lib_format_counts.json", "{}")
    for location in (folder, folder / "*" / "quant.sf", folder / "S*"):
        adata = read_expression(location)
        assert adata.to_df()["ENSG00000131759"].to_dict() == {"S1": 1, "S2": 2}
        assert adata.obs["file"].tolist() == ["S1/quant.sf", "S2/quant.sf"]
    assert _facts(folder)["ignored_files"] == "S1/lib_format_counts.json, S2/lib_format_counts.json"
    assert _facts(folder)["files_ignored"] == 2
    assert _facts(folder / "*" / "quant.sf")["name"] == "*/quant.sf"
    assert _facts(folder)["name"] == "run [1]"
    assert input_files(folder) == [folder / "S1/quant.sf", folder / "S2/quant.sf"]


def test_a_gene_that_a_file_does_not_list_is_missing(folder: Path) -> None:
    _star(folder, "a.ReadsPerGene.out.tab", RARA=1, PML=2)
    _star(folder, "b.ReadsPerGene.out.tab", TP53=5, RARA=3)
    adata = read_expression(folder)
    expected = {"RARA": [1, 3], "PML": [2, np.nan], "TP53": [np.nan, 5]}
    for gene, values in expected.items():
        np.testing.assert_array_equal(adata.to_df()[gene], values)
    facts = adata.uns["atrasig"]["input"]
    assert (facts["genes_not_in_every_file"], facts["values_not_listed"]) == (2, 2)
    assert (facts["total_reverse"], facts["strand"]) == (11, "reverse")


def test_an_identifier_that_repeats_keeps_its_rows(folder: Path) -> None:
    for name, text in (("a", "RARA\t1\nRARA\t2\nPML\t3\n"), ("b", "RARA\t4\nPML\t5\n")):
        _put(folder, f"{name}.counts", text)
    adata = read_expression(folder)
    assert adata.var["gene_id"].tolist() == ["RARA", "RARA", "PML"]
    np.testing.assert_array_equal(adata.X, [[1, 2, 3], [4, np.nan, 5]])


def test_single_tables_whose_column_says_nothing(folder: Path) -> None:
    for name, count in (("P1", 1), ("P2", 2)):
        _put(folder, f"{name}.tsv", f"gene\tcount\nRARA\t{count}\nPML\t7\nTP53\t0\n")
    _put(folder, "README.txt", "Read counts of two patients\n")
    adata = read_expression(folder)
    assert adata.to_df()["RARA"].to_dict() == {"P1": 1, "P2": 2}
    assert _facts(folder)["ignored_files"] == "README.txt"
    assert read_expression(folder, samples=["P2"]).X.tolist() == [[2, 7, 0]]


def test_single_tables_that_name_their_samples(folder: Path) -> None:
    for name, count in (("P1", 1), ("P2", 2)):
        _put(folder, f"GSM{count}.csv", f"gene,{name}\nRARA,{count}\nPML,7\nTP53,0\n")
    assert read_expression(folder).obs_names.tolist() == ["P1", "P2"]
    assert read_expression(folder, samples=["P2"]).X.tolist() == [[2, 7, 0]]
    assert read_expression(folder, samples=["GSM2"]).X.tolist() == [[2, 7, 0]]


def test_a_sheet_chooses_files_by_name(folder: Path) -> None:
    for name in "abc":
        _star(folder, f"{name}.ReadsPerGene.out.tab", reverse=name != "c", RARA=ord(name))
    adata = read_expression(folder, samples=["b", "a"])
    assert adata.to_df()["RARA"].to_dict() == {"b": 98, "a": 97}
    assert adata.uns["atrasig"]["input"]["files_of_no_sample_wanted"] == 1
    with pytest.raises(InputError, match=r"1 of 2 samples .*'d'.*'a', 'b', 'c'"):
        read_expression(folder, samples=["a", "d"])
    with pytest.raises(
        InputError, match=r"differ in strand: reverse \(a\.R.*forward \(c\.R.*--strand"
    ):
        read_expression(folder)
    same = read_expression(folder, options=ReadOptions(strand="unstranded"))
    assert same.to_df()["RARA"].to_dict() == {"a": 97, "b": 98, "c": 99}


def test_a_quantifier_that_wrote_both_genes_and_transcripts(folder: Path) -> None:
    columns = "length\teffective_length\texpected_count\tTPM\tFPKM"
    for name in "ab":
        genes = f"gene_id\ttranscript_id(s)\t{columns}\nRARA\tT1\t9\t8\t7\t6\t5\n"
        _put(folder, f"{name}.genes.results", genes)
        text = f"transcript_id\tgene_id\t{columns}\tIsoPct\nT1\tRARA\t9\t8\t1\t6\t5\t100\n"
        _put(folder, f"{name}.isoforms.results", text)
    assert read_expression(folder).X.tolist() == [[7], [7]]
    assert _facts(folder)["twin_files"] == "a.isoforms.results, b.isoforms.results"
    assert read_expression(folder / "*.isoforms.results").X.tolist() == [[1], [1]]
    (folder / "b.genes.results").unlink()
    with pytest.raises(InputError, match=r"of 2 formats: rsem \(a.*rsem-isoforms \(b"):
        read_expression(folder)


def test_files_of_featurecounts(folder: Path) -> None:
    for name in "ab":
        text = f"Geneid\tLength\tmap/{name}.bam\nRARA\t700\t{ord(name)}\nPML\t800\t1\n"
        _put(folder, f"{name}.txt", text)
        _put(folder, f"{name}.txt.summary", f"Status\tmap/{name}.bam\nAssigned\t98\n")
    adata = read_expression(folder)
    assert adata.to_df()["RARA"].to_dict() == {"a": 97, "b": 98}
    assert adata.obs["column"].tolist() == ["map/a.bam", "map/b.bam"]
    assert adata.var["Length"].tolist() == ["700", "800"]
    assert _facts(folder)["ignored_files"] == "a.txt.summary, b.txt.summary"


def test_a_format_can_be_forced_on_the_files(folder: Path) -> None:
    for name in "ab":
        _put(folder, f"{name}.tab", "unknown1\t2\nunknown2\t3\n")
    adata = read_expression(folder / "*.tab", format="htseq")
    assert adata.to_df().to_dict("index") == {name: {"unknown1": 2, "unknown2": 3} for name in "ab"}
    with pytest.raises(InputError, match=r"several files, not one file of format gct"):
        read_expression(folder, format="gct")


@pytest.mark.parametrize(
    ("files", "place", "said"),
    [
        ({}, "", "The folder holds no matrix"),
        ({"a.log": "text"}, "", "The folder holds no matrix"),
        ({"a.tab": "x"}, "*.txt", "No file matches the pattern"),
        ({"a.counts": "RARA\t1\n", "b.txt": "Geneid\tLength\tx.bam\nPML\t1\t2\n"}, "",
         r"of 2 formats: htseq \(a\.counts\), featurecounts \(b\.txt\)"),
        ({"a.counts": "RARA\t1\n", "x/a.counts": "RARA\t2\n"}, "",
         r"Sample 'a' stands in 2 files: a\.counts, x/a\.counts"),
        ({"a.counts": "RARA\t1\n", "b.counts": ""}, "*.counts", r"1 files are empty .*b\.counts"),
        ({"a.counts": "RARA\t1\n", "b.genes.results": ""}, "", r"1 files are empty .*b\.genes"),
        ({"a.counts": "RARA\t1\n", "b.log": "done"}, "*", r"1 files are empty .*b\.log"),
        ({"a.tsv": "gene\tx\ty\nRARA\t1\t2\nPML\t1\t2\nTP53\t1\t2\n"}, "",
         r"The table holds 2 samples: x, y; .*a\.tsv"),
        ({"a.counts": "RARA\t1\n", "b.counts": "RARA\t1.5\n"}, "",
         r"differ in declared scale: counts \(a\.counts\), not stated \(b\.counts\)"),
    ],
)  # fmt: skip
def test_faults_name_the_files(folder: Path, files: dict[str, str], place: str, said: str) -> None:
    for name, text in files.items():
        _put(folder, name, text)
    with pytest.raises(InputError, match=said):
        read_expression(folder / place)


def test_a_damaged_file_is_named(folder: Path) -> None:
    _star(folder, "a.ReadsPerGene.out.tab", RARA=1)
    whole = _star(folder, "b.ReadsPerGene.out.tab", RARA=1)
    whole.write_text(whole.read_text() + "PML\t1\n")
    with pytest.raises(FormatError, match=r"b\.ReadsPerGene\.out\.tab, line 6"):
        read_expression(folder)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.dictionaries(
        st.from_regex("[a-z]{1,5}", fullmatch=True),
        st.dictionaries(
            st.sampled_from(["RARA", "PML", "TP53", "CD38"]), st.integers(0, 99), min_size=1
        ),
        min_size=1,
        max_size=4,
    )
)
def test_what_is_written_a_file_a_sample_is_read_back(
    folder: Path, samples: dict[str, dict[str, int]]
) -> None:
    shutil.rmtree(folder)
    folder.mkdir()
    for name, genes in samples.items():
        _put(folder, f"{name}.counts", "".join(f"{g}\t{n}\n" for g, n in genes.items()))
    frame = read_expression(folder).to_df()
    assert list(frame.index) == sorted(samples)
    read = {name: row.dropna().astype(int).to_dict() for name, row in frame.iterrows()}
    assert read == samples
