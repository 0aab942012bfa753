# Each target sets up what it needs by itself; stamps inside the environments make the second run quick.
# Reinstalls happen only when pyproject.toml or a lock changes.
#
# Two environments: $(VENV) on the newest Python here, from 3.10 to 3.14, for everything; and
# $(VENV_LAVA) on Python 3.10, the last one that lava-nc, lava-dl and some frameworks run on.

PYTHON      ?=
LAVA_PYTHON ?=
VENV        ?= .venv
VENV_LAVA   ?= .venv-lava
BIN         := $(VENV)/bin
BIN_LAVA    := $(VENV_LAVA)/bin
LOCK        := constraints/newest.txt
LOCK_LAVA   := constraints/lava.txt
PIP_INSTALL := -m pip install -qq --disable-pip-version-check
# Why variables of the environment: they hold for what builds a package too. pip before 25.3 reads
# the first one there, later ones the second.
LOCKED_BY    = PIP_CONSTRAINT=$(CURDIR)/$(1) PIP_BUILD_CONSTRAINT=$(CURDIR)/$(1)
# Why by file: tests of one file share fixtures that are costly to make.
WORKERS     ?= 2
PYTEST      := -m pytest -n $(WORKERS) --dist loadfile
# Why -o addopts: the default run skips benchmarks, and pytest-benchmark refuses both options at once.
BENCH       := -m pytest -o addopts='--import-mode=importlib --benchmark-only' tests/benchmarks

# An environment is made anew if PYTHON names another Python than the one that made it.
VERSION     := -c 'import sys; print(sys.version)'
OTHER       := $(if $(PYTHON),$(if $(wildcard $(BIN)/python),$(shell \
  test "`$(BIN)/python $(VERSION)`" = "`$$(.ci/find-python newest '$(PYTHON)') $(VERSION)`" || echo other)))

.DEFAULT_GOAL := help
.PHONY: help demo test test-lava lint types layers pytest bench evidence docs lock clean lava-environment other

help:
	@echo 'make demo        set up $(VENV) and run the whole way on a synthetic video'
	@echo 'make test        ruff, mypy, import-linter, test-lava, pytest'
	@echo 'make test-lava   on Python 3.10: mypy, and the tests that need Lava or other packages of that Python'
	@echo 'make bench       the benchmarks in tests/benchmarks (those against Lava need Python 3.10)'
	@echo 'make evidence    the measurements behind README (about half an hour; needs Python 3.10 for Lava)'
	@echo 'make docs        README'"'"'s further pages and the API reference as HTML in docs/_build; a warning is an error'
	@echo 'make lock        renew constraints/, the versions that are installed and were tested'
	@echo 'make clean       remove the environments and caches'
	@echo
	@echo 'PYTHON=python3.12       this Python instead of the newest one from 3.10 to 3.14'
	@echo 'LAVA_PYTHON=none        leave Lava out; a path names the Python 3.10 to use'
	@echo 'PIP_EXTRA_INDEX_URL=... the address for CPU-only torch that PyTorch'"'"'s "Get started" page shows:'
	@echo '                        without it torch for Linux brings 4.9 GB of CUDA libraries that nothing here needs'

$(VENV)/.stamp-venv: $(if $(OTHER),other)
	@python=$$(.ci/find-python newest '$(PYTHON)') || exit 1; \
	  echo "Setting up $(VENV) with $$python (a few minutes the first time)"; \
	  "$$python" -m venv --clear $(VENV)
	@touch $@

$(VENV)/.stamp-run: $(VENV)/.stamp-venv pyproject.toml $(LOCK)
	@$(call LOCKED_BY,$(LOCK)) $(BIN)/python $(PIP_INSTALL) --editable .
	@touch $@

$(VENV)/.stamp-dev: $(VENV)/.stamp-run
	@$(call LOCKED_BY,$(LOCK)) $(BIN)/python $(PIP_INSTALL) --editable '.[brian2,cluster,dev]'
	@touch $@

