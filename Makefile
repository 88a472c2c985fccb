# `make help` lists what there is; `make` alone sets up .venv.
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.ready
WORKS := $(BIN)/pip --version >/dev/null 2>&1
# Two workers with one thread each; a machine with more cores may take more: make test WORKERS=8
WORKERS ?= 2
TEST := OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n $(WORKERS)

.PHONY: environment setup help run test test-slow conformance coverage lint format hooks docs wheel lowest speed speed-quick clean

setup: ## .venv from requirements.lock, made anew if it is broken
	@$(WORKS) || rm -f $(STAMP)
	@$(MAKE) --no-print-directory environment

environment: $(STAMP)
	@:

$(STAMP): requirements.lock pyproject.toml
	@$(WORKS) || $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
	    { echo "error: '$(PYTHON)' is no Python 3.11 or newer; name one: make PYTHON=/path/to/python" >&2; exit 1; }
	$(WORKS) || $(PYTHON) -m venv --clear .venv
	$(BIN)/python -m pip install --quiet -r requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps carla-recourse==0.0.5 dice-ml==0.12 raiutils==0.4.2
	$(BIN)/python -m pip install --quiet --no-deps --editable .
	@touch $(STAMP)

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: setup ## the main job: GenRe and Wachter on the embedded loan data
	$(BIN)/recbench run --methods genre,wachter

test: setup ## the quick tests
	$(TEST) -m "not slow"

test-slow: setup ## the slow tests
	$(TEST) -m "slow and not conformance"

conformance: setup ## the conformance suite of the larger methods
	$(TEST) -m conformance tests/test_conformance.py

coverage: setup ## which lines and branches the quick tests reach, child processes counted: htmlcov/index.html
	$(BIN)/coverage erase
	OMP_NUM_THREADS=1 $(BIN)/coverage run -m pytest -n $(WORKERS) -m "not slow"
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage html --quiet
	$(BIN)/coverage report

lint: setup ## ruff, mypy, and whether imports and dependencies are as they should be
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/deptry .
	$(BIN)/lint-imports --no-logo

format: setup ## what ruff can mend by itself
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

hooks: setup ## run the quick part of `make lint` before every commit
	$(BIN)/pre-commit install

docs: setup ## the pages in site/; a broken reference is an error
	$(BIN)/mkdocs build --strict

wheel: setup ## install the wheel into a new environment and use it there
	$(BIN)/python .ci/wheel.py

lowest: setup ## the same with the lowest versions that pyproject.toml allows
	$(BIN)/python .ci/wheel.py --lowest

speed: setup ## hours: recbench and its peers in turn, and how both grow; options: make speed PEERS="--people 500"
	$(BIN)/python -m benchmarks.speed.peers $(PEERS)
	$(BIN)/python -m benchmarks.speed.growth $(GROWTH)
	$(BIN)/python -m benchmarks.speed.page
	$(BIN)/python -m benchmarks.speed.commands

speed-quick: setup ## a minute: has a method become slower by half since the last release?
	$(BIN)/python -m benchmarks.speed.quick

clean: ## remove what the other targets made, results excepted
	rm -rf .venv .venv-peers dist build site htmlcov .coverage .coverage.*
