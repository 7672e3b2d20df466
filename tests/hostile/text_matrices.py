"""Text matrices that are broken, odd or dangerous."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from atrasig.errors import AtrasigError, FormatError, InputError, ScaleError
from tests.hostile.making import Case, changed, honest, renamed, take_matrix, text_file, tsv

ODD_NAMES = {
    "slashes": ("a/b", "s2", "s3", "s4"),
    "parent folder": ("../../etc/passwd", "..", ".", "s4"),
    "blanks": ("s 1", "s  2", "s3", "s4"),
    "emoji and right-to-left": ("🧬", "\u202egnp.exe", "s3", "s4"),
    "HTML": ("<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "s3", "s4"),
    "300 characters": ("x" * 300, "s2", "s3", "s4"),
    "formula": ("=cmd|' /C calc'!A0", "+1+1", "@SUM(A1)", "-2"),
    "shell": ("$(touch owned)", "`id`", "; rm -rf x", "s4"),
    "reserved device": ("CON", "nul.txt", "s3", "s4"),
    "quotes": ('a"b', "c'd", "s3", "s4"),
    "percent and braces": ("%s%n", "{sample}", "{{7*7}}", "s4"),
}


def _equal(result: Any) -> bool:
    """The matrix is read as it would be from a plain file."""
    counts = pd.DataFrame(
        result.layers["counts"].T, index=result.var_names, columns=result.obs_names
    )
    return bool((counts.loc[honest().index] == honest()).all(axis=None))


def _names(*names: str) -> Any:
    return lambda result: list(result.obs_names) == list(names)


def _text(name: str, content: str | bytes, **outcome: Any) -> Case:
    return Case(name, text_file(content), take_matrix, **outcome)


def _refused(name: str, content: str | bytes, says: str, error: type[AtrasigError]) -> Case:
    return _text(name, content, error=error, says=says)


def _mended(result: Any, key: str, value: Any) -> bool:
    return bool(result.uns["atrasig"]["input"].get(key) == value)


PLAIN = tsv(honest())
LINES = PLAIN.splitlines(keepends=True)

CASES: list[Case] = [
    _refused("empty file", b"", "empty", InputError),
    _refused("blanks only", b" \n\t\n  \n", "empty", InputError),
    _refused("header only", LINES[0], "no line below the header", FormatError),
    _refused("no header", "".join(LINES[1:]), "no header", FormatError),
    _refused(
        "short row", "".join(LINES[:5]) + "TP53\t1\n", r"line 6.*fields|fields.*line 6", FormatError
    ),
    _refused("long row", "".join(LINES[:5]) + "TP53" + "\t1" * 9 + "\n", "fields", FormatError),
    _refused(
        "quote never closed",
        LINES[0] + '"TP53\t1\t2\t3\t4\n' + "".join(LINES[1:]),
        "quotation|fields",
        FormatError,
    ),
    _refused(
        "latin-1",
        LINES[0].replace("s1", "sé").encode("latin-1") + "".join(LINES[1:]).encode(),
        "not UTF-8",
        FormatError,
    ),
    _refused("NUL bytes", PLAIN.replace("\t", "\t\0", 1), "binary|NUL", FormatError),
    _refused(
        "NUL bytes far below",
        PLAIN * 1 + "".join(f"G{i}\t1\t1\t1\t1\n" for i in range(9000)) + "TP53\t\0\t1\t1\t1\n",
        "NUL|not a number",
        FormatError,
    ),
    _refused("word in a sample", tsv(changed(s2="high")), "'high' is not a number", FormatError),
    _refused("number with unit", tsv(changed(s2="12 mg")), "is not a number", FormatError),
    _refused("underscore in a number", tsv(changed(s2="1_000")), "is not a number", FormatError),
    _refused("full-width digits", tsv(changed(s2="\uff11\uff12")), "is not a number", FormatError),
    _refused("hexadecimal number", tsv(changed(s2="0x1F")), "is not a number", FormatError),
    _refused("infinite value", tsv(changed(s2="inf")), "infinite", FormatError),
    _refused("negative infinity", tsv(changed(s2="-Infinity")), "infinite", FormatError),
    _refused(
        "number beyond float64", tsv(changed(s2="1e400")), "infinite|not a number", FormatError
    ),
    _refused(
        "duplicate samples", tsv(renamed("s1", "s1", "s3", "s4")), "'s1'.*2 times", InputError
    ),
    _refused(
        "samples equal but for blanks", tsv(renamed("s1", " s1", "s3", "s4")), "'s1'", InputError
    ),
    _refused("sample without name", tsv(renamed("s1", "", "s3", "s4")), "no name", FormatError),
    _refused(
        "no value at all",
        tsv(honest().map(lambda _: "NA")),
        "no value|no sample|0 samples",
        InputError,
    ),
    _refused(
        "three unknown names",
        "gene\ts1\ts2\nfoo\t1\t2\nbar\t3\t4\nbaz\t5\t6\n",
        "known|looks like gene identifiers",
        InputError,
    ),
    _refused(
        "row numbers for genes",
        tsv(honest().reset_index(drop=True)),
        "known|looks like gene identifiers",
        InputError,
    ),
    _refused(
        "another species altogether",
        tsv(honest().set_axis([f"FBgn{i:07d}" for i in range(60)])),
        "known|looks like gene identifiers",
        InputError,
    ),
    _refused("counts with negative values", tsv(changed(s2=-7)), "negative|-7", ScaleError),
    _refused(
        "table of a differential test",
        "gene,baseMean,log2FoldChange,lfcSE,pvalue,padj\n"
        + "".join(f"{g},10.5,1.25,0.1,0.001,0.01\n" for g in honest().index),
        "differential",
        FormatError,
    ),
    _refused(
        "ambiguous thousands",
        tsv(honest().map(lambda n: f"{n % 9 + 1},{n % 1000:03d}")),
        "decimal",
        FormatError,
    ),
    _refused("one column", "gene\n" + "\n".join(honest().index) + "\n", "one column", FormatError),
    _refused(
        "an error page",
        "<!DOCTYPE html><html><body>404 Not Found</body></html>",
        "HTML|web page",
        FormatError,
    ),
    _refused("JSON", '{"TP53": {"s1": 1}}\n', "JSON", FormatError),
    _refused("FASTQ", "@read1\nACGT\n+\nIIII\n", "FASTQ|reads", FormatError),
    _refused(
        "two million columns of nothing",
        "gene" + "\t" * 2_000_000 + "\nTP53" + "\t" * 2_000_000 + "\n",
        "no value|no sample|0 samples|one column",
        InputError,
    ),
    _refused(
        "gene names alone differ in no known way",
        "gene\ts1\n" + "\n".join(f"x{i}\t{i}" for i in range(50)),
        "known|looks like gene identifiers",
        InputError,
    ),
    _text("byte order mark", b"\xef\xbb\xbf" + PLAIN.encode(), check=_equal),
    _text("UTF-16", PLAIN.encode("utf-16"), check=_equal),
    _text("Windows line ends", PLAIN.replace("\n", "\r\n"), check=_equal),
    _text("old Macintosh line ends", PLAIN.replace("\n", "\r"), check=_equal),
    _text("no line end at the end", PLAIN.rstrip("\n"), check=_equal),
    _text("empty lines between", PLAIN.replace("\n", "\n\n"), check=_equal),
    _text("comment lines", "# made by hand\n! twice\n" + PLAIN, check=_equal),
    _text("blanks around cells", PLAIN.replace("\t", " \t "), check=_equal),
    _text(
        "quoted newline in an annotation",
        honest().assign(note="two\nlines").to_csv(sep="\t", index_label="gene"),
        check=_equal,
    ),
    _text(
        "decimal comma",
        tsv(honest() + 0.5).replace(".", ","),
        check=lambda r: r.uns["atrasig"]["input"].get("decimal") == "comma",
    ),
    _text("semicolons", honest().to_csv(sep=";", index_label="gene"), check=_equal),
    _text(
        "duplicate genes",
        PLAIN + LINES[1],
        check=lambda r: r.uns["atrasig"]["qc"]["rows_collapsed"] == 2,
    ),
    _text(
        "sample without a value",
        tsv(honest().astype(object).assign(s2="NA")),
        check=lambda r: int(r.obs.loc["s2", "qc_coding_measured"]) == 0,
    ),
    _text(
        "sample of zeros",
        tsv(honest().assign(s2=0)),
        check=lambda r: int(r.obs.loc["s2", "qc_coding_detected"]) == 0,
    ),
    _text(
        "constant sample",
        tsv(honest().assign(s2=7)),
        check=lambda r: len(set(np.asarray(r.X)[1])) == 1,
    ),
    _text(
        "three genes",
        "gene\ts1\ts2\nRARA\t1\t2\nPML\t3\t4\nITGAM\t5\t6\n",
        check=lambda r: r.n_vars == 3,
    ),
    _text(
        "dates for genes",
        tsv(pd.concat([honest(), honest().iloc[:2].set_axis(["3-Sep", "1-Mar"])])),
        check=lambda r: "SEPTIN3" in r.var_names and "1-Mar" in r.var_names,
    ),
    _text(
        "minus zero",
        tsv(honest().astype(object).assign(s2=["-0"] + [3] * 59)),
        check=lambda r: not np.signbit(np.asarray(r.layers["counts"])).any(),
    ),
    *(
        _text(f"sample names: {what}", tsv(renamed(*names)), check=_names(*names))
        for what, names in ODD_NAMES.items()
    ),
]
