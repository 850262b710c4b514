# Each target alone does its own set-up: a virtual environment in .venv, and what it needs of the system (tools/needs.txt).
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test scale check lint types wheel golden bench docs format setup system system-tests clean help
.DEFAULT_GOAL := help

help:  ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: system $(VENV)/.installed  ## fill three real forms for invented people and say what it saved
	@$(BIN)/prefill demo

test: setup system-tests  ## run all tests, on all cores
	$(BIN)/python -m pytest -q -n auto --maxprocesses 8 --dist loadgroup --no-loadscope-reorder --durations 15

scale: setup system-tests  ## run the long tests of many subjects, which make test leaves out
	$(BIN)/python -m pytest -q -m scale --durations 0

check: lint types test wheel  ## format, lint, types, tests and the wheel: what CI runs

lint: setup  ## see to format and style
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: setup  ## check the types
	$(BIN)/mypy

wheel: setup  ## build the wheel and use it outside the checkout, with each extra and without
	@PYTHON='$(PYTHON)' $(BIN)/python -m tools.wheel

format: setup  ## format the code and mend what lint can mend
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

golden: setup system-tests  ## rewrite tests/golden; look at the difference before you commit it
	$(BIN)/python -m pytest -q -m golden --golden
	@git --no-pager diff --stat -- tests/golden

bench: setup  ## measure speed beside a floor in the same run
	$(BIN)/python -m bench
	$(BIN)/python -m bench.pages
	$(BIN)/python -m bench.batching
	$(BIN)/python -m bench.scale

docs: setup  ## rewrite what docs/ and the schemas take from the specs, check links and examples
	$(BIN)/python -m tools.docs
	$(BIN)/python -m pytest -q tests/test_docs.py

setup: system $(VENV)/.installed-dev

$(VENV)/.installed: pyproject.toml hatch_build.py tools/venv
	@PYTHON='$(PYTHON)' tools/venv $(VENV) pdf
	@touch $@

$(VENV)/.installed-dev: pyproject.toml hatch_build.py tools/venv
	@PYTHON='$(PYTHON)' tools/venv $(VENV) pdf,dev
	@touch $@ $(VENV)/.installed

system:
	@PYTHON='$(PYTHON)' tools/system-packages pdf

system-tests:
	@PYTHON='$(PYTHON)' tools/system-packages pdf tests browser
	@tools/browser-packages

clean:  ## remove the virtual environment and everything built
	rm -rf $(VENV) dist build demo .mypy_cache .pytest_cache .ruff_cache .hypothesis tests/browser/node_modules
