"""Tutorial: single cells in scanpy. Run from the top of the repository."""

# %% [markdown]
# # Tutorial: single cells in scanpy
#
# Scores of cells inside a scanpy session, then sums of cells (pseudobulk) that can be called.
# The cells are simulated here: three patients, two cell types, a sample before and one after
# ATRA each, in which the retinoid genes of the monocytes are raised. That shows how the pieces
# fit together and nothing about biology. Name a file of your own (h5ad, 10x, loom) as `CELLS`
# to use it instead.

# %%
import numpy as np
import pandas as pd
import scanpy as sc
from anndata import AnnData
from scipy.sparse import csr_matrix

import atrasig
from atrasig.genes import load_gene_table

# %% [parameters]
CELLS = ""  # a file or folder; empty: simulate
CELL_TYPE = "cell_type"  # column of obs
SAMPLE = "sample"  # column of obs

# %%


def simulate(seed: int = 1, per_group: int = 60) -> AnnData:
    """Draw counts; every gene has its own mean, and monocytes respond after ATRA."""
    draw = np.random.default_rng(seed)
    library = atrasig.load_signatures()
    core = {one.gene for one in library["retinoid_response_core"].genes}
    coding = sorted(load_gene_table().coding)
    genes = sorted({*coding[::3], *core})
    base = draw.lognormal(0, 1.5, len(genes))
    responds = np.isin(genes, sorted(core))
    rows, labels = [], []
    for patient in ("P1", "P2", "P3"):
        for time in ("baseline", "exposed"):
            for kind in ("monocyte", "T cell"):
                mean = base * np.where(responds & (kind == "monocyte"), 0.3, 1.0)
                if time == "exposed" and kind == "monocyte":
                    mean = np.where(responds, mean * 40, mean)
                depth = draw.lognormal(np.log(25_000), 0.2, per_group)
                rows.append(draw.poisson(mean / mean.sum() * depth[:, None]))
                labels += [(patient, time, f"{patient}_{time}", kind)] * per_group
    obs = pd.DataFrame(labels, columns=["patient", "timepoint", "sample", "cell_type"])
    obs.index = [f"cell{i}" for i in range(len(obs))]
    return AnnData(csr_matrix(np.vstack(rows).astype(float)), obs, pd.DataFrame(index=genes))


adata = atrasig.read_expression(CELLS) if CELLS else simulate()
print(adata)

# %% [markdown]
# ## The usual steps
#
# Keep the counts: they are what pseudobulk sums. Rank scores do not care for the logarithm, but
# they do care for scaling by gene (`sc.pp.scale`), which `atrasig.tl.score` refuses.

# %%
if "counts" not in adata.layers:
    adata.layers["counts"] = adata.X.copy()
    sc.pp.normalize_total(adata, target_sum=1e4)
    sc.pp.log1p(adata)
sc.pp.pca(adata, n_comps=10)

# %% [markdown]
# ## Score cells
#
# Writes `obsm["atrasig_ucell"]`, one column a signature, and says in `uns` what was scored and
# how many genes of each list were measured. A list with too few of its genes gets no score.

# %%
atrasig.tl.score(adata, method="ucell")
record = adata.uns["atrasig"]["scores"]["atrasig_ucell"]["signatures"]
print(record.loc[["retinoid_response_core", "lsc17"], ["coverage"]].round(2))

# %%
adata.obs["retinoid"] = adata.obsm["atrasig_ucell"]["retinoid_response_core"]
by = adata.obs.groupby([CELL_TYPE, SAMPLE], observed=True)["retinoid"]
print(by.mean().unstack().round(3))

# %%
if adata.obs["retinoid"].notna().any():
    sc.pl.violin(adata, "retinoid", groupby=SAMPLE, rotation=90, stripplot=False, show=False)

# %% [markdown]
# Compare groups of cells, not two cells: most genes of a cell are not detected, so the score of
# one cell is coarse. A call is never made from the values of a cell.

# %% [markdown]
# ## Sum cells, then call
#
# Raw counts of the cells of one sample and type are summed. Such a sum gets response calls
# against baselines of the same kind, and no call by the APL programme, for which no reference of
# pseudobulk is frozen.

# %%
bulk = atrasig.pseudobulk(adata, [SAMPLE, CELL_TYPE], min_cells=10)
expr = atrasig.harmonise(bulk)
print(bulk.obs[["n_cells", "library_size"]].head(4))

# %%
for column in ("patient", "timepoint"):
    if column in adata.obs:
        of_sample = adata.obs.groupby(SAMPLE, observed=True)[column].first()
        expr.obs[column] = list(expr.obs[SAMPLE].map(of_sample).astype(str))
# Cell types are different tissues: judge each against its own baselines.
answers = []
for kind in expr.obs[CELL_TYPE].unique():
    own = atrasig.predict(expr[expr.obs[CELL_TYPE] == kind].copy(), disease="AML")
    answers.append(own[own["primary"] & (own["question"] == "response")])
found = pd.concat(answers).set_index("sample")
print(found[["call", "score", "low", "high"]].round(3))
