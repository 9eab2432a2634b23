# Syncline.  `make` lists what there is; every target is safe to repeat and quick the second time.
SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-builtin-rules
# One job at a time: every tool below uses the cores it needs by itself.
.NOTPARALLEL:

BIN := .venv/bin
# Of the random cases of a run; set it to repeat one.
SYNCLINE_SEED ?= $(shell date +%s)
SYNCLINE_SEED := $(SYNCLINE_SEED)
export SYNCLINE_SEED
PYTHON_READY := .venv/.syncline-ready
NODE_READY := node_modules/.syncline-ready
ENGINE_TESTS := $(addprefix tests/,core sync model document client)
STATIC := python/syncline/static/manifest.json
LAB := python/syncline/labextension/package.json

WEB_CONFIG := package.json labextension/package.json labextension/tsconfig.json labextension/tsconfig.test.json
WEB_SOURCES := $(shell find labextension/src labextension/style -type f 2>/dev/null) $(wildcard scripts/*.mjs)

.PHONY: help setup build lint format types test vectors test-web test-python test-lab test-hosts test-skew coverage soak soak-sessions mutation demo bench clean distclean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(PYTHON_READY) $(NODE_READY) ## make .venv and node_modules

build: setup $(STATIC) $(LAB) ## build the page runtime and the JupyterLab extension

lint: setup ## ruff, import-linter, biome, TypeScript layers
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/lint-imports --no-cache
	npm run --silent lint

format: setup ## let ruff and biome rewrite the sources
	$(BIN)/ruff check --fix-only
	$(BIN)/ruff format
	npm run --silent format

types: setup ## mypy --strict, tsc --strict
	$(BIN)/mypy
	npm run --silent types

test: lint types build test-web test-python ## everything: lint, types, vitest, pytest with a real Chromium

vectors: setup ## 20,000 random cases, which both languages read
	$(BIN)/python -m scripts.generate_vectors --cases 20000 --seed $(SYNCLINE_SEED) --out build/vectors

test-web: build vectors ## vitest with coverage, and the front end's size only
	SYNCLINE_VECTORS=build/vectors npm run --silent coverage
	npm run --silent size

test-python: build vectors coverage ## pytest only
	@scripts/setup-chromium.sh
	@scripts/setup-services.sh
	@scripts/setup-collaboration.sh
	SYNCLINE_VECTORS=build/vectors SYNCLINE_FUZZ_RUNS=$${SYNCLINE_FUZZ_RUNS:-150} $(BIN)/pytest -n 2 --dist loadfile \
	  $(addprefix --ignore=,$(ENGINE_TESTS))

test-lab: build ## the accidents of a notebook in JupyterLab by either carrier, not by the first alone
	@scripts/setup-chromium.sh
	@scripts/setup-collaboration.sh
	SYNCLINE_LAB=all $(BIN)/pytest tests/browser/lab

test-hosts: build ## documents in Voila, marimo, JupyterLite, widget managers, and JupyterLab without our labextension
	@scripts/setup-chromium.sh
	@scripts/setup-hosts.sh
	@scripts/setup-lite.sh
	SYNCLINE_HOSTS=1 $(BIN)/pytest tests/hosts

test-skew: build ## kernels whose Syncline is another version than JupyterLab's, or JupyterLab has none
	@scripts/setup-chromium.sh
	$(BIN)/python -m scripts.build_skew
	SYNCLINE_SKEW=1 $(BIN)/pytest tests/skew

soak-sessions: setup ## let 10,000 visitors come and go, and see what stays behind
	$(BIN)/python bench/soak_sessions.py

soak: setup ## run random edits until a million were made (SOAK="--edits 1000000")
	$(BIN)/python -m tests.fuzz.soak $(SOAK)

coverage: setup vectors ## the tests of the engine run every line and branch of it, in Python (TypeScript: make test-web)
	SYNCLINE_VECTORS=build/vectors $(BIN)/pytest -q -n 2 --dist loadfile \
	  --cov=syncline.core --cov=syncline.sync --cov-branch \
	  --cov-report=term-missing:skip-covered --cov-fail-under=100 $(ENGINE_TESTS)

mutation: setup ## break the engine in every small way and see whether the tests notice
	$(BIN)/python -m scripts.mutate

demo: build ## start JupyterLab on notebooks/ and print the links
	$(BIN)/python scripts/demo.py

bench: build ## measure Syncline and its peers side by side
	UV=$${UV:-$$(command -v uv || ls .uv/bin/uv 2>/dev/null || true)} sh bench/setup.sh
	.peers/bin/python bench/run.py

clean: ## remove what was built
	rm -rf build dist labextension/lib labextension/*.tsbuildinfo python/syncline/static python/syncline/labextension
	rm -rf .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find python tests scripts bench -name __pycache__ -type d -prune -exec rm -rf {} +

distclean: clean ## remove .venv and node_modules too
	rm -rf .venv .uv node_modules

$(PYTHON_READY): pyproject.toml scripts/setup-python.sh $(wildcard jupyter-config/server-config/*.json)
	scripts/setup-python.sh
	@touch $@

$(NODE_READY): package.json labextension/package.json package-lock.json scripts/setup-node.sh
	scripts/setup-node.sh
	@touch $@

$(STATIC): $(NODE_READY) $(WEB_CONFIG) $(WEB_SOURCES)
	npm run --silent build:page
	@touch $@

$(LAB): $(PYTHON_READY) $(NODE_READY) $(WEB_CONFIG) $(WEB_SOURCES)
	PATH="$(CURDIR)/$(BIN):$$PATH" npm run --silent build:lab
	@touch $@
