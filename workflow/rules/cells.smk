rule pseudobulk:
    """Sums of cells take the place of ingested samples, and go on from there as samples do."""
    input:
        matrix=fetched,
        sheet=local(PLAN.config.samples),
    output:
        # Constraints do not reach a wildcard that stands in <work>.
        raw="<results>/work/{matrix}/raw.h5ad",
    log:
        "<results>/logs/{matrix}/pseudobulk.log",
    benchmark:
        "<results>/benchmarks/{matrix}/pseudobulk.tsv"
    wildcard_constraints:
        matrix=PLAN.cells.pattern,
    conda:
        "../envs/atrasig.yaml"
    resources:
        mem_mb=PLAN.cells.memory_mb,
        runtime=workflow_helpers.runtime_minutes,
    params:
        version=__version__,
        data=PLAN.data_hash,
        path=PLAN.matrix_path,
        name=PLAN.matrix_name,
        options=PLAN.cells.sum_options,
        strict=STRICT,
    shell:
        "atrasig pseudobulk {params.path:q} --out {output.raw:q}"
        " --sheet {input.sheet:q} --matrix {params.name:q} {params.options:q}"
        " {params.strict:q} > {log:q} 2>&1"


rule score_cells:
    input:
        matrix=fetched,
    output:
        scores="<results>/cells/{matrix}.parquet",
        record="<results>/cells/{matrix}.json",
    log:
        "<results>/logs/{matrix}/score_cells.log",
    benchmark:
        "<results>/benchmarks/{matrix}/score_cells.tsv"
    wildcard_constraints:
        matrix=PLAN.cells.pattern,
    conda:
        "../envs/atrasig.yaml"
    threads: 2
    resources:
        mem_mb=PLAN.cells.memory_mb,
        runtime=workflow_helpers.runtime_minutes,
    params:
        version=__version__,
        data=PLAN.data_hash,
        path=PLAN.matrix_path,
        options=PLAN.cells.score_options,
    shell:
        "atrasig score-cells {params.path:q} --out {output.scores:q} --record {output.record:q}"
        " --threads {threads} {params.options:q} > {log:q} 2>&1"
