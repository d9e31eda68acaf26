# Gatehouse: `make` lists what there is.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
export PYTHONDONTWRITEBYTECODE :=

.PHONY: help
help: ## List these commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-17s %s\n", $$1, $$2}'

$(VENV)/installed: requirements/test.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
	  { echo "Gatehouse needs Python 3.11 or newer with venv: install it (Debian: python3 and python3-venv), or say make PYTHON=python3.12 …"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	@$(BIN)/uv pip sync --quiet --python $(BIN)/python --require-hashes requirements/test.txt
	@touch $@

.PHONY: run
run: ## Everything on this machine: local cloud, worker, portal, demo data
	@started=$$(date +%s); $(MAKE) --no-print-directory $(VENV)/installed && \
	  exec env GATEHOUSE_STARTED=$$started $(BIN)/python -m localcloud.supervisor

# A DynamoDB and a Cognito of others' making, for a test file each; the suite says so where they are
# left out.
OF_OTHERS := tests/dynalite/node_modules/.package-lock.json tests/cognito_local/node_modules/.package-lock.json
$(OF_OTHERS): %/node_modules/.package-lock.json: %/package-lock.json
	@if command -v npm >/dev/null; then npm ci --prefix $* --ignore-scripts --no-audit \
	  --no-fund --loglevel=error >/dev/null || echo "test: npm could not install what $* needs"; fi

.PHONY: test
test: $(VENV)/installed $(OF_OTHERS) ## The whole suite; needs nothing running; ARGS=--long for full sizes
	@$(BIN)/python -m pytest -n 2 -rs $(ARGS)

.PHONY: rehearse-recovery
rehearse-recovery: $(VENV)/installed ## Lose Cognito, API Gateway and DynamoDB of a local cloud, and get every customer back
	@$(BIN)/python -m pytest -q tests/journeys/test_recovery.py

.PHONY: check
check: $(VENV)/installed ## Format, lint, types, contracts, migrations, deployment settings, templates of AWS
	@$(BIN)/ruff format --check --quiet . && $(BIN)/ruff check --quiet .
	@$(BIN)/lint-imports --no-cache > .local-imports.log 2>&1 || { cat .local-imports.log; rm -f .local-imports.log; exit 1; }; rm -f .local-imports.log
	@$(BIN)/mypy
	@$(BIN)/python manage.py makemigrations --check --dry-run
	@env $$(cat tests/house/production.env) $(BIN)/python manage.py check --deploy --fail-level WARNING
	@$(BIN)/cfn-lint infra/*.yaml
	@if command -v terraform >/dev/null; then \
	  terraform fmt -check -diff -recursive infra && $(BIN)/python -m tests.terraform; \
	else echo "check: TERRAFORM IS NOT INSTALLED, so infra/terraform was not checked"; fi
	@echo "check: all clean"

.PHONY: package
package: .venv/installed ## What Lambda runs: build/portal.zip and build/functions.zip
	@$(BIN)/python -m infra.packages

DEPLOYING = $(BIN)/python -m infra.deploying

.PHONY: deploy
deploy: .venv/installed ## Put a stage up, or bring it up to date: STAGE=dev; FROM=step goes on with one; YES=production asks nobody
	@$(DEPLOYING) deploy "$(STAGE)" $(if $(FROM),--from=$(FROM)) $(if $(YES),--yes=$(YES)) $(if $(TAKE_OVER),--take-over)

.PHONY: plan
plan: .venv/installed ## What `make deploy` would change, tool by tool: STAGE=dev
	@$(DEPLOYING) plan "$(STAGE)"

.PHONY: rollback
rollback: .venv/installed ## Return code and functions to the release before: STAGE=dev
	@$(DEPLOYING) rollback "$(STAGE)" $(if $(FROM),--from=$(FROM)) $(if $(YES),--yes=$(YES)) $(if $(TAKE_OVER),--take-over)

.PHONY: destroy
destroy: .venv/installed ## Take a stage down, with all that is kept in it: STAGE=dev YES=dev; never production
	@$(DEPLOYING) destroy "$(STAGE)" $(if $(FROM),--from=$(FROM)) $(if $(YES),--yes=$(YES)) $(if $(TAKE_OVER),--take-over)

.PHONY: manage
manage: .venv/installed ## A command of manage.py with the settings and the database of a stage: STAGE=dev COMMAND=createsuperuser
	@$(DEPLOYING) manage "$(STAGE)" $(if $(COMMAND),--command="$(COMMAND)")

.PHONY: rehearse
rehearse: .venv/installed ## Deploy, change, roll back and take down a stage in a local cloud of its own; needs terraform and PostgreSQL
	@$(BIN)/python -m infra.rehearsal

.PHONY: invoke
invoke: $(VENV)/installed ## One event through a Lambda function, without Docker: FUNCTION=api EVENT=openapi
	@$(BIN)/python -m infra.invoking $(FUNCTION) $(EVENT)

.PHONY: bench
bench: .venv/installed ## Benchmarks, each against a peer in the same run; ARGS=--race for the long race
	@$(BIN)/python -m benchmarks $(ARGS)

.PHONY: fmt
fmt: $(VENV)/installed ## Format the code
	@$(BIN)/ruff format . && $(BIN)/ruff check --fix .

.PHONY: pictures
pictures: $(VENV)/installed ## The pictures of docs, taken of a fresh `make run` in another terminal
	@$(BIN)/python -m docs.pictures $(ARGS)

.PHONY: lock
lock: $(VENV)/installed ## Lock requirements/*.in anew, with hashes
	@for set in run test deploy sam; do \
	  $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	    --no-emit-index-url --no-header requirements/$$set.in -o requirements/$$set.txt; done
