# Set by --default-storage-provider: no job can then count on a folder that all of them see.
STORED = workflow.storage_settings.default_storage_provider is not None
STRICT = ["--strict"] if PLAN.config.strict else []


def fetched(wildcards):
    """Give the files of a matrix; one in storage by the plugin that the configuration names."""
    return [
        (
            getattr(storage, PLAN.provider(wildcards))(file)
            if PLAN.provider(wildcards)
            else local(file)
        )
        for file in PLAN.matrix_files(wildcards)
    ]


def whole(path):
    """Refuse an empty output; of one in storage Snakemake would ask the size before it is there."""
    return path if STORED else ensure(path, non_empty=True)
