# Wake · 航迹: `make run` starts everything, `make test` proves everything. Python ≥ 3.11 and make are enough.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
INTERPRETER := $(shell command -v $(PYTHON))
UV := $(or $(shell command -v uv),.uv/bin/uv)
export PATH := $(CURDIR)/.venv/bin:$(PATH)
export UV_PROJECT_ENVIRONMENT := $(CURDIR)/.venv
export UV_PYTHON_DOWNLOADS := never
export UV_SYSTEM_CERTS := 1# company networks have their own authorities
export NODE_USE_SYSTEM_CA := 1
unexport VIRTUAL_ENV

INSTALLED := .venv/.installed
MODULES := pwa/node_modules/.installed
BUILT := pwa/build/.built
PWA := $(shell find pwa -type f -not -path '*/node_modules/*' -not -path 'pwa/build/*' -not -path 'pwa/.svelte-kit/*' 2>/dev/null)
SUITES := $(wildcard tests/test_*.py) tests/unit tests/backend tests/flows
BROWSED := tests/media/test_chromium.py
STORIES := tests/e2e $(BROWSED)

.PHONY: help run test check e2e bench bench-relay build

help: ## say what there is
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

run: $(INSTALLED) $(BUILT) ## install what is missing and start everything (LAN=1: for phones; WAKE_PORT, WAKE_DATA)
	@exec .venv/bin/python -m backend serve

# Relays and whole houses mostly wait: they have two lanes side by side, one of which speaks at its end. What plays in
# browsers comes afterwards and alone: two cores are not too many for it.
test: $(BUILT) .venv/.browser ## every check and every test
	@.venv/bin/pytest tests/media $(BROWSED:%=--ignore=%) >.venv/media.log 2>&1 & media=$$!; \
	broken=0; { $(MAKE) check && (cd pwa && npm test --silent) && .venv/bin/pytest $(SUITES); } || broken=1; \
	wait $$media || broken=1; cat .venv/media.log; .venv/bin/pytest $(STORIES) || broken=1; exit $$broken

check: $(INSTALLED) $(MODULES) $(BUILT) ## the static checks
	@echo "ruff";          .venv/bin/ruff check --quiet .
	@echo "mypy --strict"; .venv/bin/mypy --no-error-summary
	@echo "import-linter"; .venv/bin/lint-imports --no-logo >.venv/imports.log || { cat .venv/imports.log; false; }
	@echo "svelte-check";  cd pwa && npm run check --silent
	@echo "eslint, prettier"; cd pwa && npm run lint --silent
	@echo "sizes";         cd pwa && npm run sizes --silent

e2e: $(INSTALLED) $(BUILT) .venv/.browser ## the stories in a real browser
	@.venv/bin/pytest tests/e2e

bench: $(INSTALLED) $(BUILT) ## CPU per unit of work beside the floor; tests/bench/results/
	@broken=0; for bench in tests/bench/bench_*.py; do .venv/bin/python -m "$$(echo "$${bench%.py}" | tr / .)" || broken=1; done; exit $$broken

bench-relay: $(INSTALLED) ## only the relay's figures
	@.venv/bin/python -m tests.bench.bench_relay

build: $(BUILT) ## build the app

.uv/bin/uv:
	@PYTHON="$(INTERPRETER)" .ci/uv

$(INSTALLED): pyproject.toml uv.lock setup.py $(wildcard media/native/*.c) media/native/build.py | $(UV)
	@echo "wake: installing Python packages"
	@mkdir -p .uv
	@$(UV) sync --frozen --python "$(INTERPRETER)" >.uv/sync.log 2>&1 || { echo "wake: uv sync failed, see .uv/sync.log"; false; }
	@touch $@

$(MODULES): pwa/package.json pwa/package-lock.json $(INSTALLED)
	@echo "wake: installing the app's packages"
	@cd pwa && npm ci --no-audit --no-fund >../.venv/npm.log 2>&1 || { echo "wake: npm ci failed, see .venv/npm.log"; false; }
	@touch $@

$(BUILT): $(PWA) $(MODULES)
	@echo "wake: building the app"
	@cd pwa && npm run build --silent >../.venv/build.log 2>&1 || { tail -n 40 ../.venv/build.log; false; }
	@touch $@

.venv/.browser: $(INSTALLED)
	@.ci/browser
	@touch $@
