# Each target alone does its own set-up: a virtual environment in .venv, and the system libraries that it needs.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: demo test check golden bench docs format setup system system-tests clean
.DEFAULT_GOAL := help

help:  ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: setup  ## fill three real forms for invented people and say what it saved
	@$(BIN)/prefill demo

test: setup system-tests  ## run all tests
	$(BIN)/python -m pytest -q

check: setup system-tests  ## format, lint, types and tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(MAKE) --no-print-directory test
	$(BIN)/python -m pytest -q -m stamped

format: setup  ## format the code and mend what lint can mend
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

golden: setup system-tests  ## rewrite tests/golden; look at the difference before you commit it
	$(BIN)/python -m pytest -q -m golden --golden
	@git --no-pager diff --stat -- tests/golden

bench: setup  ## measure speed beside a floor in the same run
	$(BIN)/python -m bench
	$(BIN)/python -m bench.pages

docs: setup  ## rewrite what docs/ and the schemas take from the specs, check links and examples
	$(BIN)/python -m tools.docs
	$(BIN)/python -m pytest -q tests/test_docs.py

setup: system $(STAMP)

$(STAMP): pyproject.toml hatch_build.py tools/venv
	@PYTHON='$(PYTHON)' tools/venv $(VENV)
	@touch $@

system:
	@PYTHON='$(PYTHON)' tools/system-packages pdf

system-tests:
	@PYTHON='$(PYTHON)' tools/system-packages pdf tests
	@tools/browser-packages

clean:  ## remove the virtual environment and everything built
	rm -rf $(VENV) dist build demo .mypy_cache .pytest_cache .ruff_cache .hypothesis
