"""A small matrix in every format."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

GENES = ("RARA", "PML", "CEBPE", "CD38", "ITGAM", "TP53")
SAMPLES = ("s1", "s2", "s3")
Writer = Callable[[str, "str | bytes"], Path]


@pytest.fixture
def write(tmp_path: Path) -> Writer:
    """Write a file; text is UTF-8, a name that ends in ``.gz`` is compressed."""

    def build(name: str, content: str | bytes) -> Path:
        data = content.encode() if isinstance(content, str) else content
        path = tmp_path / name
        path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
        return path

    return build


@pytest.fixture(scope="session")
def frame() -> pd.DataFrame:
    """Six genes x three samples; 17 digits a value, one missing."""
    values = np.random.default_rng(3).normal(6.0, 2.0, size=(len(GENES), len(SAMPLES)))
    values[2, 1] = np.nan
    return pd.DataFrame(values, index=list(GENES), columns=list(SAMPLES))


def _gct(frame: pd.DataFrame, version: str) -> str:
    dimensions = [*frame.shape] if version == "1.2" else [*frame.shape, 1, 2]
    lines = [f"#{version}", "\t".join(map(str, dimensions)), "\t".join(["id", "what", *frame])]
    if version == "1.3":
        lines += ["\t".join([key, "na", *"xyz"]) for key in ("batch", "centre")]
    lines += [
        "\t".join([g, "text", *map(repr, row)])
        for g, row in zip(frame.index, frame.to_numpy().tolist(), strict=True)
    ]
    return "\n".join(lines) + "\n"


@pytest.fixture
def files(frame: pd.DataFrame, tmp_path: Path, write: Writer) -> dict[str, Path]:
    """The same matrix in every format that is read."""
    import anndata
    from scipy.sparse import csr_matrix

    tsv = frame.to_csv(sep="\t", index_label="gene")
    made = {
        "tsv": write("m.tsv", tsv),
        "gz": write("m.tsv.gz", tsv),
        "crlf": write("crlf.tsv", tsv.replace("\n", "\r\n")),
        "csv": write("m.csv", frame.to_csv(index_label="gene", na_rep="NA")),
        "quoted": write("q.csv", frame.to_csv(index_label="gene", quoting=1)),
        "bom": write("bom.tsv", "\ufeff" + tsv),
        "rows": write("t.tsv", frame.T.to_csv(sep="\t", index_label="sample")),
        "gct": write("m.gct", _gct(frame, "1.2")),
        "gct3": write("m3.gct.gz", _gct(frame, "1.3")),
    }
    for name, table in (("parquet", frame.rename_axis("symbol")), ("parquet_rows", frame.T)):
        made[name] = tmp_path / f"{name}.parquet"
        table.to_parquet(made[name])
    zero = np.nan_to_num(frame.to_numpy().T)
    for name, values in (("h5ad", frame.to_numpy().T), ("sparse", csr_matrix(zero))):
        made[name] = tmp_path / f"{name}.h5ad"
        obs, var = pd.DataFrame(index=frame.columns), pd.DataFrame(index=frame.index)
        anndata.AnnData(values, obs=obs, var=var).write_h5ad(made[name])
    return made
