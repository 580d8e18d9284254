# Everything a fresh machine needs is done by these targets: Python 3.11, git and make are enough.
PYTHON ?= python3
BIN := .venv/bin
.DEFAULT_GOAL := help
.PHONY: help demo test check soak bench clean

help:  ## this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "fellowship needs Python 3.11 or later; name one with PYTHON=..."; exit 2; }
	$(PYTHON) -m venv .venv

.venv/installed: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e .
	@touch $@

.venv/installed-dev: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	@touch .venv/installed $@

demo: .venv/installed  ## compare evaluators, choose a pairing, write a preference data set: no keys, no network
	$(BIN)/fellowship demo --seed 7 --dir fellowship-demo --no-open

test soak bench: export PYTHONDONTWRITEBYTECODE =
test: .venv/installed-dev  ## the test suite, some three minutes on two cores
	$(BIN)/pytest -q -m 'not soak' -n auto --maxprocesses 4 --dist worksteal

check: .venv/installed-dev  ## lint, types (mypy and pyright), layers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/pyright
	$(BIN)/lint-imports

soak: .venv/installed-dev  ## the long tests: many kills, many seeds
	$(BIN)/pytest -q -m soak --timeout 3000

bench: .venv/installed-dev  ## everything timed; prints the table of docs/performance.md
	$(BIN)/python -m benchmarks

clean:  ## forget the virtual environment and caches
	rm -rf .venv build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
