# Everything a person or CI does with the project. `make` alone lists the targets.
# Nothing is written outside the checkout but packages that `setup` installs: tools go to .deps, output to target.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.NOTPARALLEL:
.DELETE_ON_ERROR:

CARGO ?= cargo
TARGET := $(or $(CARGO_TARGET_DIR),target)
AGENT := $(TARGET)/debug/rainbow-s2s-agent
DEPS := .deps
PYTHON := $(DEPS)/venv/bin/python
# Which subscribers `make interop` runs.
LANGUAGES ?= python php node java

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# --- for everybody ---------------------------------------------------------

.PHONY: setup
setup: ## check for what a build needs, install or name what is missing
	@.ci/deps build

.PHONY: demo
demo: setup ## build, then agent, simulated cloud and a subscriber together: see every event
	$(CARGO) build --locked
	$(AGENT) demo

.PHONY: test
test: setup ## build and run all tests
	$(CARGO) test --locked

.PHONY: build
build: setup ## build for development, with the demo
	$(CARGO) build --locked

.PHONY: release
release: setup ## build the binary to install, small, without the demo
	$(CARGO) build --locked --release --no-default-features
	@ls -l $(TARGET)/release/rainbow-s2s-agent

.PHONY: clean
clean: ## remove everything that was built or fetched into the checkout
	rm -rf $(TARGET) $(DEPS)

# --- for whoever changes it ------------------------------------------------

.PHONY: check
check: setup ## all of CI: format, lints, docs, tests, licences, swagger, other languages
	@.ci/deps components
	@.ci/step 'format' $(CARGO) fmt --all --check
	@.ci/step 'lints' $(CARGO) clippy --locked --all-targets -- -D warnings
	@.ci/step 'lints without the demo' $(CARGO) clippy --locked --all-targets --no-default-features -- -D warnings
	@# Private items too: the docs are for whoever works on the program. Then a link to one is no mistake.
	@RUSTDOCFLAGS='-D warnings -A rustdoc::private_intra_doc_links' \
	    .ci/step 'docs' $(CARGO) doc --locked --no-deps --document-private-items
	@.ci/step 'tests' $(CARGO) test --locked
	@.ci/step 'licences, bans and sources' .ci/deny
	@.ci/step 'OpenAPI documents' $(MAKE) --no-print-directory openapi
	@.ci/step 'subscribers in other languages' $(MAKE) --no-print-directory interop
	@.ci/step "the vendor's OpenAPI files" $(MAKE) --no-print-directory vendor
	@echo && echo 'check: everything passed'

.PHONY: fmt
fmt: ## format the code
	$(CARGO) fmt --all

.PHONY: interop
interop: build $(DEPS)/venv/.ready $(DEPS)/node/.ready ## receive and decode every event in Python, PHP, Node and Java
	@.ci/deps $(LANGUAGES)
	@PYTHON=$(PYTHON) NODE_DEPS=$(DEPS)/node $(PYTHON) tests/interop/run.py --agent $(AGENT) $(LANGUAGES)

.PHONY: openapi
openapi: build $(DEPS)/venv/.ready ## validate the OpenAPI documents; broken ones must stop the build
	@$(PYTHON) tests/openapi/validate.py $(AGENT)
	@$(PYTHON) tests/openapi/broken.py

.PHONY: vendor
vendor: setup $(DEPS)/venv/.ready ## build and test from the vendor's own OpenAPI files
	@PYTHON=$(PYTHON) tests/openapi/vendor.sh

.PHONY: deny
deny: ## check licences, banned crates, sources and, where reachable, advisories
	@.ci/deny

.PHONY: bench
bench: setup ## measure the release binary beside a bare read/write server
	$(CARGO) bench --locked --no-default-features

.PHONY: size
size: release ## size of the stripped release binary beside its budget
	@stat -c '%s bytes, budget 3000000' $(TARGET)/release/rainbow-s2s-agent

# --- tools of the tests ----------------------------------------------------

$(DEPS)/venv/.ready: tests/requirements.txt
	@.ci/deps python
	python3 -m venv --clear $(DEPS)/venv
	$(DEPS)/venv/bin/pip install --quiet --disable-pip-version-check -r tests/requirements.txt
	@touch $@

$(DEPS)/node/.ready: tests/interop/package.json
	@.ci/deps node
	rm -rf $(DEPS)/node && mkdir -p $(DEPS)/node && cp tests/interop/package.json $(DEPS)/node/
	cd $(DEPS)/node && npm install --silent --no-audit --no-fund --no-package-lock --no-update-notifier
	@touch $@
