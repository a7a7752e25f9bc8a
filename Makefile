# One command for each job; .ci/run calls the same ones. `make` alone lists them.
#
#   FILTER         narrows a test run: a regular expression for `swift test --filter` (unit), an
#                  expression for `pytest -k` (conformance, live)
#   CONFIGURATION  debug (default) or release: which binaries the tests build and run against
#   SCENARIOS      which scenarios `make bench` runs, by name
#   MARTLET_CLUSTER_SECONDS, MARTLET_CLUSTER_SEED
#                  how long each scenario of `make test-cluster` lasts (60), and where its chance comes from

.DEFAULT_GOAL := help
SHELL := /bin/bash
MAKEFLAGS += --no-print-directory

export FILTER CONFIGURATION SCENARIOS

.PHONY: help run build test unit conformance live test-cluster deploy-test examples docs lint format imports bench bench-store bench-cluster setup clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## Set up what is missing, build in release mode and serve on port 8080
	@dev/setup.sh build
	@dev/build.sh martlet
	@exec .build/release/martlet

build: ## Build martlet, sio-bench and conformance-server in release mode
	@dev/setup.sh build
	@dev/build.sh martlet sio-bench conformance-server

test: ## Set up what is missing, then unit, property, conformance, live and deployment tests; ends with the counts
	@dev/setup.sh build test deploy-test
	@dev/test.sh unit conformance live deploy

unit: ## Unit and property tests only (swift test)
	@dev/setup.sh build test
	@dev/test.sh unit

conformance: ## Protocol suite against conformance-server only
	@dev/setup.sh build test
	@dev/test.sh conformance

live: ## Stock clients of every generation against martlet only
	@dev/setup.sh build test
	@dev/test.sh live

test-cluster: ## Several nodes while nodes, Redis and the network between fail; takes 14 minutes
	@dev/setup.sh build test
	@dev/test.sh cluster

deploy-test: ## deploy.sh, generate-env.sh and what belongs to them, with an engine that only pretends (bats)
	@dev/setup.sh deploy-test
	@dev/test.sh deploy

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

bench-cluster: ## Measure what nodes on Redis cost
	@dev/setup.sh build bench test
	@dev/build.sh martlet sio-bench
	@dev/bench-cluster.py

setup: ## Install the Debian packages and Python environments that are missing
	@dev/setup.sh build test lint bench

clean: ## Remove everything that was built
	@rm -rf .build
