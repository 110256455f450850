# Everything that is done with a clone of affineur. A fresh machine needs Python 3.11 or newer,
# make, and the package index that its pip is configured to use.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV_LOCK := $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url \
	--no-header --python-version 3.11

PEERS := devpi guarddog hexora proxpi pypiserver simple-repository-server

.DEFAULT_GOAL := help
.PHONY: setup clients tools peers demo serve test lint fix bench screenshots lock clean help

setup: $(VENV)/.installed  ## Make .venv with everything that the other targets need

$(VENV)/.installed: requirements/dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "affineur needs Python 3.11 or newer: make PYTHON=/path/to/python"; exit 2; }
	@$(PYTHON) -c 'import ensurepip, venv' || \
		{ echo "$(PYTHON) cannot make virtual environments: install its venv package"; exit 2; }
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements/dev.txt
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

demo: setup  ## Play a package's whole journey on the real index, with the real clients
	$(BIN)/affineur demo

serve: setup  ## Start a server on http://127.0.0.1:8080, keeping its data in ./affineur-data
	$(BIN)/affineur serve

CLIENTS := flit hatch pdm pip-audit poetry

clients: $(CLIENTS:%=$(VENV)/clients/%/.installed)  ## Install the clients of the tests

$(VENV)/clients/%/.installed: requirements/%.txt | setup
	$(PYTHON) -m venv --clear $(@D)
	$(@D)/bin/python -m pip install --quiet --no-deps --require-hashes -r $<
	@touch $@

peers: $(PEERS:%=$(VENV)/peers/%/.installed)  ## Install the servers that the benchmarks compare with

$(VENV)/peers/%/.installed: requirements/bench-%.txt | setup
	$(PYTHON) -m venv --clear $(@D)
	$(@D)/bin/python -m pip install --quiet --no-deps --require-hashes -r $<
	@touch $@

# Other programs that read archives, with which our readers must agree, and a browser that looks at
# our pages. They come from the Debian
# packages of these names; where they cannot be had, their tests are skipped, and say so.
TOOLS := bsdtar:libarchive-tools 7z:p7zip-full chromium:chromium unzip:unzip

tools:  ## Install the programs that tests need, as root on Debian: archivers and Chromium
	@for tool in $(TOOLS); do \
		command -v $${tool%:*} >/dev/null && continue; \
		if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
			apt-get install -y -qq $${tool#*:} >/dev/null 2>&1 || \
				{ apt-get update -qq && apt-get install -y -qq $${tool#*:}; } >/dev/null 2>&1; \
		fi; \
		command -v $${tool%:*} >/dev/null || \
			echo "$${tool%:*} is not here, so its tests are skipped: install $${tool#*:}"; \
	done

test: lint clients tools  ## Check the code, then run all tests
	$(BIN)/pytest -n auto --dist loadfile --no-loadscope-reorder

lint: setup  ## Check style, types and the direction of imports
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

fix: setup  ## Repair what of the style can be repaired without a person
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

bench: peers  ## Measure beside other servers for 15 minutes, and write docs/benchmarks.md
	$(BIN)/python -m bench --write

screenshots: setup tools  ## Take the pictures of the web interface that the README shows
	$(BIN)/python -m bench.screenshots

lock: setup  ## Renew the locked requirements from pyproject.toml
	$(UV_LOCK) --upgrade pyproject.toml -o requirements/runtime.txt
	$(UV_LOCK) --upgrade -c requirements/runtime.txt pyproject.toml \
		--group build --group test --group lint -o requirements/dev.txt
	for client in $(CLIENTS); do \
		$(UV_LOCK) --upgrade --group $$client -o requirements/$$client.txt || exit; done
	$(UV_LOCK) --upgrade bench/closure.in -o requirements/bench-closure.txt
	for peer in $(PEERS); do \
		$(UV_LOCK) --upgrade --group $$peer -o requirements/bench-$$peer.txt || exit; done

clean:  ## Remove everything that was made here, except data directories
	rm -rf $(VENV) .bench dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find src tests -name __pycache__ -type d -prune -exec rm -rf {} +

help:  ## Show this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*##/\t/' | expand -t 10
