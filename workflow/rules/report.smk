rule report:
    """Pages of a block of samples; they are known by the manifest, not as outputs one by one."""
    input:
        expr="<work>/expr.h5ad",
        scores="<work>/scores.{block}.parquet",
        calls="<work>/calls.{block}.parquet",
        drivers="<work>/drivers.{block}.parquet",
        enrichment="<work>/enrichment.{block}.parquet",
        contrasts="<work>/contrasts.parquet",
        pairs="<work>/pairs.parquet",
    output:
        manifest="<work>/pages.{block}.tsv",
    log:
        "<results>/logs/{matrix}/report.{block}.log",
    benchmark:
        "<results>/benchmarks/{matrix}/report.{block}.tsv"
    conda:
        "../envs/atrasig.yaml"
    resources:
        mem_mb=workflow_helpers.memory_mb,
        runtime=workflow_helpers.runtime_minutes,
    params:
        version=__version__,
        data=PLAN.data_hash,
        block_size=PLAN.config.block_size,
        results=PLAN.results_folder,
        signatures=PLAN.signature_options,
        parameters=PLAN.parameters_json,
    shell:
        "atrasig report --expr {input.expr:q} --scores {input.scores:q} --calls {input.calls:q}"
        " --drivers {input.drivers:q} --enrichment {input.enrichment:q}"
        " --contrasts {input.contrasts:q} --pairs {input.pairs:q} --out {params.results:q}"
        " --manifest {output.manifest:q}"
        " {params.signatures:q} --parameters {params.parameters:q}"
        " --block {wildcards.block} --block-size {params.block_size} > {log:q} 2>&1"


rule collect:
    input:
        expr=PLAN.per_matrix("expr.h5ad"),
        scores=PLAN.per_block("scores"),
        calls=PLAN.per_block("calls"),
        enrichment=PLAN.per_block("enrichment"),
        contrasts=PLAN.per_matrix("contrasts.parquet"),
        pairs=PLAN.per_matrix("pairs.parquet"),
        pair_tests=PLAN.per_matrix("pair_tests.parquet"),
        pages=PLAN.per_block("pages", suffix="tsv"),
    output:
        calls=report(
            ensure("<results>/calls.tsv", non_empty=True),
            caption="../report/calls.rst",
            category="Results",
            labels={"table": "Calls"},
        ),
        enrichment=report(
            ensure("<results>/enrichment.tsv", non_empty=True),
            caption="../report/enrichment.rst",
            category="Results",
            labels={"table": "Enrichment"},
        ),
        pairs=report(
            ensure("<results>/pairs.tsv", non_empty=True),
            caption="../report/pairs.rst",
            category="Results",
            labels={"table": "Pairs"},
        ),
        pair_tests=report(
            ensure("<results>/pair_tests.tsv", non_empty=True),
            caption="../report/pair_tests.rst",
            category="Results",
            labels={"table": "Tests of pairs"},
        ),
        qc=report(
            ensure("<results>/qc.tsv", non_empty=True),
            caption="../report/qc.rst",
            category="Results",
            labels={"table": "Quality flags"},
        ),
        scores=ensure("<results>/scores.parquet", non_empty=True),
        scores_text=ensure("<results>/scores.tsv", non_empty=True),
        provenance=ensure("<results>/provenance.json", non_empty=True),
        index=ensure("<results>/index.html", non_empty=True),
    log:
        "<results>/logs/collect.log",
    conda:
        "../envs/atrasig.yaml"
    resources:
        mem_mb=workflow_helpers.memory_mb,
        runtime=workflow_helpers.runtime_minutes,
    params:
        version=__version__,
        data=PLAN.data_hash,
        results=PLAN.results_folder,
        files=workflow_helpers.collect_options,
        signatures=PLAN.signature_options,
        parameters=PLAN.parameters_json,
    shell:
        "atrasig collect {params.results:q} {params.files:q} {params.signatures:q}"
        " --parameters {params.parameters:q} > {log:q} 2>&1"
