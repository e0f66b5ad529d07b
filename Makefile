# Everything a newcomer needs: `make reel` makes a reel, `make test` passes all tests.

PYTHON ?= python3
BRIEF ?= examples/briefs/octopus-three-hearts.md
VENV := .venv
unexport PYTHONDONTWRITEBYTECODE  # it would have every process compile everything anew
BIN := $(VENV)/bin
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

.PHONY: help reel up doctor setup setup-dev test test-full check lint test-quick test-browser bench clean

help: ## show this list
	@grep -E '^[a-z-]+:.*## ' Makefile | sed -E 's/:.*## /\t/' | expand -t 16

reel: setup ## make a reel from a brief (BRIEF=path.md) and put it into the local gallery
	@$(BIN)/reelwright reel "$(BRIEF)"

up: setup ## run the whole factory until Ctrl-C
	@exec $(BIN)/reelwright up

doctor: setup ## say what is present, what is missing and how to mend it
	@$(BIN)/reelwright doctor

setup: $(VENV)/.ready ## create the environment, once

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' \
		|| { echo "Python 3.11, 3.12 or 3.13 is needed: make PYTHON=python3.12 ..."; exit 1; }
	@$(PYTHON) -m venv $(VENV) \
		|| { echo "No environment could be made. On Debian and Ubuntu: apt-get install python3-venv"; exit 1; }

$(VENV)/.ready: $(VENV)/bin/python pyproject.toml constraints.txt
	@echo "Installing (about 300 MB, once) ..."
	@$(INSTALL) --editable .
	@$(BIN)/python -m deployments.prepare
	@touch $@

setup-dev: $(VENV)/.ready-dev ## the same, with what tests and checks need

$(VENV)/.ready-dev: $(VENV)/.ready
	@$(INSTALL) --editable '.[dev]'
	@touch $@

test: setup-dev ## pass every test
	@$(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder

test-full: setup-dev ## the long sweeps in whole: killed at every line and exchange, a thousand posts, fifty reels
	@SWEEP=full $(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder -o timeout=7200 -m 'slow and not live'

check: lint test-quick ## the fast loop before a commit

lint: setup-dev ## format, lint, types, import contracts
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy --no-error-summary
	@$(BIN)/lint-imports --no-logo > .lint-imports.out 2>&1 || { cat .lint-imports.out; exit 1; }; rm -f .lint-imports.out

test-quick: setup-dev
	@$(BIN)/python -m pytest -n 2 -m 'not slow and not browser and not live'

test-browser: setup-dev ## drive the Prefect UI and the gallery in a real browser (needs Chromium)
	@$(INSTALL) --editable '.[browser]'
	@$(BIN)/python -m pytest -m browser

bench: setup-dev ## measure how long each step of a reel takes
	@$(BIN)/python -m benchmarks.reel

clean: ## remove the environment; what the factory made stays in var/
	rm -rf $(VENV)
