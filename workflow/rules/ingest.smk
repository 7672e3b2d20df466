rule ingest:
    input:
        matrix=fetched,
        sheet=local(PLAN.config.samples),
    output:
        # Constraints do not reach a wildcard that stands in <work>.
        raw="<results>/work/{matrix}/raw.h5ad",
    log:
        "<results>/logs/{matrix}/ingest.log",
    wildcard_constraints:
        matrix=PLAN.cells.others_pattern,
    conda:
        "../envs/atrasig.yaml"
    resources:
        mem_mb=workflow_helpers.memory_mb,
        runtime=workflow_helpers.runtime_minutes,
    params:
        version=__version__,
        data=PLAN.data_hash,
        path=PLAN.matrix_path,
        name=PLAN.matrix_name,
        options=PLAN.ingest_options,
        strict=STRICT,
    shell:
        "atrasig ingest {params.path:q} --out {output.raw:q}"
        " --sheet {input.sheet:q} --matrix {params.name:q} {params.options:q}"
        " {params.strict:q} > {log:q} 2>&1"


rule harmonise:
    input:
        raw="<work>/raw.h5ad",
        sheet=local(PLAN.config.samples),
    output:
        expr="<work>/expr.h5ad",
    log:
        "<results>/logs/{matrix}/harmonise.log",
    conda:
        "../envs/atrasig.yaml"
    resources:
        mem_mb=workflow_helpers.memory_mb,
        runtime=workflow_helpers.runtime_minutes,
    params:
        version=__version__,
        data=PLAN.data_hash,
        name=PLAN.matrix_name,
        options=PLAN.harmonise_options,
        strict=STRICT,
    shell:
        "atrasig harmonise {input.raw:q} --out {output.expr:q} --sheet {input.sheet:q}"
        " --matrix {params.name:q} {params.options:q} {params.strict:q} > {log:q} 2>&1"