$(VENV)/.stamp-docs: $(VENV)/.stamp-run
	@$(call LOCKED_BY,$(LOCK)) $(BIN)/python $(PIP_INSTALL) --editable '.[docs]'
	@touch $@

$(VENV_LAVA)/.stamp-venv:
	@python=$$(.ci/find-python 3.10 '$(LAVA_PYTHON)') || exit 1; \
	  echo "Setting up $(VENV_LAVA) with $$python (a few minutes the first time)"; \
	  "$$python" -m venv --clear $(VENV_LAVA)
	@touch $@

$(VENV_LAVA)/.stamp-dev: $(VENV_LAVA)/.stamp-venv pyproject.toml $(LOCK_LAVA)
	@$(call LOCKED_BY,$(LOCK_LAVA)) $(BIN_LAVA)/python $(PIP_INSTALL) --editable '.[all]'
	@touch $@

lava-environment: $(VENV_LAVA)/.stamp-dev

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
# Why Lava's environment first: the tests of the worker that runs Lava for a newer Python need it.
test: $(VENV)/.stamp-dev
	$(BIN)/python -m ruff check .
	$(BIN)/python -m mypy
	$(BIN)/lint-imports
	@$(MAKE) --no-print-directory test-lava
	$(BIN)/python $(PYTEST)

# Why --need-all: in this environment a test that skips itself for want of a package is a failure.
test-lava:
	@if [ '$(LAVA_PYTHON)' = none ]; then \
	  echo 'SKIPPED: Lava, lava-dl and the frameworks of Python 3.10 are not tested (LAVA_PYTHON=none)'; \
	elif [ ! -f $(VENV_LAVA)/.stamp-venv ] && ! .ci/find-python 3.10 '$(LAVA_PYTHON)' > /dev/null; then \
	  echo 'SKIPPED: Lava, lava-dl and the frameworks of Python 3.10 are not tested, for want of that Python'; \
	else \
	  $(MAKE) --no-print-directory lava-environment && \
	  $(BIN_LAVA)/python -m mypy && \
	  $(BIN_LAVA)/python $(PYTEST) -m lava_environment --need-all; \
	fi

bench: $(VENV)/.stamp-dev
	@if [ -f $(VENV_LAVA)/.stamp-venv ] || .ci/find-python 3.10 '$(LAVA_PYTHON)' > /dev/null; then \
	  $(MAKE) --no-print-directory lava-environment && $(BIN_LAVA)/python $(BENCH); \
	else \
	  $(BIN)/python $(BENCH); \
	fi

evidence: $(VENV)/.stamp-dev lava-environment
	$(BIN)/python -m tests.evidence.lossless
	$(BIN)/python -m tests.evidence.bits s256-t1
	$(BIN)/python -m tests.evidence.engines
	$(BIN)/python -m tests.evidence.mapping
	$(BIN_LAVA)/python -m tests.evidence.records
	$(BIN_LAVA)/python -m tests.evidence.lava

docs: $(VENV)/.stamp-docs
	@$(BIN)/python -m sphinx --quiet --fresh-env --fail-on-warning --keep-going --builder html docs docs/_build
	@echo 'Made docs/_build/index.html'

# uv resolves for all Pythons and systems at once; UV_CONSTRAINT names a file of further bounds.
COMPILE = $(VENV)-lock/bin/uv pip compile --quiet --upgrade --no-annotate --no-emit-index-url \
  --no-emit-find-links --custom-compile-command 'make lock'
lock:
	@python=$$(.ci/find-python newest '$(PYTHON)') && "$$python" -m venv $(VENV)-lock
	@$(VENV)-lock/bin/python $(PIP_INSTALL) uv
	$(COMPILE) --universal --python-version 3.10 --extra brian2 --extra cluster --extra dev --extra docs -o $(LOCK) pyproject.toml
	$(COMPILE) --python-platform linux --python-version 3.10 --extra all -o $(LOCK_LAVA) pyproject.toml

clean:
	rm -rf $(VENV) $(VENV_LAVA) $(VENV)-lock build dist docs/_build *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .benchmarks
