# One command for each job; .ci/run calls the same ones. `make` alone lists them.
#
#   FILTER         narrows a test run: a regular expression for `swift test --filter` (unit), an
#                  expression for `pytest -k` (conformance, live)
#   CONFIGURATION  debug (default) or release: which binaries the tests build and run against
#   SCENARIOS      which scenarios `make bench` runs, by name

.DEFAULT_GOAL := help
SHELL := /bin/bash
MAKEFLAGS += --no-print-directory

export FILTER CONFIGURATION SCENARIOS

.PHONY: help run build test unit conformance live examples docs lint format imports bench bench-store setup clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## Set up what is missing, build in release mode and serve on port 8080
	@dev/setup.sh build
	@dev/build.sh martlet
	@exec .build/release/martlet

build: ## Build martlet, sio-bench and conformance-server in release mode
	@dev/setup.sh build
	@dev/build.sh martlet sio-bench conformance-server

test: ## Set up what is missing, then unit, property, conformance and live tests; ends with the counts
	@dev/setup.sh build test
	@dev/test.sh unit conformance live

unit: ## Unit and property tests only (swift test)
	@dev/setup.sh build test
	@dev/test.sh unit

conformance: ## Protocol suite against conformance-server only
	@dev/setup.sh build test
	@dev/test.sh conformance

live: ## Stock clients of every generation against martlet only
	@dev/setup.sh build test
	@dev/test.sh live

examples: ## Build the packages under Examples/ and try each with a stock client
	@dev/setup.sh build test
	@dev/examples.sh

docs: ## Build the documentation of the libraries into .build/docs
	@dev/setup.sh build docs
	@dev/docs.sh

lint: ## Check formatting, file sizes, licence lines and shell scripts; changes nothing
	@dev/lint.sh

format: ## Rewrite the Swift sources in the project's format
	@swift format --in-place --parallel --recursive Sources Tests Examples Package.swift

imports: ## Check the arrows between the targets and the purity of the cores
	@dev/setup.sh build
	@dev/check-imports.sh

bench: ## Measure a release server on one core with sio-bench on another
	@dev/setup.sh build bench
	@dev/build.sh martlet sio-bench
	@dev/bench.sh $(SCENARIOS)

bench-store: ## Measure what storing costs: memory beside SQLite
	@dev/setup.sh build bench
	@dev/build.sh martlet sio-bench
	@dev/bench-store.py

setup: ## Install the Debian packages and Python environments that are missing
	@dev/setup.sh build test lint bench

clean: ## Remove everything that was built
	@rm -rf .build
