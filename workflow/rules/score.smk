rule score:
    input:
        expr="<work>/expr.h5ad",
    output:
        scores="<work>/scores.{block}.parquet",
    log:
        "<results>/logs/{matrix}/score.{block}.log",
    benchmark:
        "<results>/benchmarks/{matrix}/score.{block}.tsv"
    conda:
        "../envs/atrasig.yaml"
    # Blocks fill the cores; a job of several threads would wait until as many are free.
    threads: 1
    resources:
        mem_mb=PLAN.block_memory_mb,
        runtime=workflow_helpers.runtime_minutes,
    params:
        version=__version__,
        data=PLAN.data_hash,
        block_size=PLAN.config.block_size,
        options=PLAN.score_options,
        strict=STRICT,
    shell:
        "atrasig score {input.expr:q} --out {output.scores:q} {params.options:q}"
        " --threads {threads} --block {wildcards.block} --block-size {params.block_size}"
        " {params.strict:q} > {log:q} 2>&1"
