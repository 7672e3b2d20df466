# make help lists the targets. Each works alone in a fresh clone: it makes .venv and installs what it needs.

# A pyenv shim may exist without its interpreter, so ask the interpreter itself where it is.
PYTHON ?= $(shell python3.11 -c 'import sys; print(sys.executable)' 2>/dev/null || command -v python3)
PYTHON313 ?= python3.13
VENV ?= .venv
PEERS ?= .venv-peers
CORES ?= 2
PIP_INSTALL = $(VENV)/bin/python -m pip install --quiet --disable-pip-version-check -c constraints.txt
SOURCES = atrasig tests benchmarks docs $(wildcard scripts)
SNAKEFILES = Snakefile workflow

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test test-py313 packages check format cluster browser docs bench scale scale-cells parity validation faults clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo
	@echo "Variables: PYTHON (interpreter for a new environment), VENV (its folder), CORES (for make demo)."

$(VENV)/.installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(PIP_INSTALL) -e '.[workflow]'
	touch $@

$(VENV)/.installed-dev: $(VENV)/.installed
	$(PIP_INSTALL) -e '.[workflow,dev,docs,slurm,storage]'
	touch $@

demo: $(VENV)/.installed ## run the pipeline on the simulated demo cohort and print its calls
	$(VENV)/bin/snakemake --cores $(CORES)
	$(VENV)/bin/python -m atrasig.workflow_helpers results

# Some tests need a cluster, a browser or npm: root installs them; where they are absent, those tests are skipped.
PACKAGES = $(shell command -v chromium >/dev/null || echo chromium; command -v npm >/dev/null || echo npm)
cluster: PACKAGES = $(shell command -v slurmctld >/dev/null || echo munge slurm-wlm)

packages:
	@test -z "$(strip $(PACKAGES))" || test "$$(id -u)" != 0 || { apt-get update -q; for package in $(PACKAGES); do \
		DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $$package; done; } || true

# axe-core judges the accessibility of the pages.
AXE = tests/browser/node_modules/axe-core/axe.min.js

$(AXE): tests/browser/package.json | packages
	npm install --prefix $(<D) --no-package-lock --ignore-scripts --no-audit --no-fund --loglevel=error && touch $@ \
		|| echo "axe-core is absent: the tests of accessibility are skipped"

test: $(VENV)/.installed-dev packages $(AXE) ## run all tests but those of a cluster (as root, install first what some need from Debian)
	$(VENV)/bin/python -m pytest -n $(CORES) --dist loadfile --no-loadscope-reorder --ignore=tests/cluster

cluster: $(VENV)/.installed-dev packages ## run the workflow on a SLURM of its own (root; Debian's munge, slurm-wlm)
	$(VENV)/bin/python -m pytest tests/cluster

browser: $(VENV)/.installed-dev packages $(AXE) ## open the reports in a browser (Debian's chromium; npm for axe-core)
	$(VENV)/bin/python -m pytest tests/browser

test-py313: ## run all tests on Python 3.13, in an environment of its own (PYTHON313: its path)
	$(MAKE) test PYTHON=$(PYTHON313) VENV=.venv-py313

check: $(VENV)/.installed-dev ## run all static checks
	$(VENV)/bin/ruff check $(SOURCES)
	$(VENV)/bin/ruff format --check $(SOURCES)
	$(VENV)/bin/mypy
	$(VENV)/bin/snakefmt --check $(SNAKEFILES)
	$(VENV)/bin/snakemake --lint
	$(VENV)/bin/atrasig signatures check

format: $(VENV)/.installed-dev ## rewrite the sources in the project's format
	$(VENV)/bin/ruff check --fix $(SOURCES)
	$(VENV)/bin/ruff format $(SOURCES)
	$(VENV)/bin/snakefmt $(SNAKEFILES)

$(VENV)/.installed-docs: $(VENV)/.installed
	$(PIP_INSTALL) -e '.[workflow,docs]'
	touch $@

docs: $(VENV)/.installed-docs ## build the guide into docs/_build/html, run its tutorials
	$(VENV)/bin/python -m scripts.build_docs

# R's GSVA comes from Debian where that is allowed; without it the tables say that it is absent.
$(PEERS)/.installed: benchmarks/peers.txt constraints.txt
	$(PYTHON) -m venv $(PEERS)
	$(PEERS)/bin/python -m pip install --quiet --disable-pip-version-check \
		-c constraints.txt -r benchmarks/peers.txt
	command -v Rscript || { test "$$(id -u)" = 0 && apt-get update -q && \
		apt-get install -q -y --no-install-recommends r-bioc-gsva r-cran-jsonlite; } || true
	touch $@

bench: $(VENV)/.installed-dev $(PEERS)/.installed ## time scoring and reading beside peers, write benchmarks/RESULTS.md (BENCH="--quick", ...)
	PEERS_PYTHON=$(CURDIR)/$(PEERS)/bin/python $(VENV)/bin/python -m benchmarks.bench $(BENCH)

scale: $(VENV)/.installed-dev ## measure the whole workflow on growing cohorts (SCALE="--samples 1000 ...")
	$(VENV)/bin/python -m benchmarks.scale $(SCALE)

scale-cells: $(VENV)/.installed-dev ## measure the workflow on growing files of single cells (CELLS="--cells 20000 ...")
	$(VENV)/bin/python -m benchmarks.scale_cells $(CELLS)

parity: $(VENV)/.installed-dev $(PEERS)/.installed ## compare scores with peers', write benchmarks/PARITY.md
	PEERS_PYTHON=$(CURDIR)/$(PEERS)/bin/python $(VENV)/bin/python -m benchmarks.parity

validation: $(VENV)/.installed-dev ## compute how well the models do on public data, write docs/validation.md
	$(VENV)/bin/python scripts/apl_reference.py ../shared/data
	$(VENV)/bin/python -m benchmarks.validation

faults: $(VENV)/.installed-dev ## disturb runs of the workflow for hours, write docs/reliability.md (FAULTS="--only kills", ...)
	$(VENV)/bin/python -m benchmarks.faults $(FAULTS)

clean: ## remove the environments, the caches and the results of the demo
	rm -rf .venv .venv-py313 .venv-peers results .snakemake .mypy_cache .pytest_cache .ruff_cache .hypothesis docs/_build
	rm -rf tests/browser/node_modules
