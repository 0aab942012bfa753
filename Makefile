# Each target alone sets up what it needs; a stamp inside the environment makes the second run quick.
# Reinstalls happen only when pyproject.toml changes.

PYTHON      ?= python3.10
VENV        ?= .venv
VENV_NEWER  ?= .venv-newer
BIN         := $(VENV)/bin
PIP_INSTALL := -m pip install -qq --disable-pip-version-check
# Why by file: tests of one file share fixtures that are costly to make.
WORKERS     ?= 2
PYTEST      := -m pytest -n $(WORKERS) --dist loadfile

# Why: the last torch and numpy that lava-dl accepts, so that the extra `lava` can be added to the
# same environment; results are pinned to it. The newest versions are tested by `make test-newer`.
PINS := 'torch<2.4' 'numpy<2'

# Why PYENV_VERSION: a pyenv shim refuses to run a version that .python-version does not name.
# Elsewhere the variable means nothing.
PYTHON_RUN = PYENV_VERSION=3.10 $(PYTHON)

.DEFAULT_GOAL := help
.PHONY: help demo test lint types layers pytest bench evidence test-newer clean

help:
	@echo 'make demo        set up $(VENV) and run the whole way on a synthetic video'
	@echo 'make test        ruff, mypy, import-linter, pytest'
	@echo 'make bench       the benchmarks in tests/benchmarks'
	@echo 'make evidence    the measurements behind README (about half an hour)'
	@echo 'make test-newer  the quick tests on the newest Python here, with the newest torch and numpy'
	@echo 'make clean       remove the environments and caches'

$(VENV)/.stamp-run: pyproject.toml
	@$(PYTHON_RUN) -c 'import sys, ensurepip; sys.exit(sys.version_info[:2] != (3, 10))' 2>/dev/null || { \
	  echo "spiketrack is built and tested on Python 3.10 with venv, and '$(PYTHON)' is not that."; \
	  echo "Install Python 3.10, or name it: make PYTHON=<path of python3.10> <target>"; \
	  exit 1; }
	@echo 'Setting up $(VENV) (a few minutes the first time)'
	@$(PYTHON_RUN) -m venv $(VENV)
	@$(BIN)/python $(PIP_INSTALL) --editable . $(PINS)
	@touch $@

$(VENV)/.stamp-dev: $(VENV)/.stamp-run
	@$(BIN)/python $(PIP_INSTALL) --editable '.[all]' $(PINS)
	@touch $@

demo: $(VENV)/.stamp-run
	@$(BIN)/spiketrack demo

lint: $(VENV)/.stamp-dev
	$(BIN)/python -m ruff check .

types: $(VENV)/.stamp-dev
	$(BIN)/python -m mypy

layers: $(VENV)/.stamp-dev
	$(BIN)/lint-imports

pytest: $(VENV)/.stamp-dev
	$(BIN)/python $(PYTEST)

# Why recipes instead of prerequisites: under `make -j` pytest must still come last.
test: $(VENV)/.stamp-dev
	$(BIN)/python -m ruff check .
	$(BIN)/python -m mypy
	$(BIN)/lint-imports
	$(BIN)/python $(PYTEST)

# Why -o addopts: the default run skips benchmarks, and pytest-benchmark refuses both options at once.
bench: $(VENV)/.stamp-dev
	$(BIN)/python -m pytest -o addopts='--import-mode=importlib --benchmark-only' tests/benchmarks

evidence: $(VENV)/.stamp-dev
	$(BIN)/python -m tests.evidence.lossless
	$(BIN)/python -m tests.evidence.bits s256-t1
	$(BIN)/python -m tests.evidence.engines
	$(BIN)/python -m tests.evidence.mapping
	$(BIN)/python -m tests.evidence.records
	$(BIN)/python -m tests.evidence.lava

$(VENV_NEWER)/.stamp-dev: pyproject.toml
	@for v in 3.13 3.12 3.11; do \
	  if PYENV_VERSION=$$v python$$v -c 'import ensurepip' 2>/dev/null; then \
	    echo "Setting up $(VENV_NEWER) on Python $$v (a few minutes the first time)"; \
	    PYENV_VERSION=$$v python$$v -m venv $(VENV_NEWER) || exit 1; \
	    $(VENV_NEWER)/bin/python $(PIP_INSTALL) --upgrade --upgrade-strategy eager --editable '.[dev]' || exit 1; \
	    touch $@; exit 0; \
	  fi; \
	done

test-newer: $(VENV_NEWER)/.stamp-dev
	@if [ -f $(VENV_NEWER)/.stamp-dev ]; then \
	  $(VENV_NEWER)/bin/python -c 'import sys, importlib.metadata as m; print("Python", sys.version.split()[0], "torch", m.version("torch"), "numpy", m.version("numpy"))' && \
	  $(VENV_NEWER)/bin/python $(PYTEST) -q -m 'not slow'; \
	else \
	  echo 'No Python newer than 3.10 is on this machine: test-newer has nothing to run.'; \
	fi

clean:
	rm -rf $(VENV) $(VENV_NEWER) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .benchmarks
