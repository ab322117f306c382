# Every target sets up what it needs in .venv, once, from requirements.lock.
# Another interpreter: make test PYTHON=python3.12

PYTHON ?= python3

# Named after the interpreter, so that another one gets a fresh .venv.
READY := .venv/.ready-$(notdir $(PYTHON))

# A process for each core; a file's tests stay together, for the servers they share.
PYTEST := .venv/bin/pytest -q -n auto --maxprocesses 8 --dist loadfile

# mypy and rich read only half of NO_COLOR; this they understand.
ifdef NO_COLOR
export TERM := dumb
endif

.DEFAULT_GOAL := help
.PHONY: help setup check test demo golden bench

help: ## show this
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' Makefile

setup: $(READY) ## make .venv with everything pinned in requirements.lock

check: $(READY) ## format, lint, types, import contracts, core and house tests
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	.venv/bin/mypy
	.venv/bin/lint-imports
	$(PYTEST) tests/core tests/house

test: $(READY) ## all tests
	$(PYTEST)

demo: $(READY) ## play both sample campaigns, weeks in seconds, into demo/
	.venv/bin/mailer demo

golden: $(READY) ## rewrite the golden files; read the diff before you commit it
	.venv/bin/python tests/goldens.py

bench: $(READY) ## measure sending and importing beside what else there is
	.venv/bin/python benchmarks/bench.py

$(READY): requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
	{ echo "Python 3.11 or later is needed, and '$(PYTHON)' is not;" \
	"name one: make $(MAKECMDGOALS) PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
	{ echo "'$(PYTHON)' lacks the venv module;" \
	"on Debian: apt install python3-venv"; exit 1; }
	@echo "Setting up .venv from requirements.lock ..."
	@$(PYTHON) -m venv --clear .venv
	@.venv/bin/pip --disable-pip-version-check install -qq \
	--require-hashes -r requirements.lock
	@.venv/bin/pip --disable-pip-version-check install -qq \
	--no-deps --no-build-isolation -e .
	@touch $@
