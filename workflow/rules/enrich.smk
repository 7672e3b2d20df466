rule enrich:
    input:
        expr="<work>/expr.h5ad",
    output:
        enrichment="<work>/enrichment.{block}.parquet",
    log:
        "<results>/logs/{matrix}/enrich.{block}.log",
    benchmark:
        "<results>/benchmarks/{matrix}/enrich.{block}.tsv"
    conda:
        "../envs/atrasig.yaml"
    resources:
        mem_mb=PLAN.block_memory_mb,
        runtime=workflow_helpers.runtime_minutes,
    params:
        version=__version__,
        data=PLAN.data_hash,
        block_size=PLAN.config.block_size,
        options=PLAN.sample_enrich_options,
        strict=STRICT,
    shell:
        "atrasig enrich {input.expr:q} --out {output.enrichment:q} {params.options:q}"
        " {params.strict:q} --block {wildcards.block} --block-size {params.block_size}"
        " > {log:q} 2>&1"


rule contrasts:
    input:
        expr="<work>/expr.h5ad",
    output:
        contrasts="<work>/contrasts.parquet",
        genes="<work>/contrasts.genes.parquet",
        lists="<work>/contrasts.lists.parquet",
    log:
        "<results>/logs/{matrix}/contrasts.log",
    benchmark:
        "<results>/benchmarks/{matrix}/contrasts.tsv"
    # The longest job of a matrix, for which no other waits but the pages: let it start first.
    priority: 1
    conda:
        "../envs/atrasig.yaml"
    resources:
        mem_mb=workflow_helpers.matrix_memory_mb,
        runtime=workflow_helpers.runtime_minutes,
    params:
        version=__version__,
        data=PLAN.data_hash,
        options=PLAN.contrast_options,
    shell:
        "atrasig enrich {input.expr:q} --out {output.contrasts:q} --contrasts"
        " {params.options:q} > {log:q} 2>&1"
