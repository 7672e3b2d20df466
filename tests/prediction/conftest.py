"""Cohorts: the simulated one of the repository, and public ones where they are at hand."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from atrasig.harmonisation import harmonise
from atrasig.io import read_expression

if TYPE_CHECKING:
    from anndata import AnnData


@pytest.fixture(scope="session")
def demo(repository: Path) -> AnnData:
    """The simulated cohort with its sheet, 23 samples."""
    folder = repository / "config" / "demo"
    return harmonise(
        read_expression(folder / "counts.tsv.gz"), folder / "samples.tsv", matrix="counts.tsv.gz"
    )


@pytest.fixture(scope="session")
def gene_poor(repository: Path) -> AnnData:
    """The sample of the simulated cohort that lacks most signature genes."""
    folder = repository / "config" / "demo"
    return harmonise(
        read_expression(folder / "counts_panel.tsv.gz"),
        folder / "samples.tsv",
        matrix="counts_panel.tsv.gz",
    )


@pytest.fixture(scope="session")
def aml20(shared: Path) -> AnnData:
    """20 leukemias of TCGA without a word on their disease."""
    folder = shared / "data" / "aml_tcga20"
    return harmonise(read_expression(folder / "tcga_laml_20samples_htseq_counts.tsv.gz"))


@pytest.fixture(scope="session")
def gastric(shared: Path) -> AnnData:
    """109 gastric cancers on an array."""
    return harmonise(read_expression(shared / "data" / "gastric" / "GSE26901_expression.parquet"))


@pytest.fixture(scope="session")
def shsy5y(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> AnnData:
    """Counts of SH-SY5Y, three cultures before and three after retinoic acid."""
    source = shared / "data/response_shsy5y/Pezzini2016_SHSY5Ycelldiff_DE_table.tsv.gz"
    table = pd.read_csv(source, sep="\t", index_col="Gene.ID")
    counts = table[[name for name in table if name.startswith("SRR") and "CPM" not in name]]
    path = tmp_path_factory.mktemp("shsy5y") / "counts.tsv"
    counts.to_csv(path, sep="\t")
    return harmonise(read_expression(path))


def _harmonised(path: Path) -> AnnData:
    return harmonise(read_expression(path))


@pytest.fixture(scope="session")
def all_aml48(shared: Path) -> AnnData:
    """24 ALL and 24 AML on HG-U95Av2, intensities."""
    return _harmonised(shared / "data/parity/gseapy/Leukemia_hgu95av2.gct.gz")


@pytest.fixture(scope="session")
def all_mll37(shared: Path) -> AnnData:
    """20 ALL and 17 MLL on HG-U95Av2, log2."""
    return _harmonised(shared / "data/parity/gsva/leukemia_eset_expr.tsv.gz")


@pytest.fixture(scope="session")
def gse2191(shared: Path) -> AnnData:
    """54 leukaemias on HG-U95Av2, intensities."""
    return _harmonised(shared / "data/formats/orange_GSE2191.tab.gz")


@pytest.fixture(scope="session")
def apl_reference(repository: Path) -> Iterator[ModuleType]:
    """The script that computes the frozen figures of the APL model."""
    folder = repository / "scripts"
    spec = importlib.util.spec_from_file_location("apl_reference", folder / "apl_reference.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(folder))
        spec.loader.exec_module(module)
        yield module
