"""Tutorial: a cohort of bulk RNA-seq in Python. Run from the top of the repository."""

# %% [markdown]
# # Tutorial: a bulk cohort in Python
#
# From a table of counts to calls, and to what stands behind them. The cohort is the
# [demo](../../config/demo/README.md): simulated, with known truth. Set the names of the second
# cell to files of your own. What is printed below was printed when this guide was built.
# `atrasig run` does all of it in one command and writes pages besides; here is what it does.

# %%
import atrasig

# %% [parameters]
COUNTS = "config/demo/counts.tsv.gz"
SHEET = "config/demo/samples.tsv"
MATRIX = "counts.tsv.gz"  # what the sheet calls the file
BASELINE = ("APL-1", "AML-1")  # two samples to look at

# %% [markdown]
# ## Read and harmonise
#
# Reading changes nothing. Harmonising chooses the samples of the sheet, decides the scale, and
# brings genes to approved symbols. What it decided is recorded.

# %%
raw = atrasig.read_expression(COUNTS)
expr = atrasig.harmonise(raw, SHEET, matrix=MATRIX)
scale = expr.uns["atrasig"]["scale"]
print(
    f"{expr.n_obs} samples, {expr.n_vars} genes; {scale['scale']}, decided by {scale['decided_by']}"
)

# %% [markdown]
# ## Ask the two questions
#
# One row a sample, question and model. The row marked `primary` answers; the others are shown
# beside it. The score of a call is no probability: its interval says how far it depends on the
# genes of the lists.

# %%
calls = atrasig.predict(expr)
answers = calls[calls["primary"]].set_index(["sample", "question"])
print(answers["call"].unstack().value_counts())

# %%
columns = ["call", "score", "low", "high", "model"]
print(answers.loc[list(BASELINE), columns].round(3))

# %% [markdown]
# Every row says why. Read the reason before the number:

# %%
for sample in BASELINE:
    print(f"{sample}: {answers.loc[(sample, 'sensitivity'), 'reason']}\n")

# %% [markdown]
# ## Scores behind the calls
#
# `score` ranks the genes of a sample once and scores every set on that ranking. `z` and `p`
# compare with random genes *of the same sample*: a small p says that a set is expressed here,
# not that the sample is special. Compare samples by the score itself.

# %%
wanted = ["ross_aml_with_pml_rara_fusion", "retinoid_response_core", "lsc17"]
library = atrasig.load_signatures()
chosen = type(library)([one for one in library if one.id in wanted])
scores = atrasig.score(expr, chosen, method=["singscore", "ssgsea"])
table = scores[scores["method"] == "singscore"].pivot(
    index="sample", columns="signature", values="score"
)
print(table.loc[list(BASELINE)].round(3))

# %% [markdown]
# Methods of one sample give a sample the same score whichever samples lie beside it:

# %%
alone = atrasig.score(expr[[BASELINE[0]]], chosen, method="singscore")
together = scores[(scores["sample"] == BASELINE[0]) & (scores["method"] == "singscore")]
print(float(abs(alone["score"].to_numpy() - together["score"].to_numpy()).max()))

# %% [markdown]
# ## Before and after
#
# Where the sheet gives `patient` and `timepoint`, exposed samples are compared with the baseline
# of the same patient. Below four patients there is no test of the cohort.

# %%
pairs = atrasig.compare_pairs(expr)
shown = pairs.pairs[["patient", "model", "delta", "low", "high"]]
print(shown.head(8).round(3))

# %%
figures = ["n_patients", "method", "effect", "low", "high", "p"]
print(pairs.tests.set_index("model")[figures].round(4))

# %% [markdown]
# ## What to keep
#
# `calls.to_csv("calls.tsv", sep="\t")` keeps the table. Each row names model, version and hash,
# and the reference it was judged against, so that it can be checked later.
