rule report:
    """Pages of a block of samples; the manifest lists the samples and those that have one."""
    input:
        expr="<work>/expr.h5ad",
        scores="<work>/scores.{block}.parquet",
        calls="<work>/calls.parquet",
        drivers="<work>/drivers.{block}.parquet",
        enrichment="<work>/enrichment.{block}.parquet",
        contrasts="<work>/contrasts.parquet",
        pairs="<work>/pairs.parquet",
        hypotheses="<work>/hypotheses.{block}.parquet",
        summaries="<work>/hypothesis_summaries.{block}.parquet",
    output:
        **({"pages": "<work>/pages.{block}.zip"} if STORED else {}),
        manifest="<work>/pages.{block}.tsv",
    log:
        "<results>/logs/{matrix}/report.{block}.log",
    benchmark:
        "<results>/benchmarks/{matrix}/report.{block}.tsv"
    conda:
        "../envs/atrasig.yaml"
    resources:
        mem_mb=PLAN.block_memory_mb,
        runtime=workflow_helpers.runtime_minutes,
    params:
        version=__version__,
        data=PLAN.data_hash,
        block_size=PLAN.config.block_size,
        out=lambda wildcards, output: output.get("pages", PLAN.config.results),
        options=PLAN.report_options,
        parameters=PLAN.parameters_json,
        strict=STRICT,
    shell:
        "atrasig report --expr {input.expr:q} --scores {input.scores:q} --calls {input.calls:q}"
        " --drivers {input.drivers:q} --enrichment {input.enrichment:q}"
        " --contrasts {input.contrasts:q} --pairs {input.pairs:q} --hypotheses {input.hypotheses:q}"
        " --hypothesis-summaries {input.summaries:q} --out {params.out:q}"
        " --manifest {output.manifest:q}"
        " {params.options:q} --parameters {params.parameters:q}"
        " {params.strict:q} --block {wildcards.block} --block-size {params.block_size}"
        " > {log:q} 2>&1"


rule collect:
    input:
        **({"archives": PLAN.per_block("pages", suffix="zip")} if STORED else {}),
        expr=PLAN.per_matrix("expr.h5ad"),
        scores=PLAN.per_block("scores"),
        calls=PLAN.per_block("calls"),
        enrichment=PLAN.per_block("enrichment"),
        contrasts=PLAN.per_matrix("contrasts.parquet"),
        contrast_genes=PLAN.per_matrix("contrasts.genes.parquet"),
        contrast_lists=PLAN.per_matrix("contrasts.lists.parquet"),
        pairs=PLAN.per_matrix("pairs.parquet"),
        pair_tests=PLAN.per_matrix("pair_tests.parquet"),
        hypotheses=PLAN.per_block("hypotheses"),
        hypothesis_summaries=PLAN.per_block("hypothesis_summaries"),
        pages=PLAN.per_block("pages", suffix="tsv"),
    output:
        **({"samples": directory("<results>/samples")} if STORED else {}),
        calls=report(
            whole("<results>/calls.tsv"),
            caption="../report/calls.rst",
            category="Results",
            labels={"table": "Calls"},
        ),
        enrichment=report(
            whole("<results>/enrichment.tsv"),
            caption="../report/enrichment.rst",
            category="Results",
            labels={"table": "Enrichment"},
        ),
        pairs=report(
            whole("<results>/pairs.tsv"),
            caption="../report/pairs.rst",
            category="Results",
            labels={"table": "Pairs"},
        ),
        pair_tests=report(
            whole("<results>/pair_tests.tsv"),
            caption="../report/pair_tests.rst",
            category="Results",
            labels={"table": "Tests of pairs"},
        ),
        hypotheses=report(
            whole("<results>/hypotheses.tsv"),
            caption="../report/hypotheses.rst",
            category="Results",
            labels={"table": "Combination hypotheses"},
        ),
        hypothesis_summaries=whole("<results>/hypothesis_summaries.tsv"),
        qc=report(
            whole("<results>/qc.tsv"),
            caption="../report/qc.rst",
            category="Results",
            labels={"table": "Quality flags"},
        ),
        roles=report(
            whole("<results>/roles.tsv"),
            caption="../report/roles.rst",
            category="Results",
            labels={"table": "Roles of ATRA"},
        ),
        differential=whole("<results>/differential.parquet"),
        lists=whole("<results>/overrepresentation.tsv"),
        scores=whole("<results>/scores.parquet"),
        scores_text=whole("<results>/scores.tsv"),
        workbook=report(
            whole("<results>/atrasig.xlsx"),
            caption="../report/workbook.rst",
            category="Results",
            labels={"table": "All tables as a workbook"},
        ),
        multiqc=whole("<results>/atrasig_mqc.json"),
        failures=whole("<results>/failures.tsv"),
        provenance=whole("<results>/provenance.json"),
        index=whole("<results>/index.html"),
    log:
        "<results>/logs/collect.log",
    conda:
        "../envs/atrasig.yaml"
    resources:
        mem_mb=PLAN.tables_memory_mb,
        runtime=workflow_helpers.runtime_minutes,
    params:
        version=__version__,
        data=PLAN.data_hash,
        results=lambda wildcards, output: workflow_helpers.folder_of(output.index),
        files=workflow_helpers.collect_options,
        signatures=PLAN.signature_options,
        parameters=PLAN.parameters_json,
    shell:
        "atrasig collect {params.results:q} {params.files:q} {params.signatures:q}"
        " --parameters {params.parameters:q} > {log:q} 2>&1"


# End with an error where samples were set aside: all that could be made is there by then.
rule failures:
    input:
        failures="<results>/failures.tsv",
    output:
        touch("<results>/work/every_sample_has_a_result"),
    log:
        "<results>/logs/failures.log",
    retries: 0
    localrule: True
    conda:
        "../envs/atrasig.yaml"
    resources:
        mem_mb=workflow_helpers.memory_mb,
        runtime=workflow_helpers.runtime_minutes,
    params:
        version=__version__,
    shell:
        "cut -f 1,3,4 {input.failures:q} > {log:q} 2>&1;"
        " test $(wc -l < {log:q}) -eq 1 ||"
        " {{ echo 'atrasig: samples have failed, all others are finished:' >&2;"
        " cat {log:q} >&2; exit 3; }}"
