rule predict:
    input:
        expr="<work>/expr.h5ad",
    output:
        calls="<work>/calls.{block}.parquet",
        drivers="<work>/drivers.{block}.parquet",
    log:
        "<results>/logs/{matrix}/predict.{block}.log",
    conda:
        "../envs/atrasig.yaml"
    resources:
        mem_mb=workflow_helpers.matrix_memory_mb,
        runtime=workflow_helpers.runtime_minutes,
    params:
        version=__version__,
        data=PLAN.data_hash,
        block_size=PLAN.config.block_size,
        options=PLAN.predict_options,
        strict=STRICT,
    shell:
        "atrasig predict {input.expr:q} --out {output.calls:q} --drivers {output.drivers:q}"
        " {params.options:q}"
        " {params.strict:q} --block {wildcards.block} --block-size {params.block_size}"
        " > {log:q} 2>&1"


# Calls of a matrix in one file: a page shows where a sample stands in its cohort. Pages that each
# asked for the calls of every block would make a plan of blocks times blocks. It takes seconds, so
# it is no job of its own on a cluster.
rule calls:
    input:
        blocks=PLAN.calls_of_matrix,
    output:
        calls="<work>/calls.parquet",
    log:
        "<results>/logs/{matrix}/calls.log",
    localrule: True
    conda:
        "../envs/atrasig.yaml"
    resources:
        mem_mb=workflow_helpers.memory_mb,
        runtime=workflow_helpers.runtime_minutes,
    params:
        version=__version__,
        tables=workflow_helpers.block_patterns,
    shell:
        "atrasig gather {params.tables:q} --out {output.calls:q} > {log:q} 2>&1"


rule pairs:
    input:
        expr="<work>/expr.h5ad",
    output:
        pairs="<work>/pairs.parquet",
        tests="<work>/pair_tests.parquet",
    log:
        "<results>/logs/{matrix}/pairs.log",
    conda:
        "../envs/atrasig.yaml"
    resources:
        mem_mb=workflow_helpers.matrix_memory_mb,
        runtime=workflow_helpers.runtime_minutes,
    params:
        version=__version__,
        data=PLAN.data_hash,
        options=PLAN.predict_options,
    shell:
        "atrasig pairs {input.expr:q} --out {output.pairs:q} --tests {output.tests:q}"
        " {params.options:q} > {log:q} 2>&1"


rule hypotheses:
    """Hypotheses on combinations; every block is held against the whole matrix."""
    input:
        expr="<work>/expr.h5ad",
    output:
        hypotheses="<work>/hypotheses.{block}.parquet",
        summaries="<work>/hypothesis_summaries.{block}.parquet",
    log:
        "<results>/logs/{matrix}/hypotheses.{block}.log",
    conda:
        "../envs/atrasig.yaml"
    resources:
        mem_mb=PLAN.block_memory_mb,
        runtime=workflow_helpers.runtime_minutes,
    params:
        version=__version__,
        data=PLAN.data_hash,
        block_size=PLAN.config.block_size,
        strict=STRICT,
    shell:
        "atrasig hypotheses {input.expr:q} --out {output.hypotheses:q}"
        " --summaries {output.summaries:q}"
        " {params.strict:q} --block {wildcards.block} --block-size {params.block_size}"
        " > {log:q} 2>&1"
