PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.ready
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help setup serve test test-all lint check format fuzz bench bench-proxy bench-state corpus golden wheel clean

help: ## List these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(STAMP) ## Make .venv with the mockserver command and all that its development needs

$(STAMP): pyproject.toml requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; try make PYTHON=python3.11" >&2; exit 2; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

serve: setup ## Serve the bundled APIs on port 4010 (ARGS="api.yaml --port 8080" for your own)
	$(BIN)/mockserver serve $(ARGS)

test: setup ## Run the fast tests
	$(BIN)/python -m pytest -n 2 --dist worksteal -m "not slow" $(ARGS)

test-all: setup ## Run all tests: also the vendors' SDKs, Schemathesis and the built wheel
	$(BIN)/python -m pytest -n 2 --dist worksteal $(ARGS)

lint: setup ## Check format, lint and types
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

check: lint ## The same, and architecture and docs
	$(BIN)/python -m pytest -q tests/test_architecture.py tests/test_docs.py

format: setup ## Format the code and mend what lint can mend
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

fuzz: setup ## Let Schemathesis try to break the bundled APIs (ARGS="api.yaml --seed 7" for your own)
	$(BIN)/mockserver fuzz $(ARGS)

bench: setup ## Measure against Prism, which npm installs
	$(BIN)/python benchmarks/bench.py $(ARGS)

bench-proxy: setup ## Measure the proxy against that of Prism
	$(BIN)/python benchmarks/proxy.py $(ARGS)

bench-state: setup ## Measure questions to the state as it grows to 100,000 records, on each store
	$(BIN)/python benchmarks/state.py $(ARGS)

corpus: setup ## Prove the mocks of the documents in ../shared/corpus from outside (ARGS="folder/ --peer prism")
	PYTHONPATH=benchmarks $(BIN)/python -m corpus $(ARGS)

golden: setup ## Renew the golden plans of tests/plans after a better inference; read the difference
	PYTHONPATH=. $(BIN)/python tests/plans/golden.py

wheel: setup ## Build the wheel into dist/
	$(BIN)/python -m build --no-isolation --wheel

clean: ## Remove what was built
	rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis .schemathesis
