# `snakemake` in this folder starts here. An `include` alone would plan nothing: a file that is
# included does not set the default target, a module whose rules are used does.
if not workflow.overwrite_configfiles:

    configfile: "config/config.yaml"


module atrasig_workflow:
    snakefile:
        "workflow/Snakefile"
    config:
        config


use rule * from atrasig_workflow
