# make run    sets up .venv and runs the main job on the embedded data set
# make test   sets up .venv and passes the tests
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.ready
# Two workers with one thread each; a machine with more cores may take more: make test WORKERS=8
WORKERS ?= 2
TEST := OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n $(WORKERS)

.PHONY: setup run test test-slow conformance lint format docs clean

setup: $(STAMP)

$(STAMP): requirements.lock pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet -r requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps carla-recourse==0.0.5 dice-ml==0.12 raiutils==0.4.2
	$(BIN)/python -m pip install --quiet --no-deps --editable .
	touch $(STAMP)

run: setup
	$(BIN)/recbench run --methods genre,wachter

test: setup
	$(TEST) -m "not slow"

test-slow: setup
	$(TEST) -m "slow and not conformance"

conformance: setup
	$(TEST) -m conformance tests/test_conformance.py

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: setup
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: setup
	$(BIN)/python -m pip install --quiet mkdocs==1.6.1 mkdocstrings==1.0.8 mkdocstrings-python==2.0.11
	$(BIN)/mkdocs build --strict

clean:
	rm -rf .venv dist build
